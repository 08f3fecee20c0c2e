"""Checked drafts into the tables: new subscribers by COPY, known ones compared and changed where they differ."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any, Final, cast

from psycopg import Connection, Cursor, sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import InputError
from core.locks import Lock, hold_lock
from core.privacy import Keys, place
from subscribers.contacts import seal_address
from subscribers.known import (
    HOW,
    Indexed,
    Known,
    find_known,
    index_draft,
    list_new_words,
    load_known,
    refuse_suppressed,
)
from subscribers.models import Contact, ContactState, Purpose, Subscriber
from subscribers.profiles import Source, fields_on, place_of
from subscribers.rows import Draft

DeriveTypes = Callable[[Mapping[str, Any]], list[str]]
"""The types that are certain for `{"kind", <registry field>: value}`."""

_IDS = text("SELECT nextval(pg_get_serial_sequence('subscribers', 'id')) FROM generate_series(1, :count)")
_SUBSCRIBER: Final = (
    *("id", "kind", "reference", "name", "credit_code", "credit_code_index", "region", "profile", "provenance"),
    *("types", "topics", "recommend", "channels", "created_at"),
)
_CONSENT: Final = ("subscriber_id", "purpose", "channel", "granted", "text_version", "how", "at")
_CONTACT: Final = ("subscriber_id", "channel", "sealed", "blind_index", "state", "verified_at")


class Stored(Enum):
    """What became of a draft."""

    NEW = auto()
    SAME = auto()
    CHANGED = auto()


@dataclass(frozen=True, slots=True)
class Storing:
    """What all drafts of an import share; see `importing.ImportTerms`."""

    keys: Keys
    derive_types: DeriveTypes
    source: Source
    text_version: str
    now: datetime
    day: date

    def types(self, kind: str, profile: Mapping[str, Any]) -> list[str]:
        return self.derive_types({"kind": kind, **fields_on(profile, self.day)})

    def provenance(self, names: Iterable[str]) -> dict[str, list[str]]:
        said = [self.source.value, self.day.isoformat()]
        return dict.fromkeys(names, said)

    def consent(self, subscriber_id: int, purpose: Purpose, channel: str, granted: bool) -> tuple[Any, ...]:
        return subscriber_id, purpose.value, channel, granted, self.text_version, HOW, self.now


def store_drafts(session: Session, drafts: Sequence[Draft], storing: Storing) -> list[Stored | str]:
    """Store each draft in the transaction of `session`; the answer is for each what became of it, or why it can't be.

    References and credit codes must not occur twice among `drafts`.
    """
    hold_lock(session, Lock.SUBSCRIBER_IMPORT)  # so that two of the same file don't both find a subscriber new
    indexed = [index_draft(draft, storing.keys) for draft in drafts]
    known = load_known(session, indexed, storing.now)
    results: list[Stored | str] = []
    fresh: list[Indexed] = []
    consents: list[tuple[Any, ...]] = []
    for one in indexed:
        try:
            subscriber = find_known(one, known)
            refuse_suppressed(one, subscriber, known)
            if subscriber is None:
                fresh.append(one)
                results.append(Stored.NEW)
            else:
                results.append(_update(session, subscriber, one, known, storing, consents))
        except InputError as error:
            results.append(error.reason)
    session.flush()
    _insert(session, fresh, consents, storing)
    return results


def _update(
    session: Session,
    subscriber: Subscriber,
    one: Indexed,
    known: Known,
    storing: Storing,
    consents: list[tuple[Any, ...]],
) -> Stored:
    """Change what differs. What the line doesn't speak of stays as it is."""
    draft = one.draft
    profile = {**draft.implied, **subscriber.profile, **draft.facts}
    new_facts = [name for name, fact in profile.items() if subscriber.profile.get(name) != fact]
    wanted: dict[str, Any] = {
        "reference": draft.reference or subscriber.reference,
        "name": draft.name or subscriber.name,
        "topics": subscriber.topics if draft.topics is None else draft.topics,
        "channels": subscriber.channels if draft.channels is None else draft.channels,
        "region": place_of(subscriber.kind, profile),
        "types": storing.types(subscriber.kind, profile),
    }
    if new_facts:
        wanted |= {"profile": profile, "provenance": {**subscriber.provenance, **storing.provenance(new_facts)}}
    if one.code and one.code != subscriber.credit_code_index:
        wanted |= {"credit_code": _seal_code(subscriber.id, draft, storing.keys), "credit_code_index": one.code}
    changes = {name: value for name, value in wanted.items() if getattr(subscriber, name) != value}
    for name, value in changes.items():
        setattr(subscriber, name, value)
    replaced = _update_contacts(session, subscriber, one, storing)
    added = [storing.consent(*word) for word in list_new_words(subscriber.id, draft, known)]
    consents.extend(added)
    return Stored.CHANGED if changes or replaced or added else Stored.SAME


