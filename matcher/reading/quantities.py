"""Numbers with units and what is said of them: 不低于5,000万元 → at least 5000 万元."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Bound = Literal["ge", "le"]
Unit = Literal["wan", "pct", "people", "years", "months", "age", "sqm", "count"]

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {
    "": 1.0,
    "十": 10.0,
    "百": 100.0,
    "千": 1000.0,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "万亿": 1e12,
}
_NUMBER = r"\d{1,3}(?:，\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[一二两三四五六七八九十百]{1,6}|半(?=年)"
_QUANTITY = re.compile(
    rf"(?P<number>{_NUMBER}|(?<=[^\d一-十])(?=亿元))(?:（含）)?"
    r"(?P<scale>万亿|亿|千万|百万|十万|万|千(?=元|万|人|平)|百(?=万))?(?P<unit>元(?!/)|人民币|%|％|平方米|㎡|m2|m²|平米"
    r"|周岁|岁|周年|年|个月|人次|人|名|个(?=子女|孩子|未成年|及以上子女|以上子女)|孩(?=及以上|以上|家庭)|美元|欧元|港元|亩|家|项|件)?"
)
_BEFORE = re.compile(
    r"(?:(?P<ge>不低于|不少于|不小于|不得低于|不得少于|不短于|至少|达到或超过|达到|达|超过|超|高于|大于|多于|年?满|≥|>|突破|逾|首次达|已满|累计满|最低|每实现)"
    r"|(?P<le>不超过|不高于|不大于|不得超过|不多于|不到|低于|小于|少于|未满|不满|不足|未超过|≤|<|至多))(?:人民币|或超过|等于|（含）)?$"
)
_AFTER = re.compile(
    r"(?:人民币)?(?:[）]?（(?:不?含|包括)[^）]{0,8}）)?(?:[（(]?含[）)]?)?"
    r"(?:(?P<ge>(?:及|或|含)?(?:其)?以上|及以上|起|以后)|(?P<le>(?:及|或|含)?以下|以内|之内|内(?!容|部|地|资|陆)))"
)
_FOREIGN_MONEY = re.compile(r"(?:（[^）]{0,4}）)?(?:美元|欧元|港元|港币|日元)")
_RANGE = re.compile(r"(?:（[^）]{0,6}）)?(?:至|到|-|—|~|－)(?=\d|[一二两三四五六七八九十])")
_CHAIN = re.compile(r"(?:（[^）]{0,6}）)?[、/]$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` in the unit named (money in 万元); `bound` None where nothing says from or up to. `text[start:end]`."""

    value: float
    unit: Unit
    bound: Bound | None
    start: int
    end: int


def read_number(words: str) -> float | None:
    """`5，000` → 5000, `三` → 3, `二十五` → 25; None for what is no number."""
    if words == "半":
        return 0.5
    if words[:1].isdigit():
        return float(words.replace("，", ""))
    total = last = 0
    for char in words:
        if char in _TENS:
            total += (last or 1) * _TENS[char]
            last = 0
        elif char in _DIGITS:
            last = _DIGITS[char]
        else:
            return None
    return float(total + last) if words else None


_UNITS: dict[str, Unit] = {
    "元": "wan",
    "人民币": "wan",
    "%": "pct",
    "平方米": "sqm",
    "㎡": "sqm",
    "m2": "sqm",
    "m²": "sqm",
    "平米": "sqm",
    "周岁": "age",
    "岁": "age",
    "周年": "years",
    "年": "years",
    "个月": "months",
    "人": "people",
    "名": "people",
    "个": "count",
    "孩": "count",
}


def list_quantities(text: str, start: int = 0, end: int | None = None) -> Iterator[Quantity]:
    """The quantities of `text[start:end]` in order; both ends of a range; of a chain (5、8、10万元以上) the lowest."""
    stop = len(text) if end is None else end
    held: list[tuple[re.Match[str], float]] = []
    for match in _QUANTITY.finditer(text, start, stop):
        number = 1.0 if not match["number"] and match["scale"] else read_number(match["number"])
        if number is None:
            continue
        held.append((match, number))
        if _links(text, match.end(), stop):
            continue
        yield from _settle(text, held, start, stop)
        held = []


def _links(text: str, position: int, stop: int) -> bool:
    """Whether another number of the same row follows."""
    following = text[position : position + 1]
    if _RANGE.match(text, position, stop):
        return True
    return following in ("、", "/") and text[position + 1 : position + 2].isdigit()


def _settle(text: str, row: list[tuple[re.Match[str], float]], start: int, stop: int) -> Iterator[Quantity]:
    last, _ = row[-1]
    unit = _UNITS.get(last["unit"] or "") or ("wan" if last["scale"] and not last["unit"] else None)
    if unit is None or _FOREIGN_MONEY.match(text, last.end(), stop):
        return
    values = [_scaled(number, match["scale"] or _implied(match, last), unit) for match, number in row]
    first = row[0][0]
    before = _BEFORE.search(text, max(start, first.start() - 8), first.start())
    after = _AFTER.match(text, last.end(), stop)
    if len(row) == 2 and _RANGE.match(text, first.end(), stop) and values[0] < values[1]:
        whole = after.end() if after else last.end()
        yield Quantity(values[0], unit, "ge", first.start(), whole)
        if not (after and after["ge"]):
            yield Quantity(values[1], unit, "le", first.start(), whole)
        return
    bound = _bound(before, after)
    yield Quantity(
        min(values), unit, bound, before.start() if before else first.start(), after.end() if after else last.end()
    )


def _implied(match: re.Match[str], last: re.Match[str]) -> str:
    """`100至200万元`: the first number shares the scale of the last."""
    return last["scale"] or "" if not match["unit"] else ""


def _bound(before: re.Match[str] | None, after: re.Match[str] | None) -> Bound | None:
    if after and after["ge"]:
        return "ge"
    if before and before["le"]:
        return "le"
    if after and after["le"]:
        return "le"
    return "ge" if before else None


def _scaled(number: float, scale: str, unit: Unit) -> float:
    value = number * _SCALES[scale]
    return round(value / 1e4, 6) if unit == "wan" else value
