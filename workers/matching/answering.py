"""What a match worker answers from its share of all subscribers."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pyroaring import BitMap
from sqlalchemy import select

from core.clock import Clock
from core.database import Sessions
from matcher.audience.everybody import match_audience
from matcher.audience.index import Audience
from matcher.audience.preview import preview
from workers.matching.held import HeldAudience
from workers.matching.questions import read_offer, write_matching, write_preview
from workers.models import Push, PushState

LATELY = timedelta(days=7)


class OtherDay(Exception):  # noqa: N818  # not an error: whoever asks goes on without us
    """We hold people as they are on another day than the one asked for."""


class Answers:
    """The answers of one shard."""

    def __init__(self, held: HeldAudience, sessions: Sessions, clock: Clock) -> None:
        self._held = held
        self._sessions = sessions
        self._clock = clock
        self._lately: tuple[date | None, list[int], BitMap] = (None, [], BitMap())

    def match(self, offer: Mapping[str, Any], day: date) -> dict[str, Any]:
        self._demand_day(day)
        asked = read_offer(offer, self._held.facets.vocabulary)
        with self._held.asked(day) as audience:
            return write_matching(match_audience(audience, asked, day))

    def preview(self, offer: Mapping[str, Any], day: date) -> dict[str, Any]:
        self._demand_day(day)
        asked = read_offer(offer, self._held.facets.vocabulary)
        with self._held.asked(day) as audience:
            return write_preview(preview(audience, asked, day, self._told_lately(audience, day)))

    def _demand_day(self, day: date) -> None:
        if self._held.day != day:
            raise OtherDay

    def _told_lately(self, audience: Audience, day: date) -> BitMap:
        """Slots of the audiences of the last week's pushes; read anew when another push was planned."""
        with self._sessions() as session:
            pushes = sorted(session.scalars(_lately(self._clock())))
            if self._lately[:2] != (day, pushes):
                audiences = session.scalars(select(Push.audience).where(Push.id.in_(pushes)))
                ids = BitMap.union(BitMap(), *(BitMap.deserialize(one) for one in audiences if one))
                self._lately = day, pushes, audience.slots_of(ids)
        return self._lately[2]


def _lately(now: datetime) -> Any:
    return select(Push.id).where(Push.planned_at >= now - LATELY, Push.state != PushState.CANCELLED)
