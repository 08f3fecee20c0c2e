"""Conditions that a fixed wording gives away: field, operator and value for each pattern."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matcher.reading.criteria.anchors import AnchorIndex, list_anchors
from matcher.reading.criteria.clause import Clause, Found


@dataclass(frozen=True, slots=True)
class Wording:
    """Where `pattern` stands, the condition does. `strict` ones count among conditions only.

    A text without any of the `anchors`, where there are some, holds no match.
    """

    field: str
    op: str
    value: Any
    pattern: re.Pattern[str]
    strict: bool = False
    anchors: tuple[str, ...] = ()


def wording(field: str, op: str, value: Any, pattern: str, *, strict: bool = False) -> Wording:
    return Wording(field, op, value, re.compile(pattern), strict, list_anchors(pattern))


class Table:
    """Wordings in the order in which they are looked for; an earlier one takes the words from a later."""

    def __init__(self, *entries: Wording) -> None:
        self.entries = entries
        self._index = AnchorIndex([entry.anchors for entry in entries])

    def list_possible(self, text: str) -> list[Wording]:
        return [self.entries[number] for number in self._index.list_possible(text)]


def find_wordings(clause: Clause, table: Table) -> Iterator[Found]:
    """The conditions of `table` that `clause` words; a list (低保、特困) of one field becomes one condition."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for entry in table.list_possible(clause.text):
        if entry.strict and not clause.strict:
            continue
        for match in entry.pattern.finditer(clause.text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            found.append(Found(entry.field, entry.op, entry.value, match.start(), match.end()))
    yield from join_lists(clause.text, found)


_BETWEEN = re.compile(
    r"[（）、，或和与及者/的家庭人员对象企业组织机构单位居民“”登记困难等各类其他以服务业A-Z0-9]{0,16}"
)


def join_lists(text: str, found: list[Found]) -> Iterator[Found]:
    """Neighbours of one field whose values are lists, with nothing but list words between, as one."""
    held: Found | None = None
    for item in sorted(found, key=lambda f: f.start):
        if held and _same_list(text, held, item):
            merged = [*held.value, *(v for v in item.value if v not in held.value)]
            held = Found(held.field, held.op, merged, held.start, item.end)
            continue
        if held:
            yield held
        held = item
    if held:
        yield held


def _same_list(text: str, held: Found, item: Found) -> bool:
    return (
        held.field == item.field
        and held.op == item.op
        and isinstance(held.value, list)
        and isinstance(item.value, list)
        and _BETWEEN.fullmatch(text, held.end, item.start) is not None
    )
