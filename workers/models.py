"""Pushes, deliveries, attempts and receipts, editions and job runs: the row is the truth, the queue is a hint.

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
        UniqueConstraint("month", "subscriber_id", "push_id"),  # in this order it finds a subscriber's deliveries too
        Index(
            "ix_deliveries_due",
            "push_id",
            "channel",
            "due_at",
            postgresql_where=text("state IN ('planned', 'retry')"),
        ),
        Index("ix_deliveries_lease", "lease_until", postgresql_where=text("state IN ('sending', 'unknown')")),
        Index("ix_deliveries_attempt_id", "attempt_id", postgresql_where=text("attempt_id IS NOT NULL")),
        Index("ix_deliveries_push_id", "push_id", postgresql_using="brin"),  # a push is written in one piece
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        {"postgresql_partition_by": "RANGE (month)"},
    )

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    push_id: Mapped[int] = mapped_column(BigInteger)  # no foreign key: checking a million rows takes seconds
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
    cls: Mapped[str] = mapped_column(Text, default="", server_default="")  # channels.outcome.OutcomeClass
    code: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class EditionKind(StrEnum):
    """How often an edition comes out."""

    MONTHLY = "monthly"  # 一月政策
    WEEKLY = "weekly"  # 政务公开周刊
    QUARTERLY = "quarterly"


class EditionState(StrEnum):
    DRAFT = "draft"
    RELEASED = "released"  # frozen; the personal part is planned


class Edition(Base):
    """One digest of one span of days. `starts` and `ends` are its first and last day in China."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("kind", "starts"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    starts: Mapped[date] = mapped_column(Date)
    ends: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text, default=EditionState.DRAFT)
    foreword: Mapped[str] = mapped_column(Text, default="")
    chosen_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))  # the editor's choice
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # the span in numbers, frozen at release
    edited_by: Mapped[str] = mapped_column(Text)  # who made or last changed the draft
    released_by: Mapped[str] = mapped_column(Text, default="")
    covers_until: Mapped[datetime | None]  # decisions up to here are in the personal part; the next begins here
    push_id: Mapped[int | None] = mapped_column(ForeignKey("pushes.id"))  # None where nobody had anything to read
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class EditionItem(Base):
    """A policy in an edition, as staff arranged and worded it. A dropped one is in neither part."""

    __tablename__ = "edition_items"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    side: Mapped[str] = mapped_column(Text, default="")  # whom it serves; empty for both
    topic: Mapped[str] = mapped_column(Text, default="")  # the main one
    closes: Mapped[date | None] = mapped_column(Date)
    dropped: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    why_dropped: Mapped[str] = mapped_column(Text, default="", server_default="")


class EditionArticle(Base):
    """The WeChat article of an edition: drafted at WeChat, sent by a second person, and what became of it."""

    __tablename__ = "edition_articles"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(Text)  # the draft's name at WeChat
    drafted_by: Mapped[str] = mapped_column(Text)
    drafted_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime | None]  # when it was let go; WeChat may know of it from then on
    job: Mapped[str] = mapped_column(Text, default="")  # WeChat's number for the sending; empty while none is known
    problem: Mapped[str] = mapped_column(Text, default="")  # why it wasn't sent
    status: Mapped[str] = mapped_column(Text, default="")  # what WeChat said at the end
    tagged: Mapped[int | None] = mapped_column(Integer)  # followers with the tag; the others as WeChat counted them
    filtered: Mapped[int | None] = mapped_column(Integer)
    reached: Mapped[int | None] = mapped_column(Integer)
    failed: Mapped[int | None] = mapped_column(Integer)
    finished_at: Mapped[datetime | None]


class Bundle(Base):
    """What the messages of a push with several policies choose from: the lines, and who gets which (its blocks)."""

    __tablename__ = "bundles"

    push_id: Mapped[int] = mapped_column(ForeignKey("pushes.id"), primary_key=True)
    lines: Mapped[list[Any]] = mapped_column(JSONB)  # workers.bundles.Line, the better ranked first


class BundleBlock(Base):
    """The lines of subscribers `number` × 4096 and following, packed (workers.bundles)."""

    __tablename__ = "bundle_blocks"

    push_id: Mapped[int] = mapped_column(ForeignKey("pushes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    subscribers: Mapped[bytes] = mapped_column(LargeBinary)  # uint16: id within the block, rising
    counts: Mapped[bytes] = mapped_column(LargeBinary)  # uint8: how many lines each has
    lines: Mapped[bytes] = mapped_column(LargeBinary)  # uint16: the lines of all, one subscriber after the other


class Announcement(Base):
    """That something about a policy was told to those concerned: `opens:2026-11-01`, `t14:…`, `repealed:45`. Once."""

    __tablename__ = "announcements"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    push_id: Mapped[int | None] = mapped_column(ForeignKey("pushes.id"))  # None where there was nobody to tell
    at: Mapped[datetime]


class FeedbackKind(StrEnum):
    """What a subscriber did with a policy, or said of it."""

    OPENED = "opened"
    DONE = "done"  # 已办理
    NOT_FOR_ME = "not_for_me"  # 与我无关
    WRONG_DATA = "wrong_data"
    USEFUL = "useful"
    USELESS = "useless"


class Feedback(Base):
    """Each kind once for a subscriber and a policy; without a policy it is about a message on several."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("policy_id", "subscriber_id", "kind", postgresql_nulls_not_distinct=True),
        Index("ix_feedback_subscriber_id", "subscriber_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigInteger)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]  # the last time


class Habit(Base):
    """How a subscriber lives with our regular messages."""

    __tablename__ = "habits"

    subscriber_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    digest_by_sms: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")  # asked for it
    looked_in: Mapped[int | None] = mapped_column(BigInteger)  # Subscriber.changed_in when last looked at for a welcome
    greeted_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # whether to go on, after long silence
    digest_only_since: Mapped[datetime | None]
    cap_before: Mapped[int | None] = mapped_column(Integer)  # the daily cap to go back to


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRun(Base):
    """One run of a job of the schedule: when it was due, when it ran, what came of it."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "due_at"), Index("ix_job_runs_state", "state"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text, default=RunState.QUEUED)
    by: Mapped[str] = mapped_column(Text, default="")  # the account that pressed the button; empty for the clock
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Text, default="")


class Job(Base):
    """What the console may change of a job, and up to when the clock has been followed."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    paused: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    followed_until: Mapped[datetime]


class TemplateOverride(Base):
    """A template as staff worded it. Only ever added to: the newest version is in force from its `edited_at` on."""

    __tablename__ = "template_overrides"

    name: Mapped[str] = mapped_column(Text, primary_key=True)  # as in channels.sources: `sms/policy.txt`
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)  # None: back to the shipped text
    codes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # of an SMS: its registered code by provider
    edited_by: Mapped[str] = mapped_column(Text)
    edited_at: Mapped[datetime]
