"""Where a person corrected the machine: kept as labelled examples, in the schema of the training data."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.database import Base
from matcher.models import StoredReading, Targeting
from policies.models import Policy, PolicyVersion

JUDGED = ("pushable", "sides", "topics", "types", "region", "opens", "closes", "valid_until", "conditions")
"""What a reading claims and a person may correct."""


class LabelledExample(Base):
    """The last word of a person on a version; `reading` and `label` hold the parts of JUDGED, before and after."""

    __tablename__ = "labelled_examples"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), unique=True)
    reader: Mapped[str] = mapped_column(Text)
    reading: Mapped[dict[str, Any]] = mapped_column(JSONB)
    label: Mapped[dict[str, Any]] = mapped_column(JSONB)
    labelled_by: Mapped[str] = mapped_column(Text)
    labelled_at: Mapped[datetime]


def keep_correction(session: Session, targeting: Targeting, who: str, now: datetime) -> list[str]:
    """Keep a confirmed targeting as an example where it differs from the newest reading. The parts that differ.

    An earlier example of the same version is replaced; one that now agrees with the reading is kept as it is.
    """
    newest = select(StoredReading).where(StoredReading.version_id == targeting.version_id)
    reading = session.scalars(newest.order_by(StoredReading.id.desc()).limit(1)).first()
    if reading is None:
        return []
    said = {name: reading.payload.get(name) for name in JUDGED}
    label = label_of(targeting)
    differing = [name for name in JUDGED if _comparable(name, said[name]) != _comparable(name, label[name])]
    if differing:
        values = {"reader": reading.reader, "reading": said, "label": label, "labelled_by": who, "labelled_at": now}
        added = insert(LabelledExample).values(version_id=targeting.version_id, **values)
        session.execute(added.on_conflict_do_update(index_elements=["version_id"], set_=values))
    return differing


def label_of(targeting: Targeting) -> dict[str, Any]:
    """A targeting as the training data writes it, dates as YYYY-MM-DD."""
    days = {name: getattr(targeting, name) for name in ("opens", "closes", "valid_until")}
    plain = {name: getattr(targeting, name) for name in JUDGED if name not in days}
    return {**plain, **{name: day.isoformat() if day else None for name, day in days.items()}}


def list_examples(session: Session) -> Iterator[dict[str, Any]]:
    """All examples as lines that `zhida train` takes: the document and its labels."""
    rows = session.execute(
        select(LabelledExample, PolicyVersion, Policy)
        .join(PolicyVersion, PolicyVersion.id == LabelledExample.version_id)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .order_by(LabelledExample.id)
    )
    for example, version, policy in rows:
        yield {"id": str(version.id), "title": version.title, "text": version.text, "agency": policy.agency} | (
            example.label
        )


def _comparable(name: str, value: Any) -> Any:
    """The order of sides and types says nothing, that of topics does."""
    return sorted(value or []) if name in ("sides", "types") else value
