"""The card says nothing that the document doesn't."""

from dataclasses import asdict
from typing import Any

import pytest

from matcher.document import Document
from matcher.reading.reader import Reader
from matcher.reading.shorttitle import LONGEST, shorten_title

TEXT = """为促进消费，制定本措施。
一、支持对象
在本市登记注册的零售企业。
二、支持标准
对年零售额5000万元以上的企业，按增量的2%给予奖励，最高不超过100万元。
三、申报材料
1.营业执照；2.审计报告。
四、申报时间
2024年4月1日至2024年4月30日。
五、办理地点
市政务服务中心2楼窗口。
六、联系方式
联系电话：12345。"""


def spans(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if {"text", "start", "source"} <= set(value) else []
        return own + [span for part in value.values() for span in spans(part)]
    return [span for part in value for span in spans(part)] if isinstance(value, list) else []


def test_each_thing_is_found_where_it_stands(reader: Reader) -> None:
    card = reader.read(Document("1", "关于促进消费若干措施的通知", TEXT, region="杭州市")).card
    assert [span.text for span in card.audience] == ["在本市登记注册的零售企业"]
    assert [(b.kind, b.value, b.unit) for b in card.benefits] == [("ratio", 2, "%"), ("cap", 1_000_000, "元")]
    assert [span.text for span in card.materials] == ["营业执照", "审计报告"]
    assert [span.text for span in card.until] == ["2024年4月1日至2024年4月30日"]
    assert [span.text for span in card.where] == ["市政务服务中心2楼窗口"]
    assert [span.text for span in card.contact] == ["联系电话：12345"]
    every = spans(asdict(card))
    assert len(every) >= 8
    for span in every:
        assert TEXT[span["start"] : span["start"] + len(span["text"])] == span["text"]


def test_a_bare_title_has_a_card(reader: Reader) -> None:
    card = reader.read(Document("1", "关于发放消费券的通知")).card
    assert card.title == "发放消费券"
    assert card.summary is not None
    assert (card.summary.text, card.summary.source) == ("关于发放消费券的通知", "title")


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("河南省人民政府关于印发进一步促进消费若干政策措施的通知", "进一步促进消费若干政策措施"),
        ("上海市人民政府办公厅关于印发《上海市就业补贴办法》的通知", "上海市就业补贴办法"),
        ("【广东省佛山市】关于阶段性提高个人住房公积金贷款额度的通知(征求意见稿)", "阶段性提高个人住房公积金贷款额度"),
        ("公租房申请", "公租房申请"),
        ("关于申报某市促进商务高质量发展专项资金项目的通知（餐饮业新增企业奖励）", "餐饮业新增企业奖励"),
        ("通知", "通知"),
        ("关于做好 2025 年 就业工作的通知", "2025年就业工作"),
        ("Smart Car Innovation Development Strategy", "Smart Car Innovation…"),
    ],
)
def test_short_titles(title: str, short: str) -> None:
    assert shorten_title(title) == short


@pytest.mark.parametrize("title", ["", "关于的通知", "长" * 80, "关于" * 60, "《》" * 40, "甲、乙" * 30, " \n"])
def test_a_title_is_cut_and_never_made_up(title: str) -> None:
    short = shorten_title(title)
    assert len(short) <= LONGEST
    assert short.removesuffix("…") in "".join(title.split())


PENSIONERS = """各镇人民政府，各街道办事处：
现就发放高龄津贴有关事项通知如下：
一、发放对象
具有本县户籍、年满80周岁的老年人。
二、发放标准
80-89周岁老年人：每人每月60元；90周岁以上老年人：每人每月120元。
三、申请
本人到户籍所在地社区居委会申请。
本办法执行至2025年12月31日。例如：2月10日满80周岁的，截止3月10日申请。
"""


def test_the_card_of_an_allowance(reader: Reader) -> None:
    card = reader.read(Document("1", "高龄津贴发放通知", PENSIONERS, region="杭州市")).card
    assert [span.text for span in card.audience] == ["具有本县户籍、年满80周岁的老年人"]
    assert [(b.kind, b.value) for b in card.benefits] == [("amount", 60), ("amount", 120)]
    assert [span.text for span in card.where] == ["本人到户籍所在地社区居委会申请"]
    assert [span.text for span in card.until] == ["本办法执行至2025年12月31日"]


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (
            "各有关单位：\n为促进创新，现组织开展企业技术中心申报工作，有关事项通知如下：",
            "现组织开展企业技术中心申报工作",
        ),
        ("各区县局：\n请做好补贴发放工作，按时报送名单。", "请做好补贴发放工作，按时报送名单"),
        ("为减轻负担。\n大型企业按缴费的30%返还，其他企业按60%返还。", "大型企业按缴费的30%返还，其他企业按60%返还"),
    ],
)
def test_the_summary_says_what_it_is_about(reader: Reader, text: str, summary: str) -> None:
    card = reader.read(Document("1", "通知", text)).card
    assert card.summary is not None
    assert card.summary.text == summary


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("参保企业上年度未裁员的，可以享受返还。", ["参保企业上年度未裁员"]),
        (
            "低保家庭中的残疾人，补贴标准为每人每月410元；一级残疾人，补贴标准每人每月300元。",
            ["低保家庭中的残疾人", "一级残疾人"],
        ),
        ("补贴对象和标准\n（一）补贴对象\n1.年满80周岁的低保老年人。", ["年满80周岁的低保老年人"]),
    ],
)
def test_for_whom(reader: Reader, text: str, audience: list[str]) -> None:
    assert [span.text for span in reader.read(Document("1", "通知", text)).card.audience] == audience
