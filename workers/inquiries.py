"""What people write to us that a person has to answer: kept sealed, shown to staff, answered where the channel can."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ZhidaError
from core.privacy import Keys, place
from subscribers.contacts import list_subscribers_by_address
from subscribers.models import Inquiry

LONGEST = 2000
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquiry opened for staff. `subscribers` are those who have this address."""

    id: UUID
    channel: str
    words: str = field(repr=False)
    came_at: datetime
    subscribers: list[int]


def store_inquiry(session: Session, keys: Keys, channel: str, address: str, words: str, now: datetime) -> Inquiry:
    """Keep what somebody wrote (2,000 characters of it)."""
    number = uuid4()
    added = Inquiry(
        id=number,
        channel=channel,
        blind_index=keys.blind_index(channel, address),
        address=keys.seal(address, place("inquiries", "address", number)),
        words=keys.seal(words[:LONGEST], place("inquiries", "words", number)),
        came_at=now,
    )
    session.add(added)
    session.flush()
    return added


def list_inquiries(session: Session, keys: Keys) -> list[Asked]:
    """Those that nobody has answered, the oldest first, at most 200."""
    waiting = select(Inquiry).where(Inquiry.answered_at.is_(None)).order_by(Inquiry.came_at, Inquiry.id).limit(_BATCH)
    return [
        Asked(
            one.id,
            one.channel,
            keys.open(one.words, place("inquiries", "words", one.id)),
            one.came_at,
            list_subscribers_by_address(session, keys, one.channel, open_inquirer(keys, one)),
        )
        for one in session.scalars(waiting)
    ]


def open_inquirer(keys: Keys, inquiry: Inquiry) -> str:
    """The address, to answer by it."""
    return keys.open(inquiry.address, place("inquiries", "address", inquiry.id))


def close_inquiry(session: Session, number: UUID, who: str, now: datetime) -> Inquiry:
    """Somebody of staff has answered (or found that there is nothing to answer). Raises ZhidaError."""
    inquiry = session.get(Inquiry, number, with_for_update=True)
    if inquiry is None or inquiry.answered_at is not None:
        raise ZhidaError("没有这条留言，或已有人回复")
    inquiry.answered_at, inquiry.answered_by = now, who
    return inquiry
