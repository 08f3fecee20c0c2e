"""What a provider said, written down at once; workers.receipts matches it with its attempt later."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.receipt import Receipt
from core.clock import local_date
from core.privacy import Keys
from web.hooks.refusals import refuse
from workers import models
from workers.partitions import month_of

LONGEST_CODE = 100


def store_receipts(session: Session, keys: Keys, channel: Channel, receipts: Iterable[Receipt], now: datetime) -> None:
    """Write receipts down, each once however often it comes; where one says that the person refused, so it is."""
    rows = []
    for receipt in receipts:
        if receipt.reference:
            rows.append(
                {
                    "month": month_of(local_date(now)),
                    "provider": receipt.provider,
                    "reference": receipt.reference,
                    "state": receipt.state.value,
                    "cls": receipt.cls.value,
                    "code": receipt.code[:LONGEST_CODE],
                    "received_at": now,
                }
            )
        if receipt.cls is OutcomeClass.OPT_OUT:
            refuse(session, keys, channel, receipt.address, "provider", now)
    if rows:
        session.execute(insert(models.Receipt).on_conflict_do_nothing(), rows)
