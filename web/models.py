"""What people do with what they were sent, whom a push goes to in figures, and the accounts of staff."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class EngagementKind(StrEnum):
    """What somebody did or said."""

    OPENED = "opened"
    CHECKED = "checked"  # answered "与我有关吗?"
    USEFUL = "useful"
    USELESS = "useless"
    NOT_FOR_ME = "not_for_me"  # 与我无关: corrects the classifier
    DONE = "done"  # 已办理: no more reminders
    WRONG_DATA = "wrong_data"  # 我的信息不对: corrects the profile


class Engagement(Base):
    """One act on one policy, each kind once per delivery. No foreign key to what retention or erasing drops."""

    __tablename__ = "engagements"
    __table_args__ = (
        Index(
            "uq_engagements_delivery_id_kind",
            "delivery_id",
            "kind",
            unique=True,
            postgresql_where=text("delivery_id IS NOT NULL"),
        ),
        Index("ix_engagements_policy_id_kind", "policy_id", "kind"),
        Index("ix_engagements_push_id", "push_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    push_id: Mapped[int | None] = mapped_column(BigInteger)
    delivery_id: Mapped[int | None] = mapped_column(BigInteger)
    subscriber_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class PushBreakdown(Base):
    """The frozen audience of a push in figures: how many by channel tried first, region (six digits) and type."""

    __tablename__ = "push_breakdowns"

    push_id: Mapped[int] = mapped_column(ForeignKey("pushes.id", ondelete="CASCADE"), primary_key=True)
    channels: Mapped[dict[str, int]] = mapped_column(JSONB)
    places: Mapped[dict[str, int]] = mapped_column(JSONB)
    types: Mapped[dict[str, int]] = mapped_column(JSONB)
    told_lately: Mapped[int] = mapped_column(Integer)


class Account(Base):
    """A member of staff who may sign in. `roles` are names of web.staff.roles."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    password: Mapped[str] = mapped_column(Text)  # argon2id, as argon2-cffi writes it
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # since the last right password
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """An act of staff. `digest` covers the entry and the digest before it, so that no entry can be changed or lost."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text, index=True)
    act: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="")  # `policy 12`, `push 3`: never an address
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
