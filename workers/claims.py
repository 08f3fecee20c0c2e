"""Taking deliveries to send and writing back what became of them, in bulk and so that nobody can do it twice.

A claim gives a delivery to one process until its lease ends. Every write back is guarded by the state and the attempt
that it may leave, so that a late answer never overwrites a newer one (a receipt that was faster, another process that
took over after the lease had ended).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.locks import Lock, hold_lock
from workers.models import DeliveryState
from workers.restraint import start_of_day, start_of_week

_CLAIM = text("""
    WITH due AS (
        SELECT d.month, d.id, d.attempt_id IS NOT NULL AS repeats
        FROM deliveries d JOIN pushes p ON p.id = d.push_id
        WHERE d.channel = :channel AND d.push_id = :push_id AND d.month = :month
          AND d.state IN ('planned', 'retry') AND d.due_at <= :now AND p.state = 'running'
        ORDER BY d.due_at LIMIT :limit
        FOR UPDATE OF d SKIP LOCKED
    ), claimed AS (
        UPDATE deliveries d
        SET state = 'sending', lease_until = :lease_until, attempt_id = coalesce(d.attempt_id, uuidv7()),
            updated_at = :now
        FROM due WHERE d.month = due.month AND d.id = due.id
        RETURNING d.*, due.repeats
    )
    SELECT d.month, d.id, d.push_id, d.subscriber_id, d.channel, cardinality(d.fallbacks) > 0 AS has_fallback,
           d.attempt_id, d.attempts, d.repeats, c.sealed, coalesce(c.consented, false) AS consented,
           coalesce(c.state, '') = 'verified' AS verified,
           EXISTS (SELECT FROM suppressions x WHERE x.channel = d.channel AND x.blind_index = c.blind_index
                   AND (x.until IS NULL OR x.until > :now)) AS suppressed,
           s.kind, s.profile, s.types, s.topics, s.recommend, s.quiet_start, s.quiet_end, s.daily_cap, s.weekly_cap,
           coalesce(sent.today, 0) AS sent_today, coalesce(sent.week, 0) AS sent_week,
           CASE WHEN d.repeats THEN
               (SELECT a.at FROM attempts a WHERE a.month = d.month AND a.id = d.attempt_id)
           END AS tried_at
    FROM claimed d
    LEFT JOIN subscribers s ON s.id = d.subscriber_id AND s.erased_at IS NULL
    LEFT JOIN contacts c ON c.subscriber_id = s.id AND c.channel = d.channel
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE coalesce(o.accepted_at, o.updated_at) >= :today) AS today, count(*) AS week
        FROM deliveries o
        WHERE o.subscriber_id = d.subscriber_id AND o.id <> d.id AND o.month >= :since_month
          AND o.state IN ('sending', 'accepted', 'delivered', 'unknown')
          AND coalesce(o.accepted_at, o.updated_at) >= :week
    ) sent ON true
    ORDER BY d.id
""")

_NEXT = text("""
    SELECT due_at FROM deliveries
    WHERE month = :month AND push_id = :push_id AND channel = :channel AND state IN ('planned', 'retry')
      AND due_at > :now
    ORDER BY due_at LIMIT 1
""")

_SETTLE = text("""
    UPDATE deliveries d
    SET state = c.state, detail = c.detail, lease_until = NULL, updated_at = :now, attempts = c.attempts,
        channel = CASE WHEN c.advance THEN d.fallbacks[1] ELSE d.channel END,
        fallbacks = CASE WHEN c.advance THEN d.fallbacks[2:] ELSE d.fallbacks END,
        attempt_id = CASE WHEN c.keep_attempt THEN d.attempt_id END,
        due_at = coalesce(c.due_at, d.due_at),
        accepted_at = CASE WHEN c.state = 'accepted' THEN CAST(:now AS timestamptz) ELSE d.accepted_at END,
        reasons = coalesce(CAST(c.reasons AS jsonb), d.reasons)
    FROM unnest(CAST(:months AS date[]), CAST(:ids AS bigint[]), CAST(:attempt_ids AS uuid[]),
                CAST(:states AS text[]), CAST(:details AS text[]), CAST(:counts AS int[]), CAST(:advances AS bool[]),
                CAST(:keeps AS bool[]), CAST(:dues AS timestamptz[]), CAST(:reasons AS text[]))
         AS c(month, id, attempt_id, state, detail, attempts, advance, keep_attempt, due_at, reasons)
    WHERE d.month = c.month AND d.id = c.id AND d.attempt_id = c.attempt_id AND d.state = ANY(:leaving)
    RETURNING d.id
