"""What providers tell later, written down at once and in bulk; workers.receipts matches it with its attempts."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.receipt import Receipt
from channels.redact import redact
from core.clock import local_date
from core.errors import InputError
from core.privacy import Keys
from subscribers.consent import refuse_all
from subscribers.contacts import normalise_address
from workers.partitions import month_of

LONGEST_CODE = 100

_STORE = text("""
    INSERT INTO receipts (month, provider, reference, state, cls, code, received_at)
    SELECT :month, r.provider, r.reference, r.state, r.cls, r.code, :now
    FROM json_to_recordset(:rows) AS r(provider text, reference text, state text, cls text, code text)
    ON CONFLICT DO NOTHING
""")


def store_receipts(session: Session, keys: Keys, channel: Channel, receipts: Sequence[Receipt], now: datetime) -> None:
    """Write receipts down, each once however often it comes; where one says that the person refused, so it is."""
    rows = [_row(receipt) for receipt in receipts if receipt.reference]
    if rows:
        # As one JSON text: arrays of 50,000 texts cost the driver a second to write.
        session.execute(_STORE, {"month": month_of(local_date(now)), "now": now, "rows": json.dumps(rows)})
    refused = {receipt.address for receipt in receipts if receipt.cls is OutcomeClass.OPT_OUT and receipt.address}
    refuse(session, keys, channel, refused, "provider", now)


def refuse(session: Session, keys: Keys, channel: Channel, addresses: Collection[str], how: str, now: datetime) -> int:
    """Withdraw the consent of everybody who is reached at these addresses; how many gave one. Odd ones are nobody's."""
    return refuse_all(session, channel, list(find_indexes(keys, channel, addresses)), how=how, now=now)


def find_indexes(keys: Keys, channel: Channel, addresses: Iterable[str]) -> dict[bytes, str]:
    """The blind indexes of those that can be an address, with the address."""
    found: dict[bytes, str] = {}
    for address in addresses:
        try:
            found[keys.blind_index(channel, normalise_address(channel, address))] = address
        except InputError:
            continue
    return found


def _row(receipt: Receipt) -> dict[str, Any]:
    return {
        "provider": receipt.provider,
        "reference": receipt.reference,
        "state": receipt.state.value,
        "cls": receipt.cls.value,
        "code": redact(receipt.code.replace("\0", ""), receipt.address)[:LONGEST_CODE],
    }