def _update_contacts(session: Session, subscriber: Subscriber, one: Indexed, storing: Storing) -> bool:
    """Add or replace the addresses that differ; whoever hands in the list vouches for them. Whether any did."""
    held = {contact.channel: contact for contact in subscriber.contacts}
    differing = [c for c, index in one.addresses.items() if c not in held or held[c].blind_index != index]
    for channel in differing:
        contact = held.get(channel)
        if contact is None:
            contact = Contact(subscriber_id=subscriber.id, channel=channel)
            session.add(contact)
        contact.sealed = seal_address(storing.keys, subscriber.id, channel, one.draft.addresses[channel])
        contact.blind_index = one.addresses[channel]
        contact.state, contact.verified_at, contact.soft_failures = ContactState.VERIFIED, storing.now, 0
    return bool(differing)


def _insert(session: Session, fresh: Sequence[Indexed], consents: list[tuple[Any, ...]], storing: Storing) -> None:
    """New subscribers, then the ledger, then contacts, which take their `consented` from it."""
    ids = list(session.scalars(_IDS, {"count": len(fresh)}))
    numbered = list(zip(ids, fresh, strict=True))
    nothing = Known()
    consents = consents + [
        storing.consent(*word) for id_, one in numbered for word in list_new_words(id_, one.draft, nothing)
    ]
    connection = session.connection().connection.dbapi_connection
    with cast("Connection[Any]", connection).cursor() as cursor:
        _copy(cursor, "subscribers", _SUBSCRIBER, (_subscriber_row(id_, one, storing) for id_, one in numbered))
        _copy(cursor, "consents", _CONSENT, consents)
        _copy(cursor, "contacts", _CONTACT, (row for id_, one in numbered for row in _contact_rows(id_, one, storing)))


def _copy(cursor: Cursor[Any], table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
        for row in rows:
            copy.write_row(row)


def _subscriber_row(id_: int, one: Indexed, storing: Storing) -> tuple[Any, ...]:
    draft = one.draft
    facts = {**draft.implied, **draft.facts}
    return (
        id_,
        draft.side.value,
        draft.reference,
        draft.name,
        _seal_code(id_, draft, storing.keys),
        one.code,
        place_of(draft.side, facts),
        json.dumps(facts),
        json.dumps(storing.provenance(facts)),
        storing.types(draft.side, facts),
        draft.topics or [],
        bool(draft.recommend),
        draft.channels or [],
        storing.now,
    )


def _contact_rows(id_: int, one: Indexed, storing: Storing) -> Iterable[tuple[Any, ...]]:
    for channel, address in one.draft.addresses.items():
        sealed = seal_address(storing.keys, id_, channel, address)
        yield id_, channel, sealed, one.addresses[channel], ContactState.VERIFIED.value, storing.now


def _seal_code(id_: int, draft: Draft, keys: Keys) -> bytes | None:
    return keys.seal(draft.credit_code, place("subscribers", "credit_code", id_)) if draft.credit_code else None
