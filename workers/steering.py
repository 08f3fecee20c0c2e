"""Holding a push, letting it go on, and calling it off."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import ZhidaError
from workers.models import Push, PushKind, PushState

CANCELLED = "推送已取消"
"""What the ledger says of deliveries that were still waiting when their push was called off."""

# What is on its way is left alone: only its answer can say what became of it. Where that asks for another try, the
# sweep catches it; nothing of a cancelled push is claimed meanwhile.
_SUPPRESS = text("""
    UPDATE deliveries d SET state = 'suppressed', detail = :detail, updated_at = :now
    FROM pushes p
    WHERE p.id = d.push_id AND p.month = d.month AND p.state = 'cancelled' AND p.finished_at > :since
      AND d.state IN ('planned', 'retry')
""")


_STRAGGLE = timedelta(days=7)
"""Longer than any try takes to come back."""


def pause(session: Session, push_id: int) -> Push:
    """Stop at the next claim; what is on its way arrives. Pausing twice changes nothing. Raises ZhidaError."""
    return _move(session, push_id, PushState.PAUSED, {PushState.RUNNING}, "只有正在进行的推送可以暂停")


def resume(session: Session, push_id: int) -> Push:
    """Go on where it stopped. Raises ZhidaError for a push that isn't paused (or running already)."""
    return _move(session, push_id, PushState.RUNNING, {PushState.PAUSED}, "只有已暂停的推送可以继续")


def cancel(session: Session, push_id: int, now: datetime) -> Push:
    """Call off: whatever still waits is suppressed. Again does no harm. Raises ZhidaError for a push that is done.

    Its targeting may be pushed again, then to those who got nothing. What is regular (a digest, a reminder) keeps its
    key: what was called off isn't sent again by the schedule.
    """
    stoppable = {PushState.PLANNED, PushState.RUNNING, PushState.PAUSED}
    push = _move(session, push_id, PushState.CANCELLED, stoppable, "这个推送已经完成，不能取消")
    push.finished_at = push.finished_at or now
    if push.kind == PushKind.POLICY:
        push.key = f"cancelled:{push.id}"
    session.flush()
    sweep_cancelled(session, now)
    return push


def sweep_cancelled(session: Session, now: datetime) -> None:
    """Suppress what waits of cancelled pushes, also what came back for another try after they were called off."""
    session.execute(_SUPPRESS, {"detail": CANCELLED, "now": now, "since": now - _STRAGGLE})


def _move(session: Session, push_id: int, to: PushState, out_of: Collection[PushState], otherwise: str) -> Push:
    push = session.get_one(Push, push_id, with_for_update=True)
    if push.state not in {*out_of, to}:
        raise ZhidaError(otherwise)
    push.state = to
    return push
