"""What commands share: settings, the clock, and the servers with a process's connections.

Commands import what is heavy (providers' SDKs, web pages, scikit-learn) when they are called, so that `zhida judge`
does not load a web server first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from core import schema
from core.clock import Clock, system_clock
from core.embedded import Addresses, open_stack
from core.errors import UsageError
from core.settings import Settings

if TYPE_CHECKING:
    from workers.runtime import Runtime


def read_settings() -> Settings:
    """The settings of this process. Raises UsageError naming the variable that holds what it can't hold."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "ZHIDA_" + "_".join(map(str, first["loc"])).upper()
        raise UsageError(f"设置 {name} 有误：{first['msg']}") from None


def make_clock(settings: Settings) -> Clock:
    """The system's clock, moved by `clock_offset_seconds`."""
    if not settings.clock_offset_seconds:
        return system_clock
    offset = timedelta(seconds=settings.clock_offset_seconds)
    return lambda: datetime.now(UTC) + offset


@contextmanager
def opened(settings: Settings) -> Iterator[Runtime]:
    """A runtime on the servers of the settings (embedded where none are named), with the tables up to date."""
    from workers.runtime import open_runtime

    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        with open_runtime(settings, addresses, make_clock(settings)) as runtime:
            yield runtime


def child_environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """The environment of a process that joins this one: the same settings, the servers by their addresses."""
    given = {
        "ZHIDA_DATABASE_URL": addresses.database_url,
        "ZHIDA_REDIS_URL": addresses.redis_url,
        "ZHIDA_VAR_DIR": str(settings.var_dir),
        "ZHIDA_SIMULATOR_PORT": str(settings.simulator_port),
        "ZHIDA_SIMULATOR_SMTP_PORT": str(settings.simulator_smtp_port),
        "ZHIDA_PUBLIC_URL": settings.public_url,
        "ZHIDA_PORT": str(settings.port),
        "ZHIDA_CLOCK_OFFSET_SECONDS": str(settings.clock_offset_seconds),
        "ZHIDA_SEND_RATE": str(settings.send_rate),
        "ZHIDA_SEND_CONCURRENCY": str(settings.send_concurrency),
        "ZHIDA_QUIET_START": settings.quiet_start,
        "ZHIDA_QUIET_END": settings.quiet_end,
        "ZHIDA_DAILY_CAP": str(settings.daily_cap),
        "ZHIDA_WEEKLY_CAP": str(settings.weekly_cap),
    }
    return {**os.environ, **given, "PYTHONUNBUFFERED": "1"}
