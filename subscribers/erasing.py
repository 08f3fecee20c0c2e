"""What the law gives people over their data: a copy of it, and its end (个人信息保护法 44, 45, 47)."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import ZhidaError
from core.privacy import Keys, place
from subscribers.consent import has_consent, withdraw
from subscribers.contacts import open_address, suppress
from subscribers.models import Consent, Contact, Inquiry, Purpose, Subscriber, WeChatGrant
from subscribers.profiles import fact_label

T = TypeVar("T", WeChatGrant, Inquiry)

ERASED = "erased"
"""The reason on the suppression list."""


def erase(session: Session, subscriber_id: int, *, how: str, now: datetime) -> None:
    """Take away all that is known of a subscriber; doing it again does nothing more.

    An empty row stays, so that what refers to it holds, and the ledger, which names nobody and is the proof that
    earlier messages were wanted; its last lines are now a no. The HMACs of the addresses go to the suppression list, so
    that an import from an old list doesn't bring them back. Raises ZhidaError where there is no such subscriber.
    """
    subscriber = _get(session, subscriber_id, lock=True)
    if subscriber.erased_at is not None:
        return
    _erase_words_and_grants(session, subscriber_id)
    for contact in _list_contacts(session, subscriber_id):
        suppress(session, contact.channel, contact.blind_index, ERASED, now)
        if has_consent(session, subscriber_id, contact.channel):
            withdraw(session, subscriber_id, contact.channel, how=how, now=now)
    if has_consent(session, subscriber_id, purpose=Purpose.RECOMMEND):
        withdraw(session, subscriber_id, purpose=Purpose.RECOMMEND, how=how, now=now)
    session.execute(delete(Contact).where(Contact.subscriber_id == subscriber_id))
    subscriber.reference = subscriber.credit_code = subscriber.credit_code_index = subscriber.region = None
    subscriber.quiet_start = subscriber.quiet_end = subscriber.daily_cap = subscriber.weekly_cap = None
    subscriber.name, subscriber.recommend, subscriber.erased_at = "", False, now
    subscriber.profile, subscriber.provenance = {}, {}
    subscriber.types, subscriber.topics, subscriber.channels = [], [], []
    session.flush()


def _erase_words_and_grants(session: Session, subscriber_id: int) -> None:
    """What was written to us from these addresses; grants where nobody else has the openid."""
    own = [contact.blind_index for contact in _list_contacts(session, subscriber_id)]
    held = select(Contact.blind_index).where(Contact.blind_index.in_(own), Contact.subscriber_id != subscriber_id)
    session.execute(delete(Inquiry).where(Inquiry.blind_index.in_(own)))
    session.execute(delete(WeChatGrant).where(WeChatGrant.blind_index.in_(own), WeChatGrant.blind_index.not_in(held)))


def export(session: Session, keys: Keys, subscriber_id: int) -> dict[str, Any]:
    """Everything that we store of a subscriber, as JSON can hold it, opened; for their own eyes only.

    Raises ZhidaError where there is no such subscriber.
    """
    subscriber = _get(session, subscriber_id)
    code = subscriber.credit_code
    return {
        "id": subscriber.id,
        "kind": subscriber.kind,
        "reference": subscriber.reference,
        "name": subscriber.name,
        "credit_code": keys.open(code, place("subscribers", "credit_code", subscriber.id)) if code else None,
        "profile": [_export_fact(subscriber, name, value) for name, value in subscriber.profile.items()],
        "types": subscriber.types,
        "topics": subscriber.topics,
        "channels": subscriber.channels,
        "recommend": subscriber.recommend,
        "quiet_hours": [_text(subscriber.quiet_start), _text(subscriber.quiet_end)],
        "caps": {"daily": subscriber.daily_cap, "weekly": subscriber.weekly_cap},
        "contacts": [_export_contact(keys, contact) for contact in _list_contacts(session, subscriber_id)],
        "consents": [_export_consent(line) for line in _list_consents(session, subscriber_id)],
        "wechat_grants": [_export_grant(grant) for grant in _list_by_address(session, WeChatGrant, subscriber_id)],
        "inquiries": [_export_inquiry(keys, one) for one in _list_by_address(session, Inquiry, subscriber_id)],
        "created_at": _text(subscriber.created_at),
        "erased_at": _text(subscriber.erased_at),
    }


def _get(session: Session, subscriber_id: int, lock: bool = False) -> Subscriber:
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=lock or None, populate_existing=True)
    if subscriber is None:
        raise ZhidaError(f"没有编号为 {subscriber_id} 的订阅者")
    return subscriber


def _list_contacts(session: Session, subscriber_id: int) -> list[Contact]:
    query = select(Contact).where(Contact.subscriber_id == subscriber_id).order_by(Contact.channel)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _list_consents(session: Session, subscriber_id: int) -> list[Consent]:
    query = select(Consent).where(Consent.subscriber_id == subscriber_id).order_by(Consent.at, Consent.id)
    return list(session.scalars(query))


def _list_by_address(session: Session, table: type[T], subscriber_id: int) -> list[T]:
    """The rows of `table` that belong to an address of the subscriber."""
    own = select(Contact.blind_index).where(Contact.subscriber_id == subscriber_id)
    return list(session.scalars(select(table).where(table.blind_index.in_(own))))


def _export_grant(grant: WeChatGrant) -> dict[str, Any]:
    return {
        "template": grant.template_id,
        "kind": grant.kind,
        "accepted": grant.accepted,
        "remaining": grant.remaining,
        "at": _text(grant.updated_at),
    }


def _export_inquiry(keys: Keys, inquiry: Inquiry) -> dict[str, Any]:
    words = keys.open(inquiry.words, place("inquiries", "words", inquiry.id))
    answer = keys.open(inquiry.answer, place("inquiries", "answer", inquiry.id)) if inquiry.answer else None
    return {"channel": inquiry.channel, "words": words, "at": _text(inquiry.came_at), "answer": answer}


def _export_fact(subscriber: Subscriber, name: str, value: Any) -> dict[str, Any]:
    source, since = subscriber.provenance.get(name, (None, None))
    return {"name": name, "label": fact_label(name), "value": value, "source": source, "date": since}


def _export_contact(keys: Keys, contact: Contact) -> dict[str, Any]:
    return {
        "channel": contact.channel,
        "address": open_address(keys, contact.subscriber_id, contact.channel, contact.sealed),
        "state": contact.state,
        "consented": contact.consented,
        "verified_at": _text(contact.verified_at),
    }


def _export_consent(line: Consent) -> dict[str, Any]:
    return {
        "purpose": line.purpose,
        "channel": line.channel,
        "granted": line.granted,
        "text_version": line.text_version,
        "how": line.how,
        "at": _text(line.at),
    }


def _text(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())
