"""Days and months in a search box: 2026-11-03, 2026年11月3日, 2026年11月. Pure."""

import re
from calendar import monthrange
from datetime import date

_PERIOD = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])?(?:(?<=\D)(\d{1,2})日?)?$")


def find_period(word: str) -> tuple[date, date] | None:
    """The first and last day that a word names; None where it names neither a day nor a month that there is."""
    found = _PERIOD.match(word)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        first = date(year, month, day or 1)
    except ValueError:
        return None
    return first, first if day else first.replace(day=monthrange(year, month)[1])
