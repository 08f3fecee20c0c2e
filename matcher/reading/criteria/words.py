"""Conditions that a fixed wording gives away: field, operator and value for each pattern."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matcher.reading.criteria.anchors import list_anchors
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


def lacks_all(text: str, anchors: tuple[str, ...]) -> bool:
    """Whether `text` holds none of `anchors`, and there are some."""
    for anchor in anchors:
        if anchor in text:
            return False
    return bool(anchors)


def find_wordings(clause: Clause, table: list[Wording]) -> Iterator[Found]:
    """The conditions of `table` that `clause` words; a list (低保、特困) of one field becomes one condition."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for entry in table:
        if (entry.strict and not clause.strict) or lacks_all(clause.text, entry.anchors):
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
