"""Marks in an official text."""

from hypothesis import given
from hypothesis import strategies as st

from web.portal.evidence import Mark, marks_in, marks_of_conditions, paragraphs

TEXT = "一、对象\n　　小微企业，成立不超过五年。\n\n二、时间\n年底前。"


def joined(text: str, marks: list[Mark]) -> str:
    return "\n".join("".join(piece.text for piece in paragraph.pieces) for paragraph in paragraphs(text, marks))


def test_lines_become_paragraphs_without_their_blanks_and_headings_are_known() -> None:
    found = paragraphs(TEXT, [])
    assert joined(TEXT, []) == "一、对象\n小微企业，成立不超过五年。\n二、时间\n年底前。"
    assert [paragraph.heading for paragraph in found] == [True, False, True, False]


def test_a_mark_is_one_piece_with_its_anchor() -> None:
    start = TEXT.index("成立")
    pieces = paragraphs(TEXT, [Mark(start, start + 7)])[1].pieces
    assert [(piece.text, piece.marked, piece.anchors) for piece in pieces] == [
        ("小微企业，", False, ()),
        ("成立不超过五年", True, (start,)),
        ("。", False, ()),
    ]


def test_overlapping_marks_are_cut_and_every_anchor_stands_once() -> None:
    start = TEXT.index("小微")
    marks = [Mark(start, start + 9), Mark(start + 5, start + 12), Mark(start, start + 2)]
    pieces = [piece for paragraph in paragraphs(TEXT, marks) for piece in paragraph.pieces]
    assert [anchor for piece in pieces for anchor in piece.anchors] == [start, start + 5]
    assert "".join(piece.text for piece in pieces if piece.marked) == "小微企业，成立不超过五年"


@given(
    st.text(alphabet="甲乙 \n。", max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=6)
)
def test_no_mark_adds_or_loses_a_letter(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [Mark(start, start + length) for start, length in spans]
    assert joined(text, marks) == joined(text, [])
    anchors = [a for paragraph in paragraphs(text, marks) for piece in paragraph.pieces for a in piece.anchors]
    assert len(anchors) == len(set(anchors))


def test_marks_come_from_spans_of_the_text_and_from_quotes_anywhere_in_a_tree() -> None:
    spans = [{"text": "小微", "start": 5, "source": "text"}, {"text": "标题", "start": 0, "source": "title"}]
    assert marks_in(spans) == [Mark(5, 7)]
    atom = {"field": "size", "op": "in", "value": ["micro"], "quote": "小微", "start": 5}
    tree = {"all": [{"any": [atom, {**atom, "start": None}]}, {"not": {**atom, "start": 9}}, {"all": []}]}
    assert marks_of_conditions(tree) == [Mark(5, 7), Mark(9, 11)]
