"""Which days people work in China: weekends, public holidays, and the weekend days that are worked in exchange.

`data/holidays.csv` holds 2026 as 国办 published it on 4 November 2025, and of 2027 the days off that the law fixes
(全国年节及纪念日放假办法, 2024); which days are exchanged is published in the November before. An operator replaces the
file in `ZHIDA_VOCABULARY_DIR`. In years that it doesn't know only weekends are off.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from core.errors import InputError

_FILE = "holidays.csv"
_SHIPPED = Path(__file__).parent / "data"
_SATURDAY = 5


@dataclass(frozen=True)
class Workdays:
    """The exceptions from the week: days `off` during it, and days of the weekend that are `worked`."""

    off: frozenset[date]
    worked: frozenset[date]

    def is_workday(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)

    def on_or_before(self, day: date) -> date:
        """`day` itself, or the last workday before it."""
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day


@lru_cache(maxsize=4)
def load_workdays(folder: Path | None = None) -> Workdays:
    """The calendar, from `folder` where that has the file. Raises InputError naming the line that isn't valid."""
    path = _SHIPPED / _FILE
    if folder is not None and (folder / _FILE).exists():
        path = folder / _FILE
    days: dict[str, set[date]] = {"off": set(), "work": set()}
    with path.open(encoding="utf-8", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), 2):
            try:
                days[line["kind"]].add(date.fromisoformat(line["date"]))
            except (KeyError, ValueError, TypeError):
                raise InputError("应为 日期（2026-10-01）,off 或 work,名称", f"{path.name} 第{number}行") from None
    return Workdays(frozenset(days["off"]), frozenset(days["work"]))
