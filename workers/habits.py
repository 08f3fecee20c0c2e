"""What subscribers asked of our regular messages."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.models import Habit


def ask_digest_by_sms(session: Session, subscriber_id: int, wanted: bool) -> None:
    """Have the digest sent by SMS too, where the order of channels comes to that; or not any more."""
    asked = insert(Habit).values(subscriber_id=subscriber_id, digest_by_sms=wanted)
    session.execute(asked.on_conflict_do_update(index_elements=["subscriber_id"], set_={"digest_by_sms": wanted}))


def wants_digest_by_sms(session: Session, subscriber_id: int) -> bool:
    return bool(session.scalar(select(Habit.digest_by_sms).where(Habit.subscriber_id == subscriber_id)))
