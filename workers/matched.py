"""Who was matched with a policy before: pushed, or found fitting and kept for a digest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from matcher.decision import Act, Code
from matcher.models import DecisionGroup, Targeting
from policies.models import PolicyVersion
from workers.models import Push, PushState

_UNSURE = (Code.RECOMMENDED_ASK.value,)
"""Kept for a digest, but nobody knows whether they fit."""


@dataclass
class Matched:
    """Of one policy: by targeting, those who got it or fit, and since when; the targeting told last, and the day of the
    first word."""

    members: dict[int, BitMap] = field(default_factory=dict)
    since: dict[int, datetime] = field(default_factory=dict)
    last_told: int | None = None
    first_told: date | None = None

    @property
    def everybody(self) -> BitMap:
        return BitMap.union(BitMap(), *self.members.values())

    def known_by(self, moment: datetime) -> BitMap:
        """Those who were matched by then."""
        return BitMap.union(BitMap(), *(ids for one, ids in self.members.items() if self.since[one] <= moment))


def who_matched(session: Session, policy_ids: Collection[int]) -> Mapping[int, Matched]:
    """By policy. One that nobody was matched with has no key."""
    found: dict[int, Matched] = {}
    pushes = (
        select(PolicyVersion.policy_id, Targeting.id, Push.audience, Push.planned_at, Push.created_at)
        .join(Targeting, Targeting.id == Push.targeting_id)
        .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .where(PolicyVersion.policy_id.in_(policy_ids), Push.state != PushState.CANCELLED)
        .order_by(Push.id)
    )
    groups = (
        select(PolicyVersion.policy_id, Targeting.id, DecisionGroup.members, DecisionGroup.decided_at)
        .join(Targeting, Targeting.id == DecisionGroup.targeting_id)
        .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .where(
            PolicyVersion.policy_id.in_(policy_ids),
            DecisionGroup.action.in_((Act.PUSH.value, Act.DIGEST.value)),
            DecisionGroup.reason.not_in(_UNSURE),
        )
        .order_by(DecisionGroup.decided_at)
    )
    for policy_id, targeting_id, members, decided_at in session.execute(groups):
        _add(found, policy_id, targeting_id, members, decided_at)
    for policy_id, targeting_id, audience, planned_at, created_at in session.execute(pushes):
        if audience:
            _add(found, policy_id, targeting_id, audience, planned_at or created_at)
            found[policy_id].last_told = targeting_id
    return {policy_id: one for policy_id, one in found.items() if one.everybody}


def _add(found: dict[int, Matched], policy_id: int, targeting_id: int, members: bytes, at: datetime) -> None:
    one = found.setdefault(policy_id, Matched())
    one.members[targeting_id] = one.members.get(targeting_id, BitMap()) | BitMap.deserialize(members)
    one.since[targeting_id] = min(one.since.get(targeting_id, at), at)
    one.first_told = min(one.first_told or local_date(at), local_date(at))
    if one.last_told is None:
        one.last_told = targeting_id
