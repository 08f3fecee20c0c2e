"""People who refuse by other ways than our pages: by a reply, at their provider, by leaving."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.errors import InputError
from core.privacy import Keys
from subscribers.consent import has_consent, withdraw
from subscribers.contacts import list_subscribers_by_address, remove_contact


def refuse(session: Session, keys: Keys, channel: str, address: str, how: str, now: datetime) -> int:
    """Withdraw the consent of everybody who is reached at this address; how many gave one. An odd address is nobody."""
    withdrawn = [
        withdraw(session, subscriber_id, channel, how=how, now=now)
        for subscriber_id in _holders(session, keys, channel, address)
        if has_consent(session, subscriber_id, channel)
    ]
    return len(withdrawn)


def forget(session: Session, keys: Keys, channel: str, address: str) -> None:
    """Take an address from everybody who has it (WeChat's rule for followers who left)."""
    for subscriber_id in _holders(session, keys, channel, address):
        remove_contact(session, subscriber_id, channel)


def _holders(session: Session, keys: Keys, channel: str, address: str) -> list[int]:
    try:
        return list_subscribers_by_address(session, keys, channel, address)
    except InputError:
        return []
