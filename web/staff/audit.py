"""The audit log: every act of staff, each entry sealed with the digest of the one before it.

Who changes, removes or reorders an entry breaks the chain from there on. Cutting off the end shows only against a
digest that was noted elsewhere, which is why the page of the log shows the last one.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.locks import Lock, hold_lock
from web.models import AuditEntry

FIRST = bytes(32)
"""What the first entry has before it."""


def record(session: Session, actor: str, act: str, subject: str, now: datetime, **detail: Any) -> AuditEntry:
    """Write an act down: `act` as `push.approve`, `subject` as `push 3`. `detail` is JSON and holds no address.

    Entries follow each other: from here to the end of the transaction no other is written, so do it last.
    """
    hold_lock(session, Lock.AUDIT)
    previous = session.scalar(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)) or FIRST
    entry = AuditEntry(at=now, actor=actor, act=act, subject=subject, detail=detail, previous=previous)
    entry.digest = digest_of(entry)
    session.add(entry)
    session.flush()
    return entry


def digest_of(entry: AuditEntry) -> bytes:
    """SHA-256 of the previous digest and the entry's words as JSON with sorted keys."""
    words = [entry.at.astimezone(UTC).isoformat(), entry.actor, entry.act, entry.subject, entry.detail]
    written = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(entry.previous + written.encode()).digest()


def find_break(session: Session) -> int | None:
    """The id of the first entry that isn't as it was written, or doesn't follow the one before; None: all well."""
    previous = FIRST
    every = select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    with session.execute(every) as entries:
        for entry in entries.scalars():
            if entry.previous != previous or entry.digest != digest_of(entry):
                return entry.id
            previous = entry.digest
    return None