""")


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery with the attempt whose end is to be written back. `attempts` were made before this one."""

    month: date
    id: int
    push_id: int
    subscriber_id: int
    channel: str
    has_fallback: bool
    attempt_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim(Held):
    """A delivery that is ours until its lease ends, with what decides whether it may go out now.

    `repeats` where this attempt may have reached the provider before, at `tried_at` for the first time.
    """

    repeats: bool
    sealed: bytes | None = field(repr=False)
    consented: bool
    verified: bool
    suppressed: bool
    kind: str | None
    profile: dict[str, Any] | None = field(repr=False)
    types: list[str] | None
    topics: list[str] | None
    recommend: bool | None
    quiet_start: time | None
    quiet_end: time | None
    daily_cap: int | None
    weekly_cap: int | None
    sent_today: int
    sent_week: int
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a delivery.

    `advance` goes on to the next channel; `keep_attempt` lets the next try use the same attempt id (the provider then
    recognises the message); `due_at` is for states that wait.
    """

    claim: Held
    state: DeliveryState
    detail: str = ""
    attempts: int = 0
    advance: bool = False
    keep_attempt: bool = True
    due_at: datetime | None = None
    reasons: str | None = None  # a JSON list, where the reasons were made for this message


def claim_due(
    session: Session, push_id: int, month: date, channel: str, limit: int, lease: timedelta, now: datetime
) -> list[Claim]:
    """Take up to `limit` deliveries that are due; they are ours when the transaction commits.

    Nothing is taken while the push isn't running, so pausing or cancelling stops at the next claim.
    """
    hold_lock(session, Lock.CLAIM)  # keeps caps exact; a claim takes milliseconds, sending takes the time
    week = start_of_week(now)
    rows = session.execute(
        _CLAIM,
        {
            "push_id": push_id,
            "month": month,
            "channel": channel,
            "limit": limit,
            "now": now,
            "lease_until": now + lease,
            "today": start_of_day(now),
            "week": week,
            "since_month": (week - timedelta(days=31)).date().replace(day=1),
        },
    )
    return [Claim(**row) for row in rows.mappings()]


def next_due(session: Session, push_id: int, month: date, channel: str, now: datetime) -> datetime | None:
    """When the next of the deliveries that still wait may go out; None where none waits."""
    wanted = {"push_id": push_id, "month": month, "channel": channel, "now": now}
    due: datetime | None = session.execute(_NEXT, wanted).scalar()
    return due


def settle(
    session: Session,
    settlements: Sequence[Settlement],
    now: datetime,
    leaving: Sequence[DeliveryState] = (DeliveryState.SENDING,),
) -> set[int]:
    """Write back what became of deliveries. Answers the ids that were still in a state of `leaving` by that attempt."""
    if not settlements:
        return set()
    rows = session.execute(
        _SETTLE,
        {
            "now": now,
            "leaving": [state.value for state in leaving],
            "months": [s.claim.month for s in settlements],
            "ids": [s.claim.id for s in settlements],
            "attempt_ids": [s.claim.attempt_id for s in settlements],
            "states": [s.state.value for s in settlements],
            "details": [s.detail for s in settlements],
            "counts": [s.attempts for s in settlements],
            "advances": [s.advance for s in settlements],
            "keeps": [s.keep_attempt for s in settlements],
            "dues": [s.due_at for s in settlements],
            "reasons": [s.reasons for s in settlements],
        },
    )
    return {row.id for row in rows}
