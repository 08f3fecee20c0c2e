"""One sentence to condition nodes: what fields hold, and the rest as `other`, alternatives as `any`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from core.vocabulary.fields import Side
from matcher.reading.criteria.amounts import find_amounts
from matcher.reading.criteria.clause import Clause, Found, Setting
from matcher.reading.criteria.firm import find_firm, find_standing
from matcher.reading.criteria.home import find_home
from matcher.reading.criteria.person import find_person
from matcher.reading.criteria.seat import find_seat
from matcher.reading.criteria.titles import Titles
from matcher.reading.criteria.trade import find_trade
from matcher.reading.plain import Plain
from matcher.reading.reading import Node

_SHOWN = 90
"""Longest quote, in characters; a longer one is cut around the words found."""
_OR = re.compile(r"或(?!以上|以下|者?其他|多个|两个以上|更)|之一")
_IDLE = re.compile(
    r"^(?:其中|具体|以下|下列|如下|同时|此外|并且?|且|等|的|符合[^，。]{0,8}条件的?|应当?(?:同时)?(?:具备|符合|满足)[^，。]{0,14}条件：?)*$"
)
_NEGATIVE = frozenset({"credit_clean"})
_FIRM_ONLY = re.compile(r"企业|公司|单位|机构|组织|法人|主体|项目|社|户|商|场|厂|园区|基地|行业|业$")


def find_conditions(clause: Clause, subject: int, setting: Setting, titles: Titles) -> list[Found]:
    """What fields hold of `clause`, in its order. Of a measure, firms are described before `subject` only."""
    found: list[Found] = []
    clause = replace(clause, text=_CITED.sub(_mask, clause.text))
    front = clause if clause.strict else replace(clause, text=clause.text[:subject])
    places = setting.gazetteer.list_all(clause.text, setting.home)
    if Side.ENTERPRISE in setting.sides:
        found += [
            *find_firm(front),
            *find_trade(front),
            *_figures(front, subject),
            *find_seat(front, [place for place in places if place.end <= len(front.text)]),
            *titles.find(front),
        ]
    if Side.INDIVIDUAL in setting.sides:
        found += [*find_person(clause), *find_home(clause, places, setting)]
    found += find_standing(clause)
    if clause.excluding:
        found = [f for f in found if f.field in _NEGATIVE or f.op == "not_in" or f.field == "industry"]
        found = [Found(f.field, "not_in", f.value, f.start, f.end) if f.field == "industry" else f for f in found]
    return sorted(_once(found), key=lambda f: f.start)


_TIERED = frozenset(
    {"revenue_wan", "tax_wan", "investment_wan", "revenue_growth_pct", "floor_area_sqm", "asset_wan", "rd_spend_wan"}
)


_CITED = re.compile(r"《[^《》]{2,80}》")


def _mask(cited: re.Match[str]) -> str:
    """Names of other documents say nothing of the applicant."""
    return "《" + "■" * (len(cited[0]) - 2) + "》"


def _figures(clause: Clause, subject: int) -> list[Found]:
    """The figures of a clause. Before a benefit they are tiers of it: only the lowest one is a condition."""
    found = list(find_amounts(clause))
    if clause.strict and subject >= len(clause.text):
        return found
    if clause.strict:
        return [f for f in found if f.field not in _TIERED]
    lowest: dict[str, Found] = {}
    for item in found:
        if (
            item.field in _TIERED
            and item.op == "ge"
            and (item.field not in lowest or item.value < lowest[item.field].value)
        ):
            lowest[item.field] = item
    return [f for f in found if f.field not in lowest or f is lowest[f.field]]


def _once(found: list[Found]) -> Iterator[Found]:
    seen: set[tuple[str, str, str]] = set()
    for item in found:
        key = (item.field, item.op, str(item.value))
        if key not in seen:
            seen.add(key)
            yield item


def build_nodes(clause: Clause, found: list[Found], plain: Plain, *, whole: bool) -> list[Node]:
    """The nodes of a clause. `whole`: words that no field holds are conditions too and become `other`."""
    nodes: list[Node] = []
    covered_to = 0
    for start, end in _pieces(clause.text):
        inside = [f for f in found if start <= f.start < end]
        if inside:
            if whole and start > covered_to:
                nodes += _others(clause, covered_to, start, plain)
            nodes += _piece_nodes(clause, inside, start, end, plain)
            covered_to = max(end, *(f.end for f in inside))
    if whole and covered_to < len(clause.text):
        nodes += _others(clause, covered_to, len(clause.text), plain)
    return nodes


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for comma in re.finditer(r"，", text):
        yield position, comma.start()
        position = comma.end()
    yield position, len(text)


def _piece_nodes(clause: Clause, found: list[Found], start: int, end: int, plain: Plain) -> list[Node]:
    """The atoms of one piece. Joined to other words by 或, each is but one alternative."""
    atoms = [make_atom(clause, f, plain, start, end) for f in found]
    last = max(end, *(f.end for f in found))
    rest = _outside(clause.text, found, start, last)
    if not _OR.search(rest):
        return atoms
    if len(atoms) > 1:
        return [{"any": atoms}]
    return [{"any": [*atoms, other(clause, start, last, plain)]}]


def _outside(text: str, found: list[Found], start: int, end: int) -> str:
    kept, position = [], start
    for item in sorted(found, key=lambda f: f.start):
        kept.append(text[position : item.start])
        position = max(position, item.end)
    kept.append(text[position:end])
    return "｜".join(kept)


def make_atom(clause: Clause, found: Found, plain: Plain, start: int, end: int) -> Node:
    """An atom with the words of its piece as quote."""
    first, last = min(start, found.start), max(end, found.end)
    if last - first > _SHOWN:
        first, last = max(first, found.start - 30), min(last, found.end + 30)
    quote, offset = plain.quote(clause.start + first, clause.start + last)
    return {"field": found.field, "op": found.op, "value": found.value, "quote": quote, "start": offset}


def other(clause: Clause, start: int, end: int, plain: Plain) -> Node:
    """A condition that no field holds."""
    quote, offset = plain.quote(clause.start + start, clause.start + end)
    return {"field": "other", "op": "eq", "value": re.sub(r"\s+", "", quote)[:40], "quote": quote, "start": offset}


def _others(clause: Clause, start: int, end: int, plain: Plain) -> list[Node]:
    while start < end and clause.text[start] in "，、 且并":
        start += 1
    while end > start and clause.text[end - 1] in "，、：的 ":
        end -= 1
    words = clause.text[start:end]
    if len(words) < 4 or _IDLE.match(words):
        return []
    return [other(clause, start, end, plain)]
