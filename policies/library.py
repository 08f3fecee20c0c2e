"""What others ask of the policies that are stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from core.errors import InputError
from policies.doc_numbers import normalise
from policies.models import Policy, PolicyRelation, PolicyVersion
from policies.titles import stem

LISTED = 5
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Related:
    """A policy that stands in a relation; `outgoing` says that the one asked about is the source of it."""

    kind: str
    policy: Policy
    outgoing: bool


def get_policy(session: Session, policy_id: int) -> Policy:
    """The policy with this id; InputError where there is none."""
    policy = session.get(Policy, policy_id) if 0 < policy_id <= LARGEST_ID else None
    if policy is None:
        raise InputError(f"没有编号为 {policy_id} 的政策")
    return policy


def current_version(session: Session, policy_id: int) -> PolicyVersion:
    """The newest version of a policy; InputError where the policy does not exist."""
    newest = select(PolicyVersion).where(PolicyVersion.policy_id == policy_id).order_by(PolicyVersion.number.desc())
    version = session.scalars(newest.limit(1)).first()
    if version is None:
        raise InputError(f"没有编号为 {policy_id} 的政策")
    return version


def find_policy(session: Session, words: str) -> Policy:
    """The one policy meant by an id, a 文号, a title or a part of a title, the more exact way first.

    InputError where none fits, and, with the first few named, where several do.
    """
    words = words.strip()
    if not words:
        raise InputError("请写出政策的编号、文号或标题")
    if words.isdecimal():
        return get_policy(session, int(words))
    for condition in _from_exact_to_loose(words):
        found = session.scalars(select(Policy).where(condition).order_by(Policy.id).limit(LISTED + 1)).all()
        if found:
            return _only(found, words)
    raise InputError(f"没有找到“{words}”：请写编号、完整文号或标题中的一段文字")


def list_relations(session: Session, policy_id: int) -> list[Related]:
    """All policies that this one acts upon or that act upon it, each kind and policy once."""
    relations = session.execute(
        select(PolicyRelation.kind, PolicyRelation.source_id, Policy)
        .join(
            Policy,
            or_(
                (PolicyRelation.source_id == policy_id) & (Policy.id == PolicyRelation.target_id),
                (PolicyRelation.target_id == policy_id) & (Policy.id == PolicyRelation.source_id),
            ),
        )
        .distinct()
        .order_by(Policy.id, PolicyRelation.kind)
    )
    return [Related(kind, policy, outgoing=source == policy_id) for kind, source, policy in relations]


def _from_exact_to_loose(words: str) -> list[ColumnElement[bool]]:
    return [
        Policy.doc_number == normalise(words),
        Policy.url == words,
        Policy.title == words,
        Policy.stem == stem(words),
        Policy.title.contains(words, autoescape=True),
    ]


def _only(found: Sequence[Policy], words: str) -> Policy:
    if len(found) == 1:
        return found[0]
    named = "；".join(f"{policy.id} {policy.title}" for policy in found[:LISTED])
    more = "等" if len(found) > LISTED else ""
    raise InputError(f"“{words}”对应多份政策，请改用编号：{named}{more}")
