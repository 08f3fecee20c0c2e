"""What subscribers did with policies and said of them: pages write it down, digests and reminders heed it."""

from collections.abc import Collection
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.models import Feedback, FeedbackKind

SETTLED = (FeedbackKind.DONE, FeedbackKind.NOT_FOR_ME)
"""After these nobody is reminded of the policy again."""
SEEN = (FeedbackKind.OPENED, *SETTLED)
"""After these a policy isn't new to its reader any more."""


def note(session: Session, subscriber_id: int, policy_id: int | None, kind: FeedbackKind, now: datetime) -> None:
    """Write down an act; a second time only moves its date. Without a policy: a message on several was opened."""
    added = insert(Feedback).values(subscriber_id=subscriber_id, policy_id=policy_id, kind=kind.value, at=now)
    session.execute(
        added.on_conflict_do_update(index_elements=["policy_id", "subscriber_id", "kind"], set_={"at": now})
    )


def who_did(session: Session, policy_ids: Collection[int], kinds: Collection[FeedbackKind]) -> dict[int, BitMap]:
    """By policy: the subscribers who did one of `kinds`. A policy of which nobody did has no key."""
    rows = session.execute(
        select(Feedback.policy_id, func.array_agg(Feedback.subscriber_id))
        .where(Feedback.policy_id.in_(policy_ids), Feedback.kind.in_([kind.value for kind in kinds]))
        .group_by(Feedback.policy_id)
    )
    return {policy_id: BitMap(ids) for policy_id, ids in rows if policy_id is not None}
