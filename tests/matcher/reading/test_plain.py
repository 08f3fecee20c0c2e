"""Folding and joining keep the way back to the original words."""

import pytest

from matcher.reading.plain import LONGEST, read_plain
from matcher.reading.script import fold


def test_folding_keeps_the_length() -> None:
    odd = "申報條件：２０２３年〔1〕號，營業收入≥５００萬元 ﹪"
    assert len(fold(odd)) == len(odd)
    assert fold("２０２３年營業收入") == "2023年营业收入"
    assert fold("碩士、準備、擔當") == "硕士、准备、担当"


def test_full_width_stops_stay_stops() -> None:
    assert fold("甲，乙；丙：（丁）！") == "甲，乙；丙：（丁）！"
    assert fold("甲,乙;丙:(丁)!") == "甲，乙；丙：（丁）！"


def test_a_wrapped_line_is_joined_and_quoted_as_it_stood() -> None:
    source = "第十条 示范应用主体是指提出智能网联汽车示范应用申\n请、组织示范应用的单位。"
    plain = read_plain(source)
    start = plain.text.index("示范应用申请")
    assert plain.quote(start, start + 6) == ("示范应用申\n请", source.index("示范应用申\n"))


def test_a_page_number_between_lines_goes() -> None:
    plain = read_plain("应当至少有一个单位具备示范应用运营服务能力且签署\n— 4 —\n相关协议。")
    assert plain.text == "应当至少有一个单位具备示范应用运营服务能力且签署相关协议。"


def test_a_bound_belongs_to_the_figure_in_the_line_above() -> None:
    assert read_plain("研发费用占营业收入3%\n以上。").text == "研发费用占营业收入3%以上。"
    assert read_plain("给予奖励。\n以上内容由本局解释。").text == "给予奖励。\n以上内容由本局解释。"


def test_headings_and_items_keep_their_lines() -> None:
    plain = read_plain("三、申报条件\n（一）在本市注册；\n（二）成立满一年。")
    assert plain.text.split("\n") == ["三、申报条件", "（一）在本市注册；", "（二）成立满一年。"]


@pytest.mark.parametrize("source", ["", "\n\n", " ", "A B\tC", "一\n二", "\ufeff标题\r\n正文"])
def test_every_position_leads_to_its_own_character(source: str) -> None:
    plain = read_plain(source)
    for position, char in enumerate(plain.text):
        if char not in "\n ":
            assert fold(source[plain.at(position)]) == char


def test_only_the_beginning_of_a_huge_text_is_read() -> None:
    plain = read_plain("企业" * 1_000_000)
    assert len(plain.text) == LONGEST
