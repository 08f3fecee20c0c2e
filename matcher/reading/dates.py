"""Dates in Chinese text: whole, without a year, in Chinese figures, counted from another day."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.reading.quantities import read_number

_FIGURES = "〇零一二三四五六七八九十"
_DATE = re.compile(
    rf"(?:(?P<year>(?:19|20)\d\d|[二][〇零一二三四五六七八九]{{3}}|今|本|当|明|次)(?:年度?)?(?P<dash>[-./]|(?<=年)))?"
    rf"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])(?:月(?:份)?|(?P=dash))"
    rf"(?:(?P<day>3[01]|[12]\d|0?[1-9]|三?十[一二三四五六七八九]?|二十[一二三四五六七八九]?|[一二三四五六七八九])(?:[日号]|(?!\d|[{_FIGURES}]))|(?P<last>底|末))"
)
_DAY_ONLY = re.compile(r"(?P<day>3[01]|[12]\d|0?[1-9])日")


@dataclass(frozen=True, slots=True)
class Mention:
    """A day named at `text[start:end]`; `bare`: the text gave no year for it."""

    day: date
    start: int
    end: int
    bare: bool = False


def list_dates(text: str, published: date | None) -> Iterator[Mention]:
    """The days that `text` names, in order. One without a year takes that of the day before, else of `published`."""
    last: date | None = None
    for match in _DATE.finditer(text):
        if match["dash"] and not match["year"]:
            continue
        day = _resolve(match, last or _year_before(text, match.start()), published)
        if day is not None:
            yield Mention(day, match.start(), match.end(), bare=match["year"] is None)
            last = day


_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")


def _year_before(text: str, position: int) -> date | None:
    """New Year of the year named shortly before: 2022年房展会将于4月30日."""
    years = _YEAR.findall(text, max(0, position - 40), position)
    return date(int(years[-1]), 1, 1) if years else None


def _resolve(match: re.Match[str], last: date | None, published: date | None) -> date | None:
    year = _year(match["year"], last, published)
    month = read_number(match["month"])
    if year is None or month is None:
        return None
    longest = calendar.monthrange(year, int(month))[1]
    day = longest if match["last"] else int(read_number(match["day"]) or 0)
    return date(year, int(month), day) if 1 <= day <= longest else None


def _year(words: str | None, last: date | None, published: date | None) -> int | None:
    if words is None:
        known = last or published
        return known.year if known else None
    if words in ("今", "本", "当"):
        return published.year if published else None
    if words in ("明", "次"):
        base = (last or published) if words == "次" else published
        return base.year + 1 if base else None
    if words.isdigit() and words.isascii():
        return int(words)
    figures = "".join(str("〇一二三四五六七八九".index("〇" if c == "零" else c)) for c in words)
    return int(figures)


def find_day(text: str, position: int, after: date) -> tuple[date, int] | None:
    """The second day of `12月9日至16日`: a day without a month that follows `after`; with the position behind it."""
    match = _DAY_ONLY.match(text, position)
    if (
        match is None
        or int(match["day"]) < after.day
        or int(match["day"]) > calendar.monthrange(after.year, after.month)[1]
    ):
        return None
    return after.replace(day=int(match["day"])), match.end()


def add_years(day: date, years: int) -> date:
    """The last day of `years` years that begin on `day`."""
    year = day.year + years
    if day.month == 2 and day.day == 29 and not calendar.isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day `months` months later, or the last of that month."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
