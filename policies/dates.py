"""Dates as Chinese documents write them: 2024年3月1日, 二〇二四年三月一日, 2024-03-01, 2024/3/1, 2024.3.1."""

import re
import unicodedata
from datetime import date, timedelta

EARLIEST, LATEST = 1949, 2099
"""Years that a document of our time can bear; anything else is a slip of the pen or of a machine."""

_DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {
    "○": "0",
    "零": "0",
    "Ｏ": "0",
    "O": "0",
    "元": "1",
}
_NUMERIC = r"(?P<y>\d{4})\s*(?:年|[-/.])\s*(?P<m>\d{1,2})\s*(?:月|[-/.])\s*(?P<d>\d{1,2})(?!\d)\s*日?"
_ONES = "[一二三四五六七八九十]"
_SPELLED = rf"(?P<sy>[〇○零ＯO一二三四五六七八九]{{4}})年(?P<sm>{_ONES}{{1,2}})月(?P<sd>{_ONES}{{1,3}})日"
_DATE = re.compile(rf"(?<!\d){_NUMERIC}|{_SPELLED}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_IN_FORCE = re.compile(rf"自\s*(?:{_NUMERIC}|{_SPELLED})\s*起\s*(?:正式)?(?:施行|实施|执行|生效)")
_THIS = r"本(?:办法|通知|意见|措施|若干措施|细则|政策|规定|公告|方案|通告|实施意见|实施细则|暂行办法)"
_UNTIL = re.compile(rf"{_THIS}[^。]{{0,60}}?(?:至|到|截至|截止)\s*(?:{_NUMERIC}|{_SPELLED})(?!起)")
_FOR_YEARS = re.compile(rf"{_THIS}[^。]{{0,40}}?有效期(?:限)?(?:为|是)?\s*(\d|[一二三四五六七八九十])\s*年")
_IN_FORCE_AFTER = re.compile(r"自(?:印发|发布|公布)之日起\s*(\d{1,3})\s*日后(?:正式)?(?:施行|实施|执行|生效)")


def parse_date(words: str) -> date | None:
    """The date that a field holds, also with a time behind it, or `20240301`; the first one where it holds two.

    None for an empty field. ValueError (Chinese) where it holds something else, or a day that there cannot be.
    """
    flat = unicodedata.normalize("NFKC", words).strip()
    if not flat:
        return None
    found = _DATE.match(flat)
    if found:
        return _day_of(found, flat)
    compact = _COMPACT.match(flat)
    if compact:
        return _day(int(compact[1]), int(compact[2]), int(compact[3]), flat)
    raise ValueError(f"“{flat[:40]}”不是日期")


def find_effective_date(text: str, published: date | None) -> date | None:
    """The day from which a text says that it holds; None where it names none (then it holds when it is published)."""
    flat = unicodedata.normalize("NFKC", text)
    found = _IN_FORCE.search(flat)
    if found:
        return _possible_day(found)
    after = _IN_FORCE_AFTER.search(flat)
    return published + timedelta(days=int(after[1])) if after and published else None


def find_expiry(text: str, in_force: date | None) -> date | None:
    """The last day on which a document says that it holds: `本办法…有效期至2027年12月31日`, `本通知…有效期3年`."""
    flat = unicodedata.normalize("NFKC", text)
    until = _UNTIL.search(flat)
    if until:
        return _possible_day(until)
    years = _FOR_YEARS.search(flat)
    if years is None or in_force is None:
        return None
    count = int(years[1]) if years[1].isdecimal() else _spelled(years[1])
    return _years_later(in_force, count) - timedelta(days=1)


def _years_later(day: date, years: int) -> date:
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year + years, day=28 if leap else day.day)


def find_signed(text: str, tail: int = 12) -> tuple[int, date] | None:
    """The date under the signature: the last of the closing `tail` lines that is nothing but a date, with its index."""
    lines = text.splitlines()
    for index in range(len(lines) - 1, max(-1, len(lines) - 1 - tail), -1):
        flat = unicodedata.normalize("NFKC", lines[index]).strip(" ()")
        found = _DATE.fullmatch(flat.replace(" ", ""))
        day = _possible_day(found) if found else None
        if day:
            return index, day
    return None


def _possible_day(found: re.Match[str]) -> date | None:
    try:
        return _day_of(found, found[0])
    except ValueError:
        return None


def _day_of(found: re.Match[str], words: str) -> date:
    if found["y"]:
        return _day(int(found["y"]), int(found["m"]), int(found["d"]), words)
    year = int("".join(_DIGITS[c] for c in found["sy"]))
    return _day(year, _spelled(found["sm"]), _spelled(found["sd"]), words)


def _spelled(words: str) -> int:
    """十 → 10, 二十三 → 23, 五 → 5."""
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return int(_DIGITS[ones]) if len(ones) == 1 else 0
    return int(_DIGITS.get(tens, "1" if not tens else "9")) * 10 + int(_DIGITS.get(ones, "0"))


def _day(year: int, month: int, day: int, words: str) -> date:
    if not EARLIEST <= year <= LATEST:
        raise ValueError(f"日期“{words[:40]}”的年份不合理")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"日期“{words[:40]}”不存在") from None
