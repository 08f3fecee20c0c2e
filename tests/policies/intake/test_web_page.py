"""Pages of government sites: meta tags, header table, body, and nothing of the navigation."""

from datetime import date

import pytest

from core.errors import InputError
from policies.intake.web_page import read
from policies.models import PolicyState
from policies.policy_text import PolicyText

BODY = "".join(
    f"<p>{words}</p>"
    for words in (
        "各区人民政府，市政府各委、办、局：",
        "为规范积分落户工作，现将有关事项通知如下。申请人应当持有北京市居住证，不超过法定退休年龄，在京连续缴纳社会保险七年及以上。",
        "一、申请人的积分由合法稳定就业、合法稳定住所、教育背景等指标组成，每连续缴纳社会保险满一年积三分。",
        "二、本办法自2021年1月1日起施行。",
    )
)
NAVIGATION = (
    "<div class='nav'><ul>"
    + "".join(f"<li><a href='/{i}'>栏目{i}</a></li>" for i in range(30))
    + "</ul></div><div class='share'>分享到微信 微博 打印本页 关闭窗口</div>"
)
FOOTER = "<div class='footer'>主办：某某办公厅 京ICP备05060933号 网站标识码1100000088 联系我们 网站地图</div>"
HEADER = """<table><tr><td>[主题分类]</td><td>人口与户籍</td><td>[发文机构]</td><td>北京市人民政府办公厅</td></tr>
<tr><td>[成文日期]</td><td>2020-07-10</td><td>[发文字号]</td><td>京政办发〔2020〕9号</td></tr>
<tr><td>[废止日期]</td><td>----</td><td>[有效性]</td><td>是</td></tr></table>"""
META = """<meta name="SiteName" content="首都之窗"/>
<meta name="ArticleTitle" content="关于印发《北京市积分落户管理办法》的通知"/>
<meta name="PubDate" content="2020-07-16 09:30 2020-07-17 10:00"/><meta name="ContentSource" content="市政府办公厅"/>
<meta name="Url" content="https://www.beijing.gov.cn/zhengce/a.html"/>"""


def page(meta: str = META, header: str = HEADER, body: str = BODY, charset: str = "utf-8") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><meta charset='{charset}'>"
        f"<title>积分落户_北京市人民政府门户网站</title>{meta}</head>"
        f"<body>{NAVIGATION}{header}<h1>页内标题</h1><div class='view TRS_UEDITOR'>{body}</div>{FOOTER}</body></html>"
    ).encode(charset)


def only(content: bytes) -> PolicyText:
    (policy,) = read(content, "a.html")
    return policy


def test_meta_tags_and_header_are_read() -> None:
    policy = only(page())
    assert policy.title == "关于印发《北京市积分落户管理办法》的通知"
    assert policy.doc_number == "京政办发〔2020〕9号"
    assert policy.agency == "北京市人民政府办公厅"
    assert (policy.published_date, policy.written_date) == (date(2020, 7, 16), date(2020, 7, 10))
    assert policy.expires_date is None
    assert policy.state is PolicyState.IN_FORCE
    assert policy.url == "https://www.beijing.gov.cn/zhengce/a.html"
    assert policy.details == {"主题分类": "人口与户籍", "网站": "首都之窗"}
    assert policy.source == "a.html"


def test_the_body_comes_without_navigation_and_footer() -> None:
    text = only(page()).text
    assert "每连续缴纳社会保险满一年积三分" in text
    assert "本办法自2021年1月1日起施行" in text
    for noise in ("栏目3", "分享到", "ICP备", "网站地图"):
        assert noise not in text


@pytest.mark.parametrize("charset", ["gb2312", "gb18030", "utf-8"])
def test_pages_come_in_any_charset(charset: str) -> None:
    assert only(page(charset=charset, body=BODY)).agency == "北京市人民政府办公厅"


def test_the_body_begins_after_the_repeated_header() -> None:
    assert only(page()).text.startswith("各区人民政府")


def test_a_header_of_boxed_labels_is_read_and_an_empty_field_takes_nothing_from_the_next() -> None:
    rows = [
        ("主题分类", "人口"),
        ("成文日期", "2020-07-10"),
        ("废止日期", ""),
        ("发布日期", "2020-07-16"),
        ("有效性", "否"),
    ]
    items = "".join(f"<li><span>[{label}]</span> <span>{value}</span></li>" for label, value in rows)
    policy = only(page(header=f"<ul>{items}</ul><div>收藏 打印 字号：大 中 小</div>"))
    assert policy.expires_date is None
    assert policy.written_date == date(2020, 7, 10)
    assert policy.state is PolicyState.EXPIRED
    assert policy.text.startswith("各区人民政府")


def test_a_label_beside_something_else_is_no_date() -> None:
    header = "<p><span>发布时间：</span><span>来源：市政府</span></p>"
    assert only(page(header=header)).published_date == date(2020, 7, 16)


def test_a_header_of_list_items_is_read() -> None:
    header = """<ul><li><span>索 引 号：</span>000014349/2024-00001</li><li><b>发文机关：</b>国务院办公厅</li>
    <li>成文日期： 2024年10月19日</li><li>发文字号：国办发〔2024〕48号</li><li>有效性：已废止</li></ul>"""
    policy = only(page(header=header))
    assert policy.details["索引号"] == "000014349/2024-00001"
    assert policy.agency == "国务院办公厅"
    assert policy.written_date == date(2024, 10, 19)
    assert policy.doc_number == "国办发〔2024〕48号"
    assert policy.state is PolicyState.REPEALED


def test_without_tags_and_header_the_title_is_that_of_the_page() -> None:
    assert only(page(meta="", header="")).title == "页内标题"
    bare = page(meta="", header="").replace("<h1>页内标题</h1>".encode(), b"")
    assert only(bare).title == "积分落户"


def test_a_page_that_extraction_gives_up_on_is_read_from_its_container() -> None:
    head = "<head><meta name='ArticleTitle' content='公告'></head>"
    short = f"<html>{head}<body><script>x=1</script><div id='zoom'>自即日起停办。</div></body></html>"
    assert only(short.encode()).text == "自即日起停办。"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "不是文本文件"),
        ("只是一段文字".encode(), "不是网页"),
        (b"<!-- nothing -->", "不是有效的网页|不是网页"),
        ("<html><body><p>没有标题的一段话</p></body></html>".encode(), "网页里没有标题"),
        ("<html><head><title>某通知</title></head><body><p></p></body></html>".encode(), "网页里没有正文"),
        (
            page(header="<table><tr><td>成文日期</td><td>2024-13-45</td></tr></table>"),
            "成文日期有误：日期“2024-13-45”不存在",
        ),
    ],
)
def test_what_is_no_usable_page_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=f"^a.html：(?:{reason})"):
        list(read(content, "a.html"))
