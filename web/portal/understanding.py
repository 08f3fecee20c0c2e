"""What a page may say of a policy beside its words: the confirmed targeting, else what the machine read."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.models import StoredReading, Targeting, TargetingState


@dataclass(frozen=True)
class Understanding:
    """`confirmed` tells whether a person stands behind it; a page must say so where nobody does."""

    confirmed: bool
    sides: list[str]
    topics: list[str]
    types: list[str]
    region: str
    opens: date | None
    closes: date | None
    valid_until: date | None
    conditions: dict[str, Any]
    card: dict[str, Any] = field(default_factory=dict)
    targeting_id: int | None = None


def find_understanding(session: Session, version_id: int) -> Understanding | None:
    """The newest confirmed targeting of a version, else its newest reading, else None."""
    confirmed = (
        select(Targeting)
        .where(Targeting.version_id == version_id, Targeting.state == TargetingState.CONFIRMED)
        .order_by(Targeting.number.desc())
        .limit(1)
    )
    if targeting := session.scalars(confirmed).first():
        return _of_targeting(targeting)
    read = select(StoredReading).where(StoredReading.version_id == version_id).order_by(StoredReading.id.desc())
    reading = session.scalars(read.limit(1)).first()
    return _of_reading(reading.payload) if reading else None


def _of_targeting(targeting: Targeting) -> Understanding:
    return Understanding(
        confirmed=True,
        sides=targeting.sides,
        topics=targeting.topics,
        types=targeting.types,
        region=targeting.region,
        opens=targeting.opens,
        closes=targeting.closes,
        valid_until=targeting.valid_until,
        conditions=targeting.conditions,
        card=targeting.card,
        targeting_id=targeting.id,
    )


def _of_reading(payload: dict[str, Any]) -> Understanding:
    return Understanding(
        confirmed=False,
        sides=payload["sides"],
        topics=payload["topics"],
        types=payload["types"],
        region=payload["region"],
        opens=_day(payload["opens"]),
        closes=_day(payload["closes"]),
        valid_until=_day(payload["valid_until"]),
        conditions=payload["conditions"],
        card=payload["card"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
