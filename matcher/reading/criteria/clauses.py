"""What fields hold of one sentence."""

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

_NEGATIVE = frozenset({"credit_clean"})


def find_conditions(clause: Clause, subject: int, setting: Setting, titles: Titles) -> list[Found]:
    """What fields hold of `clause`, in its order. Of a measure, firms are described before `subject` only."""
    found: list[Found] = []
    excepted = list(_find_excepted(clause, setting))
    if excepted:
        clause = replace(clause, text=_EXCEPT.sub(_mask, clause.text))
    if not _MARKS.isdisjoint(clause.text):
        clause = replace(clause, text=_CITED.sub(_mask, clause.text))
    front = clause if clause.strict or subject >= len(clause.text) else replace(clause, text=clause.text[:subject])
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
    found += [*find_standing(clause), *excepted]
    if _ANY_HUKOU.search(clause.text):
        found = [f for f in found if f.field != "hukou_region"]
    if clause.excluding:
        found = list(_shut_out(clause.text, found))
    return sorted(_once(found), key=lambda f: f.start)


_EXCEPT = re.compile(r"(?:不含|不包括|除)(?!外)(?P<who>[^（），。；]{2,20}?)(?:）|以外|之外|除外|外|(?=[，。；]|$))")
"""…毕业生（不含在校学生）, 除国有企业外: who is shut out of those named."""
_GROUPS = frozenset({"employment", "marital", "nationality", "hardship", "legal_form", "ownership", "size"})


def _shut_out(text: str, found: list[Found]) -> Iterator[Found]:
    """Of a refusal: the trades it names, the kinds of applicants named right before it (机关、事业单位不列入补贴范围),
    and what it says of standing."""
    for item in found:
        named = item.field in _GROUPS and item.op == "in" and _REFUSED.match(text, item.end)
        if item.field == "industry" or named:
            yield replace(item, op="not_in")
        elif item.field in _NEGATIVE or item.op == "not_in":
            yield item


_REFUSED = re.compile(r"[^，。；\d]{0,6}(?:不(?:列入|纳入|享受|适用|属于|予)|除外)")


def _find_excepted(clause: Clause, setting: Setting) -> Iterator[Found]:
    for match in _EXCEPT.finditer(clause.text):
        inner = replace(clause, text=match["who"])
        said = [
            *(find_firm(inner) if Side.ENTERPRISE in setting.sides else ()),
            *(find_person(inner) if Side.INDIVIDUAL in setting.sides else ()),
        ]
        for item in said:
            if item.field in _GROUPS and item.op == "in":
                yield Found(item.field, "not_in", item.value, match.start(), match.end())


_TIERED = frozenset(
    {"revenue_wan", "tax_wan", "investment_wan", "revenue_growth_pct", "floor_area_sqm", "asset_wan", "rd_spend_wan"}
)


_ANY_HUKOU = re.compile(r"户籍(?:居民|人员|家庭){0,2}(?:和|或|及|与|、)非[^，。；]{0,4}户籍")
"""本市户籍和非本市户籍: no limit at all."""
_CITED = re.compile(
    r"《[^《》]{2,80}》|“[^“”]{2,40}(?:样本库|平台|系统|名录|名单)”|“[^“”]{2,40}”(?=类别|目录|库)|（[^（）]{2,40}(?:不受|不限|除外|放宽)[^（）]{0,20}）|（(?:含|包括|指)[^（）]{0,20}(?:配偶|子女|父母|个体工商户等)[^（）]{0,20}）"
)


_MARKS = frozenset("《“（")
"""One of these begins every citation."""


def _mask(cited: re.Match[str]) -> str:
    """Names of other documents, and exceptions in brackets, say nothing of the applicant."""
    return cited[0][0] + "■" * (len(cited[0]) - 2) + cited[0][-1]


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
        if key not in seen or item.field == "credit_clean":
            seen.add(key)
            yield item
