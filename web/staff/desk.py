"""The console put together: what its pages share, its routers, and how its refusals are shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request

from core.vocabulary.load import Vocabulary
from matcher.readers import NamedReader, default_reader
from web.cookies import Memory
from web.parts import Parts
from web.staff.audience import LiveAudience
from workers.matching.asking import Matchers

IDLE_SECONDS = 3600
Wake = Callable[[int, Sequence[str], bool], None]
"""Wakes the workers up for a push: its id, the channels with something to send, whether it is urgent."""


class Reading:
    """The reader of policies, loaded when it is first needed (it takes a second or two)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._lock = Lock()

    def get(self) -> NamedReader:
        with self._lock:
            return self._named

    @cached_property
    def _named(self) -> NamedReader:
        return default_reader(self._vocabulary)


@dataclass(frozen=True)
class Desk:
    """What the pages of the console share beside the parts of the app."""

    signed_in: Memory
    audience: LiveAudience
    reading: Reading
    wake: Wake


def make_desk(parts: Parts, wake: Wake, matchers: Matchers | None) -> Desk:
    secure = parts.settings.public_url.startswith("https:")
    return Desk(
        signed_in=Memory(parts.redis, parts.keys, "staff", IDLE_SECONDS, secure),
        audience=LiveAudience(parts.sessions, parts.facets, parts.clock, matchers),
        reading=Reading(parts.vocabulary),
        wake=wake,
    )


def get_desk(request: Request) -> Desk:
    """The desk of the app that serves `request`."""
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(get_desk)]
