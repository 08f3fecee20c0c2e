"""A policy, its immutable versions, and how policies relate."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Identity, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class PolicyKind(StrEnum):
    """What sort of text it is."""

    DOCUMENT = "document"  # 政策文件
    INTERPRETATION = "interpretation"  # 解读
    GUIDE = "guide"  # 办事指南
    CALL = "call"  # 申报通知
    INFOGRAPHIC = "infographic"  # 图解


class PolicyState(StrEnum):
    """Whether it still holds (政策时效性)."""

    IN_FORCE = "in_force"  # 有效
    AMENDED = "amended"  # 已修改
    REPEALED = "repealed"  # 已废止
    EXPIRED = "expired"  # 已失效


class RelationKind(StrEnum):
    """What the source does to the target."""

    INTERPRETS = "interprets"
    AMENDS = "amends"
    REPEALS = "repeals"
    EXTENDS = "extends"
    ATTACHES = "attaches"


class Policy(Base):
    """One policy, whatever the number of its versions. `key` is what makes two imports the same policy."""

    __tablename__ = "policies"
    __table_args__ = (Index("ix_policies_newest", text("published_date DESC NULLS LAST"), text("id DESC")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text, default=PolicyKind.DOCUMENT)
    state: Mapped[str] = mapped_column(Text, default=PolicyState.IN_FORCE, index=True)
    title: Mapped[str] = mapped_column(Text)
    stem: Mapped[str] = mapped_column(Text, default="", index=True)  # the title as others cite it: policies.titles.stem
    doc_number: Mapped[str] = mapped_column(Text, default="", index=True)
    agency: Mapped[str] = mapped_column(Text, default="")
    region: Mapped[str] = mapped_column(Text, default="")  # the issuer's place as published: a name or a code
    url: Mapped[str] = mapped_column(Text, default="", index=True)
    published_date: Mapped[date | None] = mapped_column(Date, index=True)
    created_at: Mapped[datetime]

    versions: Mapped[list["PolicyVersion"]] = relationship(
        back_populates="policy", order_by="PolicyVersion.number", lazy="raise"
    )


class PolicyVersion(Base):
    """The words of a policy as published once. Never changed; a changed text is the next version."""

    __tablename__ = "policy_versions"
    __table_args__ = (
        UniqueConstraint("policy_id", "number", postgresql_include=["id"]),
        UniqueConstraint("policy_id", "fingerprint"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    number: Mapped[int] = mapped_column(Integer)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of the normalised title and text
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    published_date: Mapped[date | None] = mapped_column(Date)
    written_date: Mapped[date | None] = mapped_column(Date)
    effective_date: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text, default="")  # the file name or address it came from
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # further metadata: 索引号, 主题分类, …
    created_at: Mapped[datetime]

    policy: Mapped[Policy] = relationship(back_populates="versions", lazy="raise")


class PolicyRelation(Base):
    """`source` interprets, amends, repeals, extends or attaches what its text calls `named`.

    `named` is a normalised 文号, a title's stem or an address; `target_id` is None until that policy is known here,
    so that it does not matter which of the two arrives first.
    """

    __tablename__ = "policy_relations"
    __table_args__ = (
        Index("ix_policy_relations_target_id", "target_id"),
        Index("ix_policy_relations_named_unknown", "named", postgresql_where=text("target_id IS NULL")),
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    named: Mapped[str] = mapped_column(Text, primary_key=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))


class SearchBlock(Base):
    """Versions that were indexed together (policies.search)."""

    __tablename__ = "search_blocks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    documents: Mapped[int] = mapped_column(Integer)


class SearchPosting(Base):
    """The versions of a block that hold a word: their ids, four bytes each, and the word's impact on each, one byte."""

    __tablename__ = "search_postings"

    block_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    versions: Mapped[bytes] = mapped_column(LargeBinary)
    impacts: Mapped[bytes] = mapped_column(LargeBinary)
