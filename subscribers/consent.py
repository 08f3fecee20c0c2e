"""The consent ledger: only ever added to. Triggers carry its last word over to `contacts.consented` and
`subscribers.recommend` (subscribers.triggers), so there is one place where a consent is given or taken back.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.models import Consent, Purpose


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
