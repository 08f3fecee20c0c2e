"""Time: Asia/Shanghai for people, UTC in the database, always aware, and handed in rather than looked up."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]
"""Answers the present moment as an aware UTC datetime. Tests pass their own."""


def system_clock() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The calendar day in China at `moment` (which must be aware)."""
    return local_time(moment).date()


def local_time(moment: datetime) -> datetime:
    """`moment` on a clock in China. Raises ValueError for a naive datetime, which would mean a guess."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime reached local_time")
    return moment.astimezone(SHANGHAI)
