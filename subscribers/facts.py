"""Checking what somebody says of a subscriber, value by value, by the registry of fields.

Reasons name the field by its Chinese label and never repeat the value: in a file with shifted columns any cell may hold
a phone number.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Field, Kind, Side
from core.vocabulary.load import Vocabulary
from subscribers.profiles import BASE, DERIVED, SEVERAL, fact_label, full_years, list_fact_names

_LARGEST = 1e15
_MOST_VALUES = 50
_MOST_YEARS = 150
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?", re.ASCII)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_LIST_MARKS = re.compile(r"[;；、,，|]")
_TRUE = frozenset({"是", "有", "true", "yes", "y", "1"})
_FALSE = frozenset({"否", "无", "没有", "false", "no", "n", "0"})
_WORDS = {
    field.name: {
        spelling: word
        for word, label in field.choices
        for spelling in (word, label, unicodedata.normalize("NFKC", label), label.partition("（")[0])
    }
    for field in FIELDS.values()
}
_STORABLE = {side: frozenset(list_fact_names(side)) for side in Side}


def check_facts(side: Side, given: Mapping[str, Any], vocabulary: Vocabulary, day: date) -> dict[str, Any]:
    """The facts of `given` as a profile stores them; None means "not said" and is left out.

    A field that ages (`age`, `years_since_founding` …) is taken as true on `day` and turned into its base fact.
    Raises InputError with all reasons, parted by ；.
    """
    facts: dict[str, Any] = {}
    reasons: list[str] = []
    for name, value in given.items():
        if value is None:
            continue
        try:
            checked = check_fact(side, name, value, vocabulary, day)
            if name in DERIVED:
                facts.setdefault(DERIVED[name], _as_base(name, checked, day))
            else:
                facts[name] = checked
        except InputError as error:
            reasons.append(error.reason)
    if "children" in facts and len(facts.get("children_birth_dates", ())) > facts["children"]:
        reasons.append("子女数少于所填的子女出生日期")
    if reasons:
        raise InputError("；".join(reasons))
    return facts


def check_fact(side: Side, name: str, value: Any, vocabulary: Vocabulary, day: date) -> Any:
    """One fact as it is stored: numbers, booleans, words, codes, ISO dates, or a list of them. Raises InputError."""
    if name == "size":
        raise InputError("企业规模由行业、人数、营业收入和资产推算，不能直接填写")
    if name not in _STORABLE[side] and DERIVED.get(name) not in _STORABLE[side]:
        known = name in FIELDS or name in BASE
        raise InputError(f"{fact_label(name)}不适用于这类订阅者" if known else "有不认识的字段")
    if name not in SEVERAL and name != "child_age":
        return _check_one(name, value, vocabulary, day)
    values = value if isinstance(value, list) else [value]
    if len(values) > _MOST_VALUES:
        raise InputError(f"{fact_label(name)}的值太多")
    checked = [_check_one(name, one, vocabulary, day) for one in values]
    children = name in ("children_birth_dates", "child_age")
    return checked if children else list(dict.fromkeys(checked))  # twins are two


def parse_text(name: str, text: str) -> Any:
    """What a cell of a table says of a fact: typed as far as the text allows; None for an empty cell.

    Lists are parted by ; 、 or a comma, and `无` is the empty one. What can't be read stays text, for `check_fact` to
    refuse.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    if name in SEVERAL or name == "child_age":
        parts = [] if text == "无" else [part.strip() for part in _LIST_MARKS.split(text)]
        return [_parse_one(name, part) for part in parts if part]
    return _parse_one(name, text)


def is_short_text(text: str, most: int) -> bool:
    """Whether `text` has at most `most` letters and nothing that can't be shown or stored (control letters, NUL)."""
    return len(text) <= most and text.isprintable()


