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
    assert [(b.kind, b.value, b.unit) for b in card.benefits] == [("cap", 1_000_000, "元")]
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
        ("通知", "通知"),
    ],
)
def test_short_titles(title: str, short: str) -> None:
    assert shorten_title(title) == short


@pytest.mark.parametrize("title", ["", "关于的通知", "长" * 80, "关于" * 60, "《》" * 40, "甲、乙" * 30, " \n"])
def test_a_title_is_cut_and_never_made_up(title: str) -> None:
    short = shorten_title(title)
    assert len(short) <= LONGEST
    assert short.removesuffix("…") in "".join(title.split())
