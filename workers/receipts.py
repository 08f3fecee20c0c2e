"""Matching what providers said later with the attempts it is about, in either order and however often it comes."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.outcome import Outcome, OutcomeClass
from core.database import unit_of_work
from workers.claims import Held, settle
from workers.marks import mark_contacts, record_attempts
from workers.models import DeliveryState
from workers.runtime import Runtime
from workers.settling import settle_outcome

_BATCH = 500
LOOKED_AT = timedelta(hours=1)
"""The attempt is there before its receipt or within minutes; after that an unknown name is somebody else's."""
_LEAVING = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.ACCEPTED)

# A receipt names our attempt id where the provider echoes it, else the provider's own id. Receipts that come before the
# answer to our call find the attempt on the delivery itself, which was written with the claim.
_FOUND = text("""
    WITH waiting AS (
        SELECT month, id, provider, reference, state, cls, code, received_at,
               CASE WHEN reference ~ '^[0-9a-f]{32}$' THEN CAST(reference AS uuid) END AS attempt_id
        FROM receipts
        WHERE applied_at IS NULL AND id > :after ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    ), found AS (
        SELECT w.id AS receipt_id, d.month, d.id, d.attempt_id
        FROM waiting w JOIN deliveries d ON d.attempt_id = w.attempt_id
        UNION
        SELECT w.id, a.month, a.delivery_id, a.id FROM waiting w JOIN attempts a ON a.id = w.attempt_id
        UNION
        SELECT w.id, a.month, a.delivery_id, a.id
        FROM waiting w JOIN attempts a ON a.provider_id = w.reference AND a.provider = w.provider
    )
    SELECT w.month AS receipt_month, w.id AS receipt_id, w.received_at, w.provider, w.state AS said, w.cls, w.code,
           d.month, d.id, d.push_id, d.subscriber_id, d.channel, cardinality(d.fallbacks) > 0 AS has_fallback,
           f.attempt_id, greatest(d.attempts - 1, 0) AS attempts
    FROM waiting w LEFT JOIN found f ON f.receipt_id = w.id
    LEFT JOIN deliveries d ON d.month = f.month AND d.id = f.id
    ORDER BY w.id
""")
_DELIVERED = text("""
    UPDATE deliveries d
    SET state = 'delivered', detail = '', lease_until = NULL, updated_at = :now,
        accepted_at = coalesce(d.accepted_at, :now)
    FROM unnest(CAST(:months AS date[]), CAST(:ids AS bigint[])) AS r(month, id)
    WHERE d.month = r.month AND d.id = r.id AND d.state IN ('sending', 'unknown', 'accepted')
""")
_APPLIED = text("""
    UPDATE receipts t SET applied_at = :now
    FROM unnest(CAST(:months AS date[]), CAST(:ids AS bigint[])) AS r(month, id)
    WHERE t.month = r.month AND t.id = r.id
""")


def apply_receipts(runtime: Runtime) -> int:
    """Apply the receipts that have found their attempt; answers how many.

    Those for unknown ids are looked at again for an hour after they came, then they are kept and left alone.
    """
    applied, after = 0, 0
    while True:
        now = runtime.clock()
        with unit_of_work(runtime.sessions) as session:
            waiting = session.execute(_FOUND, {"batch": _BATCH, "after": after}).all()
            known = [row for row in waiting if row.id is not None]
            _apply(session, known, now)
            strange = [row for row in waiting if row.id is None and row.received_at < now - LOOKED_AT]
            applied += _tick_off(session, known, now)
            _tick_off(session, strange, now)
        if len(waiting) < _BATCH:
            return applied
        after = waiting[-1].receipt_id


def _apply(session: Session, rows: Sequence[Any], now: datetime) -> None:
    delivered = [row for row in rows if row.said == "delivered"]
    months, ids = [row.month for row in delivered], [row.id for row in delivered]
    session.execute(_DELIVERED, {"now": now, "months": months, "ids": ids})
    failed = [(_held(row), _outcome(row)) for row in rows if row.said != "delivered"]
    settlements = [settle_outcome(held, said, now, random.uniform(-1, 1), None) for held, said in failed]  # noqa: S311
    moved = settle(session, settlements, now, _LEAVING)
    record_attempts(session, "", [(held, said, now) for held, said in failed])
    mark_contacts(session, [(held, said) for held, said in failed if held.id in moved], now)


def _tick_off(session: Session, rows: Sequence[Any], now: datetime) -> int:
    receipts = {(row.receipt_month, row.receipt_id) for row in rows}
    parameters = {"now": now, "months": [month for month, _ in receipts], "ids": [number for _, number in receipts]}
    session.execute(_APPLIED, parameters)
    return len(receipts)


def _held(row: Any) -> Held:
    names = ("month", "id", "push_id", "subscriber_id", "channel", "has_fallback", "attempt_id", "attempts")
    return Held(*(getattr(row, name) for name in names))


def _outcome(row: Any) -> Outcome:
    """A receipt without a class (or with one that says nothing of the end) is a passing failure of this recipient."""
    known = row.cls in OutcomeClass.__members__ and row.cls not in (OutcomeClass.OK, OutcomeClass.AMBIGUOUS)
    cls = OutcomeClass(row.cls) if known else OutcomeClass.RECIPIENT_TEMP
    return Outcome(cls, code=row.code, provider=row.provider)
