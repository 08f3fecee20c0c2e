"""What is read from printed pages, the same from PDF and from OFD: title, 文号, issuer, paragraphs."""

from collections.abc import Callable
from datetime import date

import pytest

from core.errors import InputError
from policies.intake import ofd_file, pdf_file
from policies.metadata import complete
from policies.policy_text import PolicyText
from tests.policies.intake.printing import Document, as_ofd, as_pdf, width_of

Reading = Callable[[Document], PolicyText]
PARAGRAPHS = [
    "现将《北京市促进中小企业发展若干措施》印发给你们，请结合实际认真贯彻落实，执行中遇到的问题及时报告。",
    "一、支持对象：在本市登记注册的中小企业，上年度营业收入不超过2000万元，从业人员不超过300人，且未被列入严重失信主体名单的，都可以申请。",
    "（一）对首次认定的国家级专精特新“小巨人”企业，按照项目投入的百分之三十，给予不超过1.5亿元的支持。",
    "1.申报时间为2024年6月1日至7月31日，逾期不予受理。",
]


def read_pdf(document: Document) -> PolicyText:
    (policy,) = pdf_file.read(as_pdf(document), "a.pdf")
    return policy


def read(document: Document) -> PolicyText:
    (policy,) = ofd_file.read(as_ofd(document), "a.ofd")
    return policy


both = pytest.mark.parametrize("read", [read_pdf, read], ids=["pdf", "ofd"])
"""What depends on where the letters stand is shown once, with the reader that starts no process."""


def red_headed() -> Document:
    document = Document()
    document.put("000012")
    document.put("特急")
    document.centre("北京市人民政府文件", size=42, step=60)
    document.put("京政发〔2024〕12号")
    document.centre("北京市人民政府关于印发《北京市促进")
    document.centre("中小企业发展若干措施》的通知", step=50)
    document.put("各区人民政府，市政府各委、办、局，各市属机构：")
    return document


@both
def test_an_official_document_is_read_as_it_was_written(read: Reading) -> None:
    document = red_headed()
    for paragraph in PARAGRAPHS * 3:
        document.paragraph(paragraph)
    document.put("附件：1.申报材料清单", left=111)
    document.right("北京市人民政府")
    document.right("2024年5月8日")
    document.number()
    document.turn()
    document.put("附件1")
    document.centre("北京市中小企业申报材料")
    document.centre("清单（2024年版）")
    document.paragraph("1.营业执照复印件。")
    document.number()
    assert len(document.pages) == 3
    policy = read(document)
    assert policy.title == "北京市人民政府关于印发《北京市促进中小企业发展若干措施》的通知"
    assert policy.doc_number == "京政发〔2024〕12号"
    assert policy.text.split("\n") == [
        "各区人民政府，市政府各委、办、局，各市属机构：",
        *PARAGRAPHS * 3,
        "附件：1.申报材料清单",
        "北京市人民政府",
        "2024年5月8日",
        "附件1",
        "北京市中小企业申报材料清单（2024年版）",
        "1.营业执照复印件。",
    ]
    known = complete(policy)
    assert (known.agency, known.region, known.written_date) == ("北京市人民政府", "北京市", date(2024, 5, 8))


def test_the_red_head_names_the_issuer_where_the_title_does_not() -> None:
    document = Document()
    document.centre("北京市科学技术委员会", size=36, step=44)
    document.centre("北京市财政局文件", size=36, step=60)
    document.put("京科发〔2024〕3号                签发人：某某")
    document.centre("关于发放创新券的通知", step=50)
    document.paragraph("各有关单位可以申请创新券。")
    policy = read(document)
    assert policy.title == "关于发放创新券的通知"
    assert policy.doc_number == "京科发〔2024〕3号"
    assert policy.agency == "北京市科学技术委员会、北京市财政局"
    assert policy.text == "各有关单位可以申请创新券。"


def test_a_letter_has_the_bare_name_over_it() -> None:
    document = Document()
    document.centre("北京市规划和自然资源委员会", size=30, step=50)
    document.put("京规自函〔2024〕3号", left=380)
    document.centre("关于住房租赁项目用地的复函", step=50)
    document.put("海淀区人民政府：")
    document.paragraph("来函收悉。原则同意。")
    policy = read(document)
    assert policy.title == "关于住房租赁项目用地的复函"
    assert policy.agency == "北京市规划和自然资源委员会"
    assert policy.text == "海淀区人民政府：\n来函收悉。原则同意。"


@both
def test_bodies_that_issue_together_stay_apart_in_the_title(read: Reading) -> None:
    document = Document()
    document.centre("北京市教育委员会")
    document.centre("北京市财政局")
    document.centre("关于学生资助的通知", step=50)
    document.paragraph(PARAGRAPHS[1])
    policy = read(document)
    assert policy.title == "北京市教育委员会 北京市财政局关于学生资助的通知"
    assert complete(policy).agency == "北京市教育委员会、北京市财政局"


