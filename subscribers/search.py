"""Finding one subscriber for staff: by our number or by the importer's own id."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import ZhidaError
from subscribers.models import Subscriber

_LARGEST_ID = 2**63 - 1


def find_subscriber(session: Session, words: str) -> Subscriber:
    """The subscriber with this number or reference. Raises ZhidaError where there is none."""
    number = int(words) if words.isascii() and words.isdigit() and int(words) <= _LARGEST_ID else None
    known = or_(Subscriber.reference == words, Subscriber.id == number)
    found = session.scalars(select(Subscriber).where(known, Subscriber.erased_at.is_(None))).all()
    if not found:
        raise ZhidaError("没有这个订阅者，请核对编号")
    return min(found, key=lambda one: one.reference != words)
