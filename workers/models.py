"""Pushes, deliveries, attempts and receipts: the row is the truth, the queue is a hint.

Deliveries, attempts and receipts are partitioned by `month`, the first day of the month in which their push was
planned, so that retention drops a table instead of deleting rows.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class PushState(StrEnum):
    """The life of a push."""

    DRAFT = "draft"
    PLANNED = "planned"  # audience frozen, deliveries written
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


class PushKind(StrEnum):
    """Why a push goes out."""

    POLICY = "policy"
    DIGEST = "digest"
    REMINDER = "reminder"
    CHANGE = "change"
    WELCOME = "welcome"


class DeliveryState(StrEnum):
    """The life of one promise to one subscriber (design §4)."""

    PLANNED = "planned"
    SENDING = "sending"
    RETRY = "retry"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


WAITING = (DeliveryState.PLANNED, DeliveryState.RETRY)
"""States in which a delivery can be claimed."""

OPEN = (*WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
"""States from which a delivery still moves by itself."""


class Push(Base):
    """One targeting (or digest, reminder, change notice) going to a frozen audience. `key` makes "twice" impossible."""

    __tablename__ = "pushes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text, default=PushKind.POLICY)
    targeting_id: Mapped[int | None] = mapped_column(ForeignKey("targetings.id"), index=True)
    month: Mapped[date] = mapped_column(Date)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(Text, default=PushState.DRAFT, index=True)
    notice: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # what all messages of the push share
    audience: Mapped[bytes] = mapped_column(LargeBinary, default=b"")  # serialised roaring bitmap of subscriber ids
    audience_size: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Delivery(Base):
    """One promise to one subscriber for one push. `fallbacks` are the channels still to be tried after `channel`."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("month", "push_id", "subscriber_id"),
        Index(
            "ix_deliveries_due",
            "channel",
            "push_id",
            "due_at",
            postgresql_where=text("state IN ('planned', 'retry')"),
        ),
        Index("ix_deliveries_lease", "lease_until", postgresql_where=text("state IN ('sending', 'unknown')")),
        Index("ix_deliveries_attempt_id", "attempt_id"),
        Index("ix_deliveries_subscriber_id", "subscriber_id"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        {"postgresql_partition_by": "RANGE (month)"},
    )

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    push_id: Mapped[int] = mapped_column(ForeignKey("pushes.id"))
    subscriber_id: Mapped[int] = mapped_column(BigInteger)  # no foreign key: outlives the subscriber's erasing
    channel: Mapped[str] = mapped_column(Text)
    fallbacks: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    state: Mapped[str] = mapped_column(Text, default=DeliveryState.PLANNED)
    detail: Mapped[str] = mapped_column(Text, default="")  # why it was suppressed, or failed, or waits
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempt_id: Mapped[UUID | None] = mapped_column(Uuid)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    reasons: Mapped[list[Any]] = mapped_column(JSONB, default=list)  # why this subscriber, in words
    accepted_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Attempt(Base):
    """One try on one channel; its id is what the provider knows it by."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_delivery_id", "delivery_id"),
        Index("ix_attempts_provider_id", "provider_id", postgresql_where=text("provider_id <> ''")),
        {"postgresql_partition_by": "RANGE (month)"},
    )

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(BigInteger)
    push_id: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)  # channels.outcome.OutcomeClass
    code: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    provider_id: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class Receipt(Base):
    """What a provider said later. Written as it comes and matched with its attempt afterwards, in either order."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("month", "provider", "reference", "state"),
        Index("ix_receipts_unmatched", "id", postgresql_where=text("applied_at IS NULL")),
        {"postgresql_partition_by": "RANGE (month)"},
    )

    month: Mapped[date] = mapped_column(Date, primary_key=True)  # of its arrival
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)  # our attempt id where the provider echoes it, else its own id
    state: Mapped[str] = mapped_column(Text)  # channels.receipt.ReceiptState
    code: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
