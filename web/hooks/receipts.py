"""What a provider said, written down at once; workers.receipts matches it with its attempt later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import local_date
from workers.models import Receipt
from workers.partitions import month_of

DELIVERED = "delivered"
FAILED = "failed"
LONGEST_CODE = 100


@dataclass(frozen=True, slots=True)
class Said:
    """One receipt: `reference` is our attempt id where the provider echoes it (32 hex letters), else its own id."""

    reference: str
    delivered: bool
    code: str = ""


def store_receipts(session: Session, provider: str, said: Iterable[Said], now: datetime) -> None:
    """Write receipts down; one that came before changes nothing."""
    rows = [
        {
            "month": month_of(local_date(now)),
            "provider": provider,
            "reference": one.reference,
            "state": DELIVERED if one.delivered else FAILED,
            "code": "" if one.delivered else one.code[:LONGEST_CODE],
            "received_at": now,
        }
        for one in said
    ]
    if rows:
        session.execute(insert(Receipt).on_conflict_do_nothing(), rows)
