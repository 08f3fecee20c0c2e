"""What a message's link leads back to: the delivery, its reasons, and that it was opened."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matcher.models import Targeting
from policies.models import PolicyVersion
from web.models import Engagement, EngagementKind
from workers.feedback import note
from workers.models import Delivery, FeedbackKind, Push


@dataclass(frozen=True)
class Sent:
    """A delivery with what it was about. `policy_id` and `topics` are those of its targeting, if it had one."""

    month: date
    delivery_id: int
    push_id: int
    kind: str
    subscriber_id: int
    channel: str
    reasons: list[Any]
    sent_at: datetime | None
    policy_id: int | None
    topics: list[str]


_HEEDED = frozenset(kind.value for kind in FeedbackKind)


def find_sent(session: Session, delivery_id: int) -> Sent | None:
    """The delivery with this id; None where retention has dropped it."""
    query = (
        select(Delivery, Push, Targeting, PolicyVersion.policy_id)
        .join(Push, Push.id == Delivery.push_id)
        .outerjoin(Targeting, Targeting.id == Push.targeting_id)
        .outerjoin(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .where(Delivery.id == delivery_id)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    delivery, push, targeting, policy_id = row
    return Sent(
        delivery.month,
        delivery.id,
        push.id,
        push.kind,
        delivery.subscriber_id,
        delivery.channel,
        delivery.reasons,
        delivery.accepted_at,
        policy_id,
        targeting.topics if targeting else [],
    )


def record_engagement(session: Session, kind: EngagementKind, policy_id: int, sent: Sent | None, now: datetime) -> None:
    """Write down what somebody did with a policy; of a message each kind counts once.

    Where it was a subscriber, digests and reminders are to heed it as well (workers.feedback).
    """
    if sent and kind.value in _HEEDED:
        note(session, sent.subscriber_id, policy_id, FeedbackKind(kind), now)
    session.execute(
        insert(Engagement)
        .values(
            kind=kind,
            policy_id=policy_id,
            push_id=sent.push_id if sent else None,
            delivery_id=sent.delivery_id if sent else None,
            subscriber_id=sent.subscriber_id if sent else None,
            detail="",
            at=now,
        )
        .on_conflict_do_nothing(index_elements=["delivery_id", "kind"], index_where=Engagement.delivery_id.is_not(None))
    )
