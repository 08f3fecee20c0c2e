"""The links that messages carry: signed, expiring, useless to a stranger, and without an address in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.message import Channel
from core.privacy import Keys, LinkError

OPEN = "open"
UNSUBSCRIBE = "unsubscribe"
OPENS_FOR = timedelta(days=400)
REFUSES_FOR = timedelta(days=3 * 365)
"""A refusal must still be possible long after the message; the address may be written to by then from elsewhere."""

_CHANNELS = tuple(Channel)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who refuses, on which channel, and the delivery that carried the link (0 where there was none)."""

    subscriber_id: int
    channel: Channel
    delivery_id: int


def open_link(keys: Keys, base: str, delivery_id: int, now: datetime) -> str:
    """`BASE/s/CODE`: the page of what was sent, with the reasons. The code has at most 35 letters (an SMS variable)."""
    return f"{base.rstrip('/')}/s/{keys.sign(OPEN, (delivery_id,), now + OPENS_FOR)}"


def read_open(keys: Keys, token: str, now: datetime) -> int:
    """The delivery that the link was made for. Raises core.privacy.LinkError."""
    ids = keys.verify(OPEN, token, now)
    if len(ids) != 1:
        raise LinkError
    return ids[0]


def unsubscribe_link(keys: Keys, base: str, refusal: Refusal, now: datetime) -> str:
    """`BASE/u/CODE`: GET shows a page, POST acts (RFC 8058)."""
    ids = (refusal.subscriber_id, _CHANNELS.index(refusal.channel), refusal.delivery_id)
    return f"{base.rstrip('/')}/u/{keys.sign(UNSUBSCRIBE, ids, now + REFUSES_FOR)}"


def read_unsubscribe(keys: Keys, token: str, now: datetime) -> Refusal:
    """What the link was made for. Raises core.privacy.LinkError."""
    ids = keys.verify(UNSUBSCRIBE, token, now)
    if len(ids) != 3 or ids[1] >= len(_CHANNELS):
        raise LinkError
    return Refusal(ids[0], _CHANNELS[ids[1]], ids[2])
