"""PostgreSQL's advisory locks: one list of numbers, so that two rooms never take the same one by accident.

https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS
"""

from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class Lock(IntEnum):
    """What only one at a time may do. The numbers fit into 32 bits, as a lock with an id of its own needs it."""

    SCHEMA = 7_043_001  # two processes that upgrade at once go one after the other
    POLICY_IMPORT = 7_043_002
    SUBSCRIBER_IMPORT = 7_043_003
    AUDIT = 7_043_004  # its entries are a chain
    CLAIM = 7_043_101
    SCHEDULE = 7_043_102
    PLAN = 7_043_103
    GRANTS = 7_043_104
    WORDING = 7_043_105


def hold_lock(session: Session, lock: Lock, number: int | None = None) -> None:
    """Wait for a lock and hold it until the transaction ends; with `number` (32 bits) that of one thing alone."""
    if number is None:
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": int(lock)})
    else:
        session.execute(text("SELECT pg_advisory_xact_lock(:lock, :number)"), {"lock": int(lock), "number": number})