def _parse_one(name: str, text: str) -> Any:
    kind = FIELDS[name].kind if name in FIELDS else None
    if kind is Kind.FLAG:
        return True if text.lower() in _TRUE else False if text.lower() in _FALSE else text
    if kind is not Kind.NUMBER:
        return text
    try:
        number = float(text.replace(",", "").removesuffix("%"))
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _check_one(name: str, value: Any, vocabulary: Vocabulary, day: date) -> Any:
    if name in BASE:
        return _date(name, value, day)
    field = FIELDS[name]
    match field.kind:
        case Kind.NUMBER:
            return _number(field, value)
        case Kind.FLAG:
            if not isinstance(value, bool):
                raise InputError(f"{field.label}应填是或否")
            return value
        case Kind.REGION:
            if not isinstance(value, str) or value not in vocabulary.regions:
                raise InputError(f"{field.label}不是现行的六位区划代码（GB/T 2260）")
            return value
        case Kind.INDUSTRY:
            return _industry(field, value, vocabulary)
    return _word(field, value, vocabulary)


def _number(field: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        raise InputError(f"{field.label}应为数字" + (f"（{field.unit}）" if field.unit else ""))
    if (field.least is not None and value < field.least) or (field.most is not None and value > field.most):
        most = "" if field.most is None else f"、不大于 {field.most:g}"
        raise InputError(f"{field.label}应不小于 {field.least:g}{most}")
    return value


def _industry(field: Field, value: Any, vocabulary: Vocabulary) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-T](\d{2,4})?", value, re.ASCII):
        raise InputError(f"{field.label}应为 GB/T 4754 的代码，如 C39")
    if value[:3] not in vocabulary.industries:
        raise InputError(f"{field.label}的代码在 GB/T 4754 中不存在")
    return value


def _word(field: Field, value: Any, vocabulary: Vocabulary) -> str:
    text = str(value) if type(value) is int else value
    if not field.choices:
        return _qualification(field, text, vocabulary)
    word = _WORDS[field.name].get(text) if isinstance(text, str) else None
    if word is None:
        raise InputError(f"{field.label}只能是 {'、'.join(label for _, label in field.choices)}")
    return word


def _qualification(field: Field, text: Any, vocabulary: Vocabulary) -> str:
    """A key of the vocabulary, found by any of its names; another one by its Chinese name, since the list is open."""
    if isinstance(text, str) and (key := vocabulary.qualification_keys.get(text)):
        return key
    if not isinstance(text, str) or not re.search(r"[一-鿿]{2}", text) or not is_short_text(text, 40):
        raise InputError(f"{field.label}既不是已知的代码，也不是中文名称")
    return text


def _date(name: str, value: Any, day: date) -> str:
    label = fact_label(name)
    text = str(value) if type(value) is int else value
    found = (_COMPACT_DATE.fullmatch(text) or _DATE.fullmatch(text)) if isinstance(text, str) else None
    if not found:
        raise InputError(f"{label}应为日期，如 2020-05-31、2020-05 或 2020")
    year, month, dom = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, dom or 1)
    except ValueError:
        raise InputError(f"{label}不是存在的日期") from None
    if first > day and name != "graduation_date":
        raise InputError(f"{label}不能晚于今天")
    if day.year - first.year > (1000 if name == "founding_date" else _MOST_YEARS):
        raise InputError(f"{label}太久远")
    return "-".join(f"{part:02d}" for part in (year, month, dom) if part is not None)


def _as_base(name: str, value: Any, day: date) -> Any:
    """The base fact that makes the ageing field `name` be `value` on `day`."""
    if name == "child_age":
        return [_birth_year(age, day) for age in value]
    if name == "age":
        return _birth_year(value, day)
    year = day.year - int(value)
    start = date(year, day.month, min(day.day, 28) if day.month == 2 else day.day)
    return (start - timedelta(days=round((value % 1) * 365))).isoformat()


def _birth_year(age: float, day: date) -> str:
    year = str(day.year - int(age))
    return year if full_years(year, day) == int(age) else str(int(year) - 1)
