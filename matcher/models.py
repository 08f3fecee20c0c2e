"""What was understood of a policy version, what a person confirmed, and what was decided for whom."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Identity, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class TargetingState(StrEnum):
    """Only a confirmed targeting is matched."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class StoredReading(Base):
    """What one reader understood of one version (matcher.reading), kept as it was said."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("version_id", "reader"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    reader: Mapped[str] = mapped_column(Text)  # name and version of reader and classifier
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class Targeting(Base):
    """For whom a version is: what a person (or, where `auto` is set, nobody) confirmed. `topics` main one first."""

    __tablename__ = "targetings"
    __table_args__ = (
        UniqueConstraint("version_id", "number"),
        Index("ix_targetings_topics", "topics", postgresql_using="gin"),
        Index("ix_targetings_types", "types", postgresql_using="gin"),
        Index("ix_targetings_closes", "closes"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, default=TargetingState.DRAFT)
    pushable: Mapped[bool]
    sides: Mapped[list[str]] = mapped_column(ARRAY(Text))
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    probabilities: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict)  # topic code → 0…1
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    region: Mapped[str] = mapped_column(Text)
    opens: Mapped[date | None] = mapped_column(Date)
    closes: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    confirmed_by: Mapped[str] = mapped_column(Text, default="")  # the account, or `auto`
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DecisionGroup(Base):
    """All subscribers for whom one matching of a targeting came to the same decision for the same reason.

    `members` is a serialised roaring bitmap of subscriber ids, so that a million decisions take some kilobytes.
    """

    __tablename__ = "decision_groups"

    targeting_id: Mapped[int] = mapped_column(ForeignKey("targetings.id"), primary_key=True)
    run: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1 for the first matching, then counting
    action: Mapped[str] = mapped_column(Text, primary_key=True)  # matcher.decision.Action
    reason: Mapped[str] = mapped_column(Text, primary_key=True)
    size: Mapped[int] = mapped_column(Integer)
    members: Mapped[bytes] = mapped_column(LargeBinary)
    decided_at: Mapped[datetime]