def test_a_plain_page_has_its_title_in_the_middle() -> None:
    """Letters of one size, nothing begins further in: as programs print without a style."""
    document = Document()
    document.centre("关于开展就业见习的通知", size=12)
    document.centre("京人社就发〔2024〕1号", size=12)
    document.centre("（2024年3月1日北京市人力资源和社会保障局公布）", size=12)
    for paragraph in PARAGRAPHS:
        document.paragraph(paragraph, indent=0, size=12)
    policy = read(document)
    assert policy.title == "关于开展就业见习的通知"
    assert policy.doc_number == "京人社就发〔2024〕1号"
    assert policy.text.split("\n") == ["（2024年3月1日北京市人力资源和社会保障局公布）", *PARAGRAPHS]


def test_a_title_that_fills_its_first_line_is_whole() -> None:
    document = Document()
    document.put("关于进一步做好高校毕业生青年群体就业创业工作若干政策措施")
    document.centre("的通知", size=16)
    document.paragraph("各有关单位应当落实就业政策，确保毕业生及时就业。")
    assert read(document).title == "关于进一步做好高校毕业生青年群体就业创业工作若干政策措施的通知"


def test_without_a_title_the_text_gives_one_and_stays_whole() -> None:
    document = Document()
    document.paragraph("本市对企业发放稳岗补贴。标准为每人五百元。")
    policy = read(document)
    assert policy.derived_title
    assert policy.title == "本市对企业发放稳岗补贴"
    assert policy.text == "本市对企业发放稳岗补贴。标准为每人五百元。"


def test_fields_over_the_text_are_read() -> None:
    document = Document()
    document.centre("关于开展就业见习的通知")
    document.put("发布日期：2024年3月1日")
    document.put("有效期至：2026年12月31日", step=50)
    document.paragraph("支持离校未就业高校毕业生。")
    policy = read(document)
    assert (policy.published_date, policy.expires_date) == (date(2024, 3, 1), date(2026, 12, 31))
    assert policy.text == "支持离校未就业高校毕业生。"


def test_running_heads_and_page_numbers_are_no_text() -> None:
    document = red_headed()
    while len(document.pages) < 4:
        document.paragraph(PARAGRAPHS[1])
    for number, page in enumerate(document.pages, 1):
        page.insert(0, ("北京市人民政府公报", 79.0, 40.0, 10))
        page.append((f"第 {number} 页 共 4 页", 250.0, 815.0, 10))
    text = read(document).text
    assert set(text.split("\n")[1:-1]) == {PARAGRAPHS[1]}
    assert "公报" not in text


def test_a_number_that_is_the_sentence_itself_does_not_begin_anew() -> None:
    document = red_headed()
    document.put("第一条申请人应当符合本办法第三条第（二）项、第", left=111)
    document.put("（三）项的规定，并且每年的增长不低于百分之五十，总额")
    document.put("1.5亿元以上。")
    document.put("（四）例外由市政府决定。", left=111)
    assert read(document).text.split("\n")[1:] == [
        "第一条申请人应当符合本办法第三条第（二）项、第（三）项的规定，并且每年的增长不低于百分之五十，总额1.5亿元以上。",
        "（四）例外由市政府决定。",
    ]


@both
def test_latin_words_and_cells_of_a_table_stay_apart(read: Reading) -> None:
    document = red_headed()
    document.paragraph("按照 ISO 9001 认证的企业。")
    rows = [("高级工", "1500元，每人每年限领一次"), ("技师", "2000元，每人每年限领一次")]
    for row in rows:
        document.pages[-1].append((row[0], 79.0, document.down, 16))
        document.put(row[1], left=527 - width_of(row[1], 16))
    expected = ["按照ISO 9001认证的企业。", *map(" ".join, rows)]
    assert read(document).text.split("\n")[1:] == expected


@both
def test_too_many_pages_are_refused(read: Reading) -> None:
    with pytest.raises(InputError, match="超过 500 页：请拆分后导入"):
        read(Document(pages=[[("一", 80.0, 80.0, 16)] for _ in range(501)]))


@both
def test_too_many_letters_are_refused(read: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pdf_file, ofd_file):
        monkeypatch.setattr(module, "MOST_LETTERS", 40)
    with pytest.raises(InputError, match="字：请拆分后导入"):
        read(red_headed())


@both
def test_pages_without_words_are_refused(read: Reading) -> None:
    with pytest.raises(InputError, match="里没有文字"):
        read(Document(pages=[[], []]))


def test_what_names_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="看不出标题：请上传 Word 或文本，第一行写标题"):
        read(Document(pages=[[("—", 80.0, 400.0, 16)]]))
