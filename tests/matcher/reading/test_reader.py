"""A valid reading of whatever comes."""

import json
from typing import Any

import pytest

from matcher.document import Document
from matcher.reading.plain import LONGEST
from matcher.reading.reader import Reader

POLICY = (
    "一、申报条件\n1.在本市注册的高新技术企业；\n2.上年度营业收入不低于2000万元。\n"
    "二、申报时间\n2024年4月1日至4月30日。"
)


def read(reader: Reader, text: str, title: str = "关于申报的通知") -> dict[str, Any]:
    reading = reader.read(Document("1", title, text, region="杭州市")).as_dict()
    assert json.loads(json.dumps(reading)) == reading
    assert len(reading["region"]) == 6
    assert list(reading["conditions"]) == ["all"]
    return reading


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "This notice is in English only. Apply before 2024-04-30.",
        "首页\n机构\n政策\n服务\n互动\n登录\n注册",
        "序号\n单位\n金额\n1\n某公司\n100\n2\n某公司\n200",
        "\x00\ud800坏字符",
        "👨‍👩‍👧" * 100,
        "（" * 500 + "）" * 500,
    ],
)
def test_odd_texts(reader: Reader, text: str) -> None:
    read(reader, text)


@pytest.mark.parametrize("text", ["任命张三为局长。", "Home About Contact"])
def test_what_is_no_policy_is_not_pushed(reader: Reader, text: str) -> None:
    assert not read(reader, text, "关于张三同志任职的通知")["pushable"]


def test_a_bare_title(reader: Reader) -> None:
    reading = read(reader, "")
    assert reading["conditions"] == {"all": []}
    assert reading["card"]["conditions"] == []


def test_traditional_full_width_and_broken_lines_read_alike(reader: Reader) -> None:
    odd = (
        "一、申報條件\n1.在本市註冊的高新技術企業；\n2.上年度營業收\n入不低於２０００萬元。\n"
        "二、申報時間\n２０２４年４月１日至４月３０日。"
    )
    plain, other = read(reader, POLICY), read(reader, odd)
    assert (plain["opens"], plain["closes"]) == (other["opens"], other["closes"]) == ("2024-04-01", "2024-04-30")
    assert _said(plain) == _said(other)


def _said(reading: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(atom["field"], atom["value"]) for atom in reading["conditions"]["all"]]


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1、",
        "（一）",
        "（",
        "，",
        "不低于100万元、",
        "本市户籍",
        "符合以下条件之一的",
        "获得国家级、省级",
        "《a",
        "2024年1月1日至",
        "研发费用占",
        "申报条件：",
        "社会保险",
        "广州市",
        "对于",
        "【",
        "．",
        "年收入增长",
        "或",
        "技术人员",
        "的",
        "占",
        "一级、",
        "未成年",
        "\n",
        " \n",
        "—1—\n",
        "a ",
    ],
)
def test_adversarial_repeats_end(reader: Reader, piece: str) -> None:
    """A pattern that backtracks without bound would never come back from these."""
    read(reader, (piece * LONGEST)[:LONGEST], (piece * 1000)[:1000])


def test_two_megabytes_read_as_their_beginning(reader: Reader) -> None:
    huge = POLICY + "\n" + "补充说明文字。" * 300_000
    assert read(reader, huge) == read(reader, huge[:LONGEST])
