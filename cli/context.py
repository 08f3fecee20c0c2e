"""What commands share: settings, the clock, and the servers with a process's connections.

Commands import what is heavy (providers' SDKs, web pages, scikit-learn) when they are called, so that `zhida judge`
does not load a web server first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from core.clock import Clock, system_clock
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
    from core import schema
    from core.embedded import open_stack
    from workers.runtime import open_runtime

    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        with open_runtime(settings, addresses, make_clock(settings)) as runtime:
            yield runtime
