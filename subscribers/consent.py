"""The consent ledger: only ever added to. Triggers carry its last word over to `contacts.consented` and
`subscribers.recommend` (subscribers.triggers), so there is one place where a consent is given or taken back.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, insert, literal, select
from sqlalchemy.orm import Session

from subscribers.models import Consent, Contact, Purpose


def record_consent(
    session: Session,
    subscriber_id: int,
    channel: str = "",
    *,
    purpose: Purpose = Purpose.PUSH,
    text_version: str,
    how: str,
    now: datetime,
) -> Consent:
    """Write down a yes: to messages over `channel`, or with Purpose.RECOMMEND (no channel) to recommendations.

    `text_version` names the notice that the person saw; `how`: see Consent. Raises ValueError where the purpose asks
    for a channel and there is none, or the other way round.
    """
    return _add(session, subscriber_id, channel, purpose, True, text_version, how, now)


def withdraw(
    session: Session,
    subscriber_id: int,
    channel: str = "",
    *,
    purpose: Purpose = Purpose.PUSH,
    how: str,
    now: datetime,
) -> Consent:
    """Write down a no, which counts in the next claim; it is never refused (个人信息保护法 15)."""
    return _add(session, subscriber_id, channel, purpose, False, "", how, now)


def withdraw_all(session: Session, channel: str, subscriber_ids: Collection[int], *, how: str, now: datetime) -> int:
    """Write down a no to `channel` of each of these who had said yes; how many that were."""
    return _withdraw(session, channel, Contact.subscriber_id.in_(subscriber_ids), how, now) if subscriber_ids else 0


def refuse_all(session: Session, channel: str, blind_indexes: Collection[bytes], *, how: str, now: datetime) -> int:
    """Write down a no to `channel` of everybody who is reached at one of these addresses; how many had said yes."""
    return _withdraw(session, channel, Contact.blind_index.in_(blind_indexes), how, now) if blind_indexes else 0


def _withdraw(session: Session, channel: str, whose: ColumnElement[bool], how: str, now: datetime) -> int:
    names = ["subscriber_id", "purpose", "channel", "granted", "text_version", "how", "at"]
    no = [literal(value) for value in (Purpose.PUSH.value, channel, False, "", how)]
    those = (
        select(Contact.subscriber_id, *no, literal(now, Consent.at.type))
        .where(Contact.channel == channel, Contact.consented, whose)
        .order_by(Contact.subscriber_id)
    )
    added = insert(Consent).from_select(names, those).returning(Consent.id)
    return len(session.execute(added).all())


def has_consent(session: Session, subscriber_id: int, channel: str = "", purpose: Purpose = Purpose.PUSH) -> bool:
    """The last word of the ledger; False where it says nothing."""
    query = (
        select(Consent.granted)
        .where(Consent.subscriber_id == subscriber_id, Consent.purpose == purpose, Consent.channel == channel)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    )
    return bool(session.scalar(query))


def _add(
    session: Session,
    subscriber_id: int,
    channel: str,
    purpose: Purpose,
    granted: bool,
    text_version: str,
    how: str,
    now: datetime,
) -> Consent:
    if (purpose is Purpose.PUSH) != bool(channel):
        raise ValueError("a consent to messages names its channel, another one names none")
    line = Consent(
        subscriber_id=subscriber_id,
        purpose=purpose,
        channel=channel,
        granted=granted,
        text_version=text_version,
        how=how,
        at=now,
    )
    session.add(line)
    session.flush()
    return line
