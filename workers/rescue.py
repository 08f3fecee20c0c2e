"""Finding everything that is due and that nobody holds, at any age. Losing Redis or a worker loses nothing."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.orm import Session

from channels.outcome import AMBIGUOUS_ACTIONS
from core.database import on_commit, unit_of_work
from workers.deliver import LEASE
from workers.enqueue import APPLY_RECEIPTS, note_awake, wake, wake_delivery
from workers.runtime import Runtime
from workers.steering import pause, sweep_cancelled
from workers.unsent import take_unsent

log = logging.getLogger(__name__)

BOUNCE_LEAST, BOUNCE_WARN, BOUNCE_STOP = 1_000, 0.05, 0.10

_ENDED = text("""
    SELECT attempt_id FROM deliveries WHERE state = 'sending' AND lease_until < :now FOR UPDATE SKIP LOCKED
""")

# Not sent by whoever held it, so free again. Where it is a repeat it stays one.
_UNSENT = text("""
    UPDATE deliveries d
    SET state = 'retry', lease_until = NULL, due_at = :now, updated_at = :now, detail = '等待重新发送',
        attempt_id = (SELECT a.id FROM attempts a WHERE a.month = d.month AND a.id = d.attempt_id)
    WHERE d.attempt_id = ANY(CAST(:attempt_ids AS uuid[])) AND d.state = 'sending'
""")

# The attempt is as old as its claim: no later than then it may have gone out.
_LEASES = text("""
    WITH lost AS (
        SELECT month, id FROM deliveries
        WHERE state = 'sending' AND lease_until < :now FOR UPDATE SKIP LOCKED
    ), moved AS (
        UPDATE deliveries d
        SET state = 'unknown', lease_until = NULL, attempts = d.attempts + 1,
            updated_at = d.lease_until - make_interval(secs => :lease),
            detail = '发送进程中断，结果未知',
            due_at = CAST(:now AS timestamptz)
                     + make_interval(secs => CAST(CAST(:waits AS jsonb) ->> d.channel AS float))
        FROM lost WHERE d.month = lost.month AND d.id = lost.id
        RETURNING d.*
    )
    INSERT INTO attempts (month, id, delivery_id, push_id, channel, provider, outcome, code, detail, provider_id, at)
    SELECT month, attempt_id, id, push_id, channel, '', 'AMBIGUOUS', 'lease', detail, '', updated_at FROM moved
    ON CONFLICT (month, id) DO NOTHING
""")

# A repeat goes before all that waits: behind a big push it would come when WeChat doesn't recognise it any more.
_UNKNOWN = text("""
    WITH due AS (
        SELECT month, id FROM deliveries
        WHERE state = 'unknown' AND due_at <= :now FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d
    SET state = CASE
            WHEN d.attempts > CAST(CAST(:tries AS jsonb) ->> d.channel AS int) THEN 'failed'
            ELSE 'retry' END,
        updated_at = :now, due_at = p.created_at - INTERVAL '1 second'
    FROM due, pushes p WHERE p.id = d.push_id AND d.month = due.month AND d.id = due.id
    RETURNING d.state
""")

_DUE = text("""
    SELECT DISTINCT d.push_id, d.channel, p.urgent
    FROM deliveries d JOIN pushes p ON p.id = d.push_id
    WHERE d.state IN ('planned', 'retry') AND d.due_at <= :now AND p.state = 'running'
""")

# A list of addresses of which so many don't exist is a bad list, and spoils the sender's name with every message.
_BOUNCES = text("""
    SELECT a.push_id, a.channel, count(*) AS total,
           count(*) FILTER (WHERE a.outcome = 'RECIPIENT_PERM') AS bounced
    FROM attempts a JOIN pushes p ON p.id = a.push_id AND p.month = a.month
    WHERE p.state = 'running' AND p.audience_size >= :least
    GROUP BY a.push_id, a.channel HAVING count(*) >= :least
""")

_FINISHED = text("""
    UPDATE pushes p SET state = 'done', finished_at = :now
    WHERE p.state = 'running' AND NOT EXISTS (
        SELECT FROM deliveries d WHERE d.push_id = p.id AND d.month = p.month
        AND d.state IN ('planned', 'retry', 'sending', 'unknown'))
""")


@dataclass(frozen=True, slots=True)
class Found:
    """What a rescue came upon."""

    ended_leases: int
    resolved: int
    woken: int
    finished: int


def rescue(runtime: Runtime) -> Found:
    """Resolve ended leases and due unknowns, wake up what is due, and close pushes that have nothing left to do."""
    now = runtime.clock()
    with unit_of_work(runtime.sessions) as session:
        waits = json.dumps({channel: action.steps[0].total_seconds() for channel, action in AMBIGUOUS_ACTIONS.items()})
        tries = json.dumps({channel: action.tries for channel, action in AMBIGUOUS_ACTIONS.items()})
        freed = _free(runtime, session, now)
        ended = freed + _count(session, _LEASES, now, waits=waits, lease=LEASE.total_seconds())
        resolved = _count(session, _UNKNOWN, now, tries=tries)
        due = session.execute(_DUE, {"now": now}).all()
        _brake(session)
        sweep_cancelled(session, now)
        finished = _count(session, _FINISHED, now)
        asleep = [row for row in due if note_awake(runtime.redis, row.push_id, row.channel)]
        for push_id, channel, urgent in asleep:
            on_commit(session, _waker(runtime, push_id, channel, urgent))
        on_commit(session, lambda: wake(runtime.celery, APPLY_RECEIPTS, "receipts"))
    return Found(ended, resolved, len(asleep), finished)


def _free(runtime: Runtime, session: Session, now: datetime) -> int:
    """Give back what processes that are gone held and had not sent."""
    ended = list(session.scalars(_ENDED, {"now": now}))
    unsent = take_unsent(runtime.redis, ended) if ended else set[UUID]()
    return _count(session, _UNSENT, now, attempt_ids=list(unsent)) if unsent else 0


def _brake(session: Session) -> None:
    """Pause pushes of which a tenth bounced; tell of those of which a twentieth did."""
    for row in session.execute(_BOUNCES, {"least": BOUNCE_LEAST}):
        if row.bounced >= BOUNCE_STOP * row.total:
            pause(session, row.push_id)
            log.error("push %d is paused: %d of %d on %s bounced", row.push_id, row.bounced, row.total, row.channel)
        elif row.bounced >= BOUNCE_WARN * row.total:
            log.warning("push %d: %d of %d on %s bounced", row.push_id, row.bounced, row.total, row.channel)


def _count(session: Session, statement: TextClause, now: datetime, **parameters: object) -> int:
    result = session.execute(statement, {"now": now, **parameters})
    return cast(CursorResult[Any], result).rowcount


def _waker(runtime: Runtime, push_id: int, channel: str, urgent: bool) -> Callable[[], None]:
    return lambda: wake_delivery(runtime.celery, push_id, [channel], urgent=urgent)
