"""Matching what providers said later with the attempts it is about, in either order and however often it comes."""

from sqlalchemy import text

from core.database import unit_of_work
from workers.runtime import Runtime

_BATCH = 500

# A receipt names our attempt id where the provider echoes it, else the provider's own id. Receipts that come before the
# answer to our call find the attempt on the delivery itself, which was written with the claim.
_APPLY = text("""
    WITH waiting AS (
        SELECT month, id, provider, reference, state, code,
               CASE WHEN reference ~ '^[0-9a-f]{32}$' THEN CAST(reference AS uuid) END AS attempt_id
        FROM receipts
        WHERE applied_at IS NULL ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    ), found AS (
        SELECT w.month AS receipt_month, w.id AS receipt_id, w.state AS said, w.code, d.month, d.id
        FROM waiting w JOIN deliveries d ON d.attempt_id = w.attempt_id
        UNION
        SELECT w.month, w.id, w.state, w.code, a.month, a.delivery_id
        FROM waiting w JOIN attempts a ON a.id = w.attempt_id
        UNION
        SELECT w.month, w.id, w.state, w.code, a.month, a.delivery_id
        FROM waiting w JOIN attempts a ON a.provider_id = w.reference AND a.provider = w.provider
    ), told AS (
        UPDATE deliveries d
        SET state = CASE WHEN f.said = 'delivered' THEN 'delivered' ELSE 'failed' END,
            detail = CASE WHEN f.said = 'delivered' THEN '' ELSE f.code END,
            lease_until = NULL, updated_at = :now
        FROM found f
        WHERE d.month = f.month AND d.id = f.id AND d.state IN ('sending', 'unknown', 'accepted')
    )
    UPDATE receipts r SET applied_at = :now FROM found f WHERE r.month = f.receipt_month AND r.id = f.receipt_id
    RETURNING r.id
""")


def apply_receipts(runtime: Runtime) -> int:
    """Apply the receipts that have found their attempt; answers how many. Those for unknown ids stay and are kept."""
    applied = 0
    while True:
        with unit_of_work(runtime.sessions) as session:
            done = len(session.execute(_APPLY, {"batch": _BATCH, "now": runtime.clock()}).all())
        applied += done
        if done < _BATCH:
            return applied
