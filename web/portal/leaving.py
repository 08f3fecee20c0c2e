"""A copy of everything that is stored of a subscriber, and its end, across all rooms (个人信息保护法 45, 47)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.privacy import Keys
from subscribers.erasing import erase, export
from web.models import Engagement
from workers.models import Delivery, Feedback, Habit, Push


def export_all(session: Session, keys: Keys, subscriber_id: int) -> dict[str, Any]:
    """Profile, addresses and consents opened, with every message that was meant for them and what they said of it."""
    sent = session.execute(
        select(Delivery, Push.notice["title"].astext)
        .join(Push, Push.id == Delivery.push_id)
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.id)
    )
    said = session.scalars(select(Feedback).where(Feedback.subscriber_id == subscriber_id).order_by(Feedback.id))
    return {
        **export(session, keys, subscriber_id),
        "messages": [_message(delivery, title) for delivery, title in sent],
        "feedback": [{"policy": one.policy_id, "what": one.kind, "at": one.at.isoformat()} for one in said],
    }


def erase_all(session: Session, subscriber_id: int, *, how: str, now: datetime) -> None:
    """Take away all that is known of them. Of messages only the counts remain: when, on which channel, what came of it.

    Raises ZhidaError where there is no such subscriber.
    """
    erase(session, subscriber_id, how=how, now=now)
    session.execute(
        update(Delivery).where(Delivery.subscriber_id == subscriber_id).values(reasons=[]),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(Engagement).where(Engagement.subscriber_id == subscriber_id).values(subscriber_id=None, detail=""),
        execution_options={"synchronize_session": False},
    )
    session.execute(delete(Feedback).where(Feedback.subscriber_id == subscriber_id))
    session.execute(delete(Habit).where(Habit.subscriber_id == subscriber_id))


def _message(delivery: Delivery, title: str | None) -> dict[str, Any]:
    return {
        "title": title,
        "channel": delivery.channel,
        "state": delivery.state,
        "reasons": delivery.reasons,
        "at": (delivery.accepted_at or delivery.due_at).isoformat(),
    }
