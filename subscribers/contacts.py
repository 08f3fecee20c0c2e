"""A subscriber's addresses: stored sealed, looked up by blind index, opened only to send or to show to their owner."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.addresses import NORMALISERS
from core.errors import InputError
from core.privacy import Keys, place
from subscribers.models import Contact, ContactState, Suppression


def set_contact(
    session: Session,
    keys: Keys,
    subscriber_id: int,
    channel: str,
    address: str,
    *,
    verified_at: datetime | None = None,
) -> Contact:
    """Add the address of a channel, or put it in the place of the old one; unverified unless `verified_at` is given.

    The same address again changes nothing but its verification. Raises InputError (without the address) for one that
    can't be one.
    """
    normalised = normalise_address(channel, address)
    blind_index = keys.blind_index(channel, normalised)
    contact = session.get(Contact, (subscriber_id, channel))
    if contact is None:
        contact = Contact(subscriber_id=subscriber_id, channel=channel)
        session.add(contact)
    if contact.blind_index != blind_index:
        contact.sealed = seal_address(keys, subscriber_id, channel, normalised)
        contact.blind_index = blind_index
        contact.state, contact.verified_at, contact.soft_failures = ContactState.UNVERIFIED, None, 0
    if verified_at is not None:
        contact.state, contact.verified_at = ContactState.VERIFIED, verified_at
    session.flush()
    session.refresh(contact)  # the ledger decides on `consented`
    return contact


def remove_contact(session: Session, subscriber_id: int, channel: str) -> bool:
    """Take the address of a channel away. Whether there was one."""
    contact = session.get(Contact, (subscriber_id, channel))
    if contact is not None:
        session.delete(contact)
        session.flush()
    return contact is not None


def list_subscribers_by_address(session: Session, keys: Keys, channel: str, address: str) -> list[int]:
    """The ids of everybody who has this address (a family or an office may share one), in order.

    Raises InputError for what can't be an address.
    """
    blind_index = keys.blind_index(channel, normalise_address(channel, address))
    query = select(Contact.subscriber_id).where(Contact.channel == channel, Contact.blind_index == blind_index)
    return list(session.scalars(query.order_by(Contact.subscriber_id)))


def seal_address(keys: Keys, subscriber_id: int, channel: str, normalised: str) -> bytes:
    """The bytes for `contacts.sealed` of that very row."""
    return keys.seal(normalised, _place(subscriber_id, channel))


def open_address(keys: Keys, subscriber_id: int, channel: str, sealed: bytes) -> str:
    """The address itself, from a row of `contacts`. Raises core.privacy.SealError for bytes of another row."""
    return keys.open(sealed, _place(subscriber_id, channel))


def suppress(session: Session, channel: str, blind_index: bytes, reason: str, at: datetime) -> None:
    """Never write to this address again, whoever holds it; an earlier reason stays."""
    if session.get(Suppression, (channel, blind_index)) is None:
        session.add(Suppression(channel=channel, blind_index=blind_index, reason=reason, at=at))
        session.flush()


def normalise_address(channel: str, address: str) -> str:
    """One spelling of an address. Raises InputError for a channel or an address that isn't one."""
    normalise = NORMALISERS.get(channel)
    if normalise is None:
        raise InputError(f"不认识的渠道 {channel}")
    return normalise(address)


def _place(subscriber_id: int, channel: str) -> bytes:
    """What ties sealed bytes to their row of `contacts`."""
    return place("contacts", "sealed", f"{subscriber_id}/{channel}")
