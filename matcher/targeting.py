"""From a policy version to what is matched: read, kept as a draft, confirmed by a person (or by the setting)."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import Clock
from core.errors import ZhidaError
from core.vocabulary.load import Vocabulary
from matcher.criteria import Demand, parse_demand
from matcher.document import Document
from matcher.models import StoredReading, Targeting, TargetingState
from matcher.reading.reader import Reader
from policies.models import Policy, PolicyVersion

AUTOMATIC = "auto"
"""Who confirmed a targeting that no person looked at."""


def read_version(session: Session, reader: Reader, reader_name: str, version_id: int, clock: Clock) -> Targeting:
    """Read a version and keep the reading and a draft targeting of it. A reading by the same reader is made once."""
    version = session.get_one(PolicyVersion, version_id)
    policy = session.get_one(Policy, version.policy_id)
    kept = session.scalar(
        select(StoredReading).where(StoredReading.version_id == version_id, StoredReading.reader == reader_name)
    )
    if kept is None:
        payload = reader.read(as_document(policy, version)).as_dict()
        kept = StoredReading(version_id=version_id, reader=reader_name, payload=payload, created_at=clock())
        session.add(kept)
    return draft(session, version_id, kept.payload, clock)


def as_document(policy: Policy, version: PolicyVersion) -> Document:
    """What a reader is given of a stored version."""
    return Document(
        id=str(version.id),
        title=version.title,
        text=version.text,
        agency=policy.agency,
        region=policy.region,
        published_date=version.published_date or policy.published_date,
        doc_number=policy.doc_number,
    )


def draft(session: Session, version_id: int, payload: dict[str, Any], clock: Clock) -> Targeting:
    """A new draft of a targeting from a reading (or from an editor) in the schema of readings."""
    last = session.scalar(select(func.max(Targeting.number)).where(Targeting.version_id == version_id))
    scores = payload.get("scores") or {}
    targeting = Targeting(
        version_id=version_id,
        number=(last or 0) + 1,
        state=TargetingState.DRAFT,
        pushable=payload["pushable"],
        sides=payload["sides"],
        topics=payload["topics"],
        probabilities={code: scores[code] for code in payload["topics"] if code in scores},
        types=payload["types"],
        region=payload["region"],
        opens=_day(payload.get("opens")),
        closes=_day(payload.get("closes")),
        valid_until=_day(payload.get("valid_until")),
        conditions=payload["conditions"],
        card=payload.get("card") or {},
        created_at=clock(),
    )
    session.add(targeting)
    session.flush()
    return targeting


def confirm(session: Session, targeting: Targeting, who: str, clock: Clock) -> None:
    """Make a draft the targeting that is matched; the version's earlier one is withdrawn. Raises ZhidaError."""
    if targeting.state != TargetingState.DRAFT:
        raise ZhidaError("只有草稿可以确认；已确认的定向请先另存为新的草稿再修改")
    earlier = session.scalars(
        select(Targeting).where(
            Targeting.version_id == targeting.version_id, Targeting.state == TargetingState.CONFIRMED
        )
    )
    for old in earlier:
        old.state = TargetingState.WITHDRAWN
    targeting.state = TargetingState.CONFIRMED
    targeting.confirmed_by = who
    targeting.confirmed_at = clock()


def demand_of(targeting: Targeting, vocabulary: Vocabulary) -> Demand:
    """What the rules judge. Raises InputError where stored conditions aren't valid any more."""
    return parse_demand(
        {
            "sides": targeting.sides,
            "types": targeting.types,
            "region": targeting.region,
            "conditions": targeting.conditions,
        },
        vocabulary,
    )


def find_confirmed(session: Session, version_id: int) -> Targeting | None:
    return session.scalar(
        select(Targeting).where(Targeting.version_id == version_id, Targeting.state == TargetingState.CONFIRMED)
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
