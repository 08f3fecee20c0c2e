"""Followers of the WeChat account: they come, choose, write and leave; each event counts once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.wechat.grants import GrantChange, GrantType
from core.errors import InputError
from core.privacy import Keys
from subscribers.contacts import list_subscribers_by_address, normalise_address, remove_contact, suppress
from subscribers.models import HeardEvent, Suppression
from workers.grants import change_grants, forget_grants
from workers.incoming import refuse
from workers.inquiries import forget_inquiries

LEFT = "unfollowed"
"""The reason on the suppression list; who follows again is taken off it."""
REMEMBERED = timedelta(days=3)


def is_new(session: Session, keys: Keys, once: str, now: datetime) -> bool:
    """Whether this is the first time that we hear of the event called `once`; it is when the transaction commits."""
    event = {"digest": keys.blind_index("event", once), "at": now}
    added = insert(HeardEvent).values(event).on_conflict_do_nothing().returning(HeardEvent.at)
    return session.execute(added).first() is not None


def forget_events(session: Session, now: datetime) -> None:
    """Those that nobody repeats any more."""
    session.execute(delete(HeardEvent).where(HeardEvent.at < now - REMEMBERED))


def follower_came(session: Session, keys: Keys, openid: str) -> None:
    """Who had left and follows again may be written to once they have subscribed again."""
    index = index_of(keys, openid)
    gone = (Suppression.channel == Channel.WECHAT, Suppression.blind_index == index, Suppression.reason == LEFT)
    session.execute(delete(Suppression).where(*gone))


def follower_left(session: Session, keys: Keys, openid: str, now: datetime) -> None:
    """A follower who left refuses, and WeChat's rules want that user's data deleted: openid, grants and
    what they asked go.

    The HMAC stays on the suppression list, so that an old list doesn't bring the openid back.
    """
    refuse(session, keys, Channel.WECHAT, [openid], "wechat", now)
    for subscriber_id in list_subscribers_by_address(session, keys, Channel.WECHAT, openid):
        remove_contact(session, subscriber_id, Channel.WECHAT)
    forget_grants(session, index_of(keys, openid))
    forget_inquiries(session, keys, Channel.WECHAT, openid)
    suppress(session, Channel.WECHAT, index_of(keys, openid), LEFT, now)


def follower_chose(
    session: Session,
    keys: Keys,
    openid: str,
    changes: Iterable[GrantChange],
    types: Mapping[str, GrantType],
    at: datetime,
) -> None:
    """Keep what a follower allowed or forbade in WeChat's dialogue or settings."""
    change_grants(session, index_of(keys, openid), changes, types, at)


def index_of(keys: Keys, openid: str) -> bytes:
    """The blind index of an openid, also of one that can't be a contact's."""
    try:
        return keys.blind_index(Channel.WECHAT, normalise_address(Channel.WECHAT, openid))
    except InputError:
        return keys.blind_index("stranger", openid)
