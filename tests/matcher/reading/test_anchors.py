"""Patterns that are not tried can't have matched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.reading.criteria import firm, person, trade
from matcher.reading.criteria.anchors import AnchorIndex, list_anchors
from tests.matcher.strategies import CALM

PATTERNS = [
    *((entry.pattern, entry.anchors) for entry in [*firm._TABLE.entries, *person._TABLE.entries]),
    *((pattern, anchors) for pattern, _, anchors in trade._ALL),
]


@pytest.mark.parametrize(
    ("pattern", "anchors"),
    [
        ("低保户|五保", ("低保户", "五保")),
        ("农?业企业", ("业企业",)),
        ("合作社{0,2}员", ("合作",)),
        (r"残疾(?:人|证)(?!联)", ("残疾",)),
        (r"[甲|乙]公司\\(丙\\)", ("公司",)),
        ("(?:甲|乙)|丙", ()),
        ("甲?|乙", ()),
    ],
)
def test_anchors(pattern: str, anchors: tuple[str, ...]) -> None:
    assert list_anchors(pattern.replace("\\\\", "\\")) == anchors


@CALM
@given(data=st.data())
def test_what_matches_holds_an_anchor(data: st.DataObject) -> None:
    pattern, anchors = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(pattern))
    assert re.search(pattern, text)
    assert AnchorIndex([anchors]).list_possible(text) == [0]
