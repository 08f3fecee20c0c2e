"""Receipts of WeChat's subscription notices, whose name WeChat tells only afterwards, given our own name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.outcome import Outcome, OutcomeClass
from channels.receipt import Receipt
from channels.wechat.codes import REFUSED
from channels.wechat.grants import GrantType
from core.clock import local_date
from core.privacy import Keys
from workers.followers import index_of
from workers.grants import note_answers_at
from workers.partitions import month_of

SINCE = timedelta(days=2)
"""Receipts come within minutes; older messages aren't looked through."""

# So it is that of the oldest message to this person without a receipt.
_UNNAMED = text("""
    SELECT d.attempt_id FROM contacts c
    JOIN deliveries d ON d.subscriber_id = c.subscriber_id AND d.channel = 'wechat'
    WHERE c.channel = 'wechat' AND c.blind_index = :blind_index AND d.month >= :month AND d.updated_at >= :since
      AND d.state IN ('sending', 'unknown', 'accepted') AND d.attempt_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM attempts a WHERE a.id = d.attempt_id AND a.provider_id <> '')
      AND NOT EXISTS (SELECT FROM receipts r WHERE r.provider = 'wechat'
                      AND r.reference = replace(CAST(d.attempt_id AS text), '-', '') AND r.month >= :month)
      AND d.attempt_id <> ALL(CAST(:taken AS uuid[]))
    ORDER BY d.updated_at, d.id LIMIT 1
""")


def name_notices(
    session: Session,
    keys: Keys,
    openid: str,
    receipts: Sequence[Receipt],
    types: Mapping[str, GrantType],
    now: datetime,
) -> list[Receipt]:
    """Receipts of subscription notices with our own name of the message, where it can be found.

    One that says 43101 of a one-off notice means that the grant was used up, and refuses nothing.
    """
    index = index_of(keys, openid)
    named: list[Receipt] = []
    since = now - SINCE
    month = month_of(local_date(since - timedelta(days=31)))
    taken: list[UUID] = []
    for receipt in receipts:
        if receipt.code == str(REFUSED):
            used_up = types.get(receipt.notice) is GrantType.ONE_OFF
            cls = OutcomeClass.WINDOW if used_up else receipt.cls
            note_answers_at(session, [(index, Outcome(cls, notice=receipt.notice))], now)
            receipt = replace(receipt, cls=cls)
        found = session.scalar(_UNNAMED, {"blind_index": index, "since": since, "month": month, "taken": taken})
        if found:
            taken.append(found)
        named.append(replace(receipt, key=found.hex) if found else receipt)
    return named
