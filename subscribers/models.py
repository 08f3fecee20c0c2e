"""Firms and people who want to be told: profile, contacts, consents."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Integer, LargeBinary, Text, Time, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class ContactState(StrEnum):
    """Whether an address can be written to."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    INVALID = "invalid"  # the provider said that it doesn't exist; must be verified again


class Purpose(StrEnum):
    """What a consent is about. Each is asked for, given and withdrawn on its own (个人信息保护法 14, 15, 24)."""

    PUSH = "push"  # messages over one channel
    RECOMMEND = "recommend"  # personalised recommendation from the profile


class Subscriber(Base):
    """A firm or a person. `profile` holds base facts (see subscribers.profile); derived ones are computed.

    `provenance` gives source and date of each fact: {field: [self|registry|staff, YYYY-MM-DD]}.
    `changed_in` is the transaction that last changed what the matcher sees (set by a trigger); the audience index
    reads what changed since the oldest transaction it may have missed.
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        Index("ix_subscribers_topics", "topics", postgresql_using="gin"),
        Index("ix_subscribers_types", "types", postgresql_using="gin"),
        Index("ix_subscribers_kind_region", "kind", "region"),
        Index("ix_subscribers_changed_in", "changed_in"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)  # core.vocabulary.fields.Side
    reference: Mapped[str | None] = mapped_column(Text, unique=True)  # the importer's own id of this subscriber
    name: Mapped[str] = mapped_column(Text, default="")  # a firm's registered name; empty for people
    credit_code: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed 统一社会信用代码
    credit_code_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    region: Mapped[str | None] = mapped_column(Text)  # registered or resident in: six digits, from the profile
    profile: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    provenance: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    types: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # derived, those that are certain
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    recommend: Mapped[bool] = mapped_column(Boolean, default=False)
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # in the subscriber's own order
    quiet_start: Mapped[time | None] = mapped_column(Time)  # None: the service's default
    quiet_end: Mapped[time | None] = mapped_column(Time)
    daily_cap: Mapped[int | None] = mapped_column(Integer)
    weekly_cap: Mapped[int | None] = mapped_column(Integer)
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    contacts: Mapped[list["Contact"]] = relationship(back_populates="subscriber", lazy="raise")


class Contact(Base):
    """One address of a subscriber on one channel: sealed, and found by its blind index.

    `consented` mirrors the last line of the consent ledger for this channel (kept by a trigger, never written by hand).
    """

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_blind_index", "blind_index"),)

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)  # wechat | sms | mail
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    blind_index: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default=ContactState.UNVERIFIED)
    consented: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    verified_at: Mapped[datetime | None]
    soft_failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    subscriber: Mapped[Subscriber] = relationship(back_populates="contacts", lazy="raise")


class Consent(Base):
    """A line of the consent ledger: who, for what, yes or no, on which text, when and how. Only ever added to."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_subscriber_id", "subscriber_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    purpose: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text, default="")  # empty for purposes that aren't about a channel
    granted: Mapped[bool] = mapped_column(Boolean)
    text_version: Mapped[str] = mapped_column(Text)  # of the notice that the person saw
    how: Mapped[str] = mapped_column(Text)  # import | portal | wechat | sms_reply | one_click | provider | staff
    at: Mapped[datetime]


class Suppression(Base):
    """An address not to be written to, whoever holds it; only its HMAC is kept, so it outlives erasing."""

    __tablename__ = "suppressions"

    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    blind_index: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    until: Mapped[datetime | None]  # None: for good


class WeChatGrant(Base):
    """What a follower allowed us in WeChat's own dialogue, for one subscription template.

    It belongs to the openid (by the blind index that `contacts` has), not to a subscription: it may come before one,
    and two subscriptions of one person share it. `remaining` counts what is left where one grant is one message.
    """

    __tablename__ = "wechat_grants"

    blind_index: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    template_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)  # channels.wechat.grants.GrantType: long_term | one_off
    accepted: Mapped[bool] = mapped_column(Boolean)
    remaining: Mapped[int] = mapped_column(Integer, default=0)
    updated_at: Mapped[datetime]  # of the person's last choice, on WeChat's clock


class HeardEvent(Base):
    """An event of a provider that was acted upon, so that its repetitions are known; forgotten after some days."""

    __tablename__ = "heard_events"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # an HMAC: the event's name holds the openid
    at: Mapped[datetime] = mapped_column(index=True)


class Inquiry(Base):
    """What somebody wrote to us that a person has to answer: address, words and answer are sealed."""

    __tablename__ = "inquiries"
    __table_args__ = (
        Index("ix_inquiries_open", "came_at", postgresql_where=text("answered_at IS NULL")),
        Index("ix_inquiries_blind_index", "blind_index"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    channel: Mapped[str] = mapped_column(Text)
    blind_index: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    words: Mapped[bytes] = mapped_column(LargeBinary)
    came_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; None: answered elsewhere, or nothing to answer
