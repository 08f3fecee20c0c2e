"""When not to write to somebody: quiet hours and caps. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from core.clock import SHANGHAI, local_time


@dataclass(frozen=True, slots=True)
class Restraint:
    """The service's defaults, from the settings; a subscriber's own values go before them."""

    quiet_start: time
    quiet_end: time
    daily_cap: int
    weekly_cap: int


def quiet_until(now: datetime, start: time, end: time) -> datetime | None:
    """The end of the quiet hours that `now` lies in, or None. They may run over midnight; start = end means none.

    `start` and `end` are times of day in China; the answer has the time zone of `now`.
    """
    local = local_time(now)
    clock = local.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, SHANGHAI).astimezone(now.tzinfo)


def start_of_day(now: datetime) -> datetime:
    """Midnight in China before `now`."""
    return datetime.combine(local_time(now).date(), time(), SHANGHAI)


def start_of_week(now: datetime) -> datetime:
    """Midnight in China of the Monday before `now`."""
    today = start_of_day(now)
    return today - timedelta(days=today.weekday())
