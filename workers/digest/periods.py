"""The spans of days that editions are about: months, ISO weeks, quarters. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.clock import SHANGHAI
from core.errors import UsageError
from workers.models import EditionKind

_QUARTERS = "一二三四"
_LABEL = re.compile(r"(\d{4})-(?:(\d{2})|W(\d{2})|Q([1-4]))")


@dataclass(frozen=True, slots=True)
class Period:
    """`starts` and `ends` are the first and the last day, in China."""

    kind: EditionKind
    starts: date
    ends: date

    @property
    def label(self) -> str:
        """`2026-10`, `2026-W45` (ISO 8601) or `2026-Q4`."""
        if self.kind is EditionKind.WEEKLY:
            return f"{self.starts:%G-W%V}"
        if self.kind is EditionKind.QUARTERLY:
            return f"{self.starts.year}-Q{self._quarter}"
        return f"{self.starts:%Y-%m}"

    @property
    def short_name(self) -> str:
        """`10月`, `第45周` or `第四季度`."""
        if self.kind is EditionKind.WEEKLY:
            return f"第{self.starts.isocalendar().week}周"
        if self.kind is EditionKind.QUARTERLY:
            return f"第{_QUARTERS[self._quarter - 1]}季度"
        return f"{self.starts.month}月"

    @property
    def name(self) -> str:
        """`2026年10月`."""
        year = self.starts.isocalendar().year if self.kind is EditionKind.WEEKLY else self.starts.year
        return f"{year}年{self.short_name}"

    def sent_at(self, clock_time: time) -> datetime:
        """When the edition goes out: on the day after its end."""
        return datetime.combine(self.ends + timedelta(days=1), clock_time, SHANGHAI)

    @property
    def _quarter(self) -> int:
        return (self.starts.month + 2) // 3


def period_of(kind: EditionKind, day: date) -> Period:
    """The period that `day` lies in."""
    if kind is EditionKind.WEEKLY:
        starts = day - timedelta(days=day.weekday())
        return Period(kind, starts, starts + timedelta(days=6))
    months = 3 if kind is EditionKind.QUARTERLY else 1
    starts = date(day.year, day.month - (day.month - 1) % months, 1)
    month = starts.month + months
    following = date(starts.year + (month > 12), month - 12 * (month > 12), 1)
    return Period(kind, starts, following - timedelta(days=1))


def period_before(period: Period) -> Period:
    return period_of(period.kind, period.starts - timedelta(days=1))


def parse_period(label: str) -> Period:
    """The period of `2026-10`, `2026-W45` or `2026-Q4`. Raises UsageError for anything else."""
    found = _LABEL.fullmatch(label)
    try:
        if found is None:
            raise ValueError(label)
        year, month, week, quarter = found.groups()
        if week:
            return period_of(EditionKind.WEEKLY, date.fromisocalendar(int(year), int(week), 1))
        if quarter:
            return period_of(EditionKind.QUARTERLY, date(int(year), 3 * int(quarter), 1))
        return period_of(EditionKind.MONTHLY, date(int(year), int(month), 1))
    except ValueError:
        raise UsageError(f"期号 {label} 不对，应为 2026-10（月）、2026-W45（周）或 2026-Q4（季）") from None
