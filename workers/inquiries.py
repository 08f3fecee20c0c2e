"""What people write to us that a person has to answer: kept sealed, shown to staff, answered where the channel can."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from channels.message import Channel
from core.errors import InputError, ZhidaError
from core.privacy import Keys, place
from subscribers.contacts import list_subscribers_by_address, normalise_address
from subscribers.models import Inquiry

LONGEST = 2000
ANSWERABLE_FOR = timedelta(hours=48)
"""So long after somebody wrote WeChat lets us answer (客服消息)."""
_BATCH = 200
_RECENT = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquiry opened for staff. `subscribers` are those who have this address.

    `answer` and `answered_by` are empty for one that waits; an answer that was given elsewhere is empty as well.
    """

    id: UUID
    channel: str
    address: str = field(repr=False)
    words: str = field(repr=False)
    came_at: datetime
    subscribers: list[int]
    answered_at: datetime | None = None
    answered_by: str = ""
    answer: str = field(default="", repr=False)

    @property
    def by_message(self) -> bool:
        """Whether it can be answered by a message; to SMS only registered texts can be sent."""
        return self.channel == Channel.WECHAT

    @property
    def answer_until(self) -> datetime:
        """When WeChat takes no answer any more, unless the follower writes again."""
        return self.came_at + ANSWERABLE_FOR


def store_inquiry(session: Session, keys: Keys, channel: str, address: str, words: str, now: datetime) -> Inquiry:
    """Keep what somebody wrote (2,000 characters of it)."""
    number, address = uuid4(), _plain(channel, address)
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
    return [open_inquiry(session, keys, one) for one in session.scalars(waiting)]


def list_answered(session: Session, keys: Keys) -> list[Asked]:
    """The fifty that were answered last, the newest first."""
    done = select(Inquiry).where(Inquiry.answered_at.is_not(None)).order_by(Inquiry.answered_at.desc()).limit(_RECENT)
    return [open_inquiry(session, keys, one) for one in session.scalars(done)]


def count_waiting(session: Session, came_before: datetime) -> int:
    """How many that came before then nobody has answered."""
    waiting = select(func.count()).where(Inquiry.answered_at.is_(None), Inquiry.came_at < came_before)
    return session.scalar(waiting) or 0


def get_waiting(session: Session, number: UUID) -> Inquiry:
    """One that nobody has answered, locked until the transaction ends. Raises ZhidaError."""
    inquiry = session.get(Inquiry, number, with_for_update=True, populate_existing=True)
    if inquiry is None or inquiry.answered_at is not None:
        raise ZhidaError("没有这条留言，或已有人处理")
    return inquiry


def open_inquiry(session: Session, keys: Keys, inquiry: Inquiry) -> Asked:
    """The inquiry in clear."""
    address = keys.open(inquiry.address, place("inquiries", "address", inquiry.id))
    return Asked(
        inquiry.id,
        inquiry.channel,
        address,
        keys.open(inquiry.words, place("inquiries", "words", inquiry.id)),
        inquiry.came_at,
        _list_holders(session, keys, inquiry.channel, address),
        inquiry.answered_at,
        inquiry.answered_by,
        keys.open(inquiry.answer, place("inquiries", "answer", inquiry.id)) if inquiry.answer else "",
    )


def close_inquiry(keys: Keys, inquiry: Inquiry, who: str, now: datetime, answer: str = "") -> None:
    """Somebody of staff has answered; without words elsewhere, or there was nothing to answer."""
    inquiry.answered_at, inquiry.answered_by = now, who
    inquiry.answer = keys.seal(answer, place("inquiries", "answer", inquiry.id)) if answer else None


def forget_inquiries(session: Session, keys: Keys, channel: str, address: str) -> None:
    """Those that came from an address whose owner has left."""
    own = keys.blind_index(channel, _plain(channel, address))
    session.execute(delete(Inquiry).where(Inquiry.channel == channel, Inquiry.blind_index == own))


def _plain(channel: str, address: str) -> str:
    """The one spelling of an address; one that can't be an address of ours stays as it came."""
    try:
        return normalise_address(channel, address)
    except InputError:
        return address


def _list_holders(session: Session, keys: Keys, channel: str, address: str) -> list[int]:
    """Who has this address; nobody has one that can't be an address, such as a service number."""
    try:
        return list_subscribers_by_address(session, keys, channel, address)
    except InputError:
        return []
