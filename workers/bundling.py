"""Planning the push of a bundle: the lines, who gets which, and one delivery for each of them, in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import numpy as np
from psycopg import Connection
from pyroaring import BitMap
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from channels.notice import Notice
from core.clock import local_date
from matcher.audience.sets import bitmap
from workers.bundles import Chosen, Line, store_bundle
from workers.models import Push, PushKind, PushState
from workers.partitions import create_partitions, month_of

_WANTED = (
    "SET LOCAL work_mem = '256MB'",  # sorting a million people's channels in memory
    "CREATE TEMPORARY TABLE IF NOT EXISTS bundled (subscriber_id bigint) ON COMMIT DROP",
    "TRUNCATE bundled",
)

# SMS cost money and patience, so a digest goes by SMS only to those who asked for that.
_DELIVERIES = text("""
    WITH reachable AS (
        SELECT w.subscriber_id, array_agg(c.channel ORDER BY array_position(
                   coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']), c.channel)) AS channels
        FROM bundled w
        JOIN subscribers s ON s.id = w.subscriber_id AND s.erased_at IS NULL
        JOIN contacts c ON c.subscriber_id = s.id AND c.consented AND c.state = 'verified'
             AND c.channel = ANY(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']))
        LEFT JOIN habits h ON h.subscriber_id = s.id
        LEFT JOIN suppressions x ON x.channel = c.channel AND x.blind_index = c.blind_index
             AND (x.until IS NULL OR x.until > :now)
        WHERE x.channel IS NULL AND (:by_sms OR c.channel <> 'sms' OR coalesce(h.digest_by_sms, false))
        GROUP BY w.subscriber_id
    ), written AS (
        INSERT INTO deliveries
            (month, push_id, subscriber_id, channel, fallbacks, state, detail, due_at, attempts, reasons, updated_at)
        SELECT :month, :push_id, subscriber_id, channels[1], channels[2:], 'planned', '', :due_at, 0, '[]', :now
        FROM reachable
        RETURNING subscriber_id
    )
    SELECT string_agg(int8send(subscriber_id), '') FROM written
""")


@dataclass(frozen=True, slots=True)
class Sending:
    """How a bundle goes out. `key` makes "twice" impossible; not before `due_at`, not after `expires_at`."""

    key: str
    kind: PushKind
    who: str
    due_at: datetime
    expires_at: datetime | None = None
    by_sms: bool = True


def find_push(session: Session, key: str) -> Push | None:
    return session.scalar(select(Push).where(Push.key == key))


def plan_bundle(
    session: Session, sending: Sending, notice: Notice, lines: list[Line], chosen: Chosen, now: datetime
) -> Push:
    """Write push, lines and deliveries. The push runs when the transaction commits; claims look at consent, quiet hours
    and caps once more. A second push of the same key violates a unique key and leaves nothing."""
    month = month_of(local_date(now))
    create_partitions(session, month, ahead=0)
    push = Push(
        key=sending.key,
        kind=sending.kind,
        month=month,
        state=PushState.RUNNING,
        notice=notice.to_json(),
        created_by=sending.who,
        created_at=now,
        planned_at=now,
        started_at=now,
        expires_at=sending.expires_at,
    )
    session.add(push)
    session.flush()
    store_bundle(session, push.id, lines, chosen)
    audience = _write(session, push.id, month, sending, chosen, now)
    push.audience, push.audience_size = audience.serialize(), len(audience)
    session.flush()
    return push


def _write(session: Session, push_id: int, month: date, sending: Sending, chosen: Chosen, now: datetime) -> BitMap:
    for statement in _WANTED:
        session.execute(text(statement))
    driver = cast("Connection[tuple[object, ...]]", session.connection().connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy("COPY bundled FROM STDIN") as copy:
        copy.write("\n".join(map(str, chosen.subscribers.tolist())) + "\n" if len(chosen) else "")
    session.execute(text("ANALYZE bundled"))
    ids = session.scalar(
        _DELIVERIES,
        {"push_id": push_id, "month": month, "due_at": sending.due_at, "now": now, "by_sms": sending.by_sms},
    )
    return bitmap(np.frombuffer(ids or b"", dtype=">i8").astype(np.uint32))
