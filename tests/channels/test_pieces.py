"""The pieces in which staff edit templates: each read and written back without touching the others."""

import json

import pytest

from channels.message import Channel
from channels.notice import Purpose
from channels.pieces import PIECES, Piece
from channels.proof import find_problems
from channels.sources import list_sources, read_source
from tests.channels.samples import IMPRINT


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES.keys())
def test_a_piece_written_back_is_what_it_was(piece: Piece) -> None:
    written = piece.write(piece.read())
    assert piece.read({piece.source: written}) == piece.read()
    assert find_problems(piece.source, written, IMPRINT) == []


def test_every_template_is_in_some_piece() -> None:
    assert {piece.source for piece in PIECES.values()} == set(list_sources())
    assert len([piece for piece in PIECES.values() if piece.purpose]) == len(Channel) * len(Purpose)


def test_the_other_pieces_of_a_table_stay_as_staff_have_them() -> None:
    edited = json.loads(read_source("mail.json"))
    edited["digest"]["button"] = "打开"
    overrides = {"mail.json": json.dumps(edited)}
    fields = {"subject": " 您好：{{ n.title }}", "lead": "有一项政策。", "button": "看", "csrf": "x"}
    written = json.loads(PIECES["mail-policy"].write(fields, overrides))
    assert written["policy"] == {"subject": "您好：{{ n.title }}", "lead": "有一项政策。", "button": "看"}
    assert {name: part for name, part in written.items() if name != "policy"} == {
        name: part for name, part in edited.items() if name != "policy"
    }


def test_a_wechat_form_leaves_out_empty_rows() -> None:
    fields = {"field1": "thing1", "value1": "title", "field2": "", "value2": "", "field3": "thing9", "value3": "reason"}
    written = json.loads(PIECES["wechat-policy"].write(fields))
    assert written["policy"] == {"thing1": "title", "thing9": "reason"}
