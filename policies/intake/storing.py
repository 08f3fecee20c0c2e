"""Texts into policies and versions, in bulk: a handful of statements for any number of texts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BIGINT, TEXT, BindParameter, any_, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.locks import Lock, hold_lock
from policies.identity import fingerprint, key_of
from policies.models import Policy, PolicyRelation, PolicyState, PolicyVersion
from policies.policy_text import PolicyText
from policies.search.stored import add as add_to_index
from policies.search.words import Document
from policies.titles import stem
from policies.validity import EXPIRES


class Fate(StrEnum):
    """What became of a text."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Stored:
    """A text that is in the library: its policy, its version, where it came from and what it was there."""

    policy_id: int
    version_id: int
    title: str
    source: str
    fate: Fate


def lock_library(session: Session) -> None:
    """Wait until no other import is running; ends with the transaction."""
    hold_lock(session, Lock.POLICY_IMPORT)


def store(session: Session, texts: Sequence[PolicyText], now: datetime) -> list[Stored]:
    """Put texts into the library, in their order; call `lock_library` first.

    A text that a policy already has in any version changes nothing, and neither does one without words where the
    policy has some; another text of the same policy becomes its next version.
    """
    shelves = _Shelves(session, texts)
    versions: list[dict[str, Any]] = []
    placed = [_place(text, shelves.shelf_for(text), versions, now) for text in texts]
    fresh = [shelf for shelf in shelves.all if not shelf.policy_id]
    _update_policies(session, [shelf for shelf in shelves.all if shelf.policy_id and shelf.touched])
    _insert_policies(session, fresh, now)
    shelved = [version.pop("shelf") for version in versions]
    for version, shelf in zip(versions, shelved, strict=True):
        version["policy_id"] = shelf.policy_id
    ids = _insert_versions(session, versions)
    add_to_index(session, [_to_find(*one) for one in zip(ids, versions, shelved, strict=True)])
    _insert_mentions(session, [(spot.shelf, text) for spot, text in zip(placed, texts, strict=True)])
    return [
        Stored(spot.shelf.policy_id, spot.version_id or ids[spot.pending], text.title, text.source, spot.fate)
        for spot, text in zip(placed, texts, strict=True)
    ]


@dataclass(slots=True)
class _Shelf:
    """A policy, stored or about to be (`policy_id` 0): its columns, and its versions by fingerprint."""

    row: dict[str, Any]
    policy_id: int = 0
    versions: dict[bytes, "_Spot"] = field(default_factory=dict)
    newest: "_Spot | None" = None
    number: int = 0
    touched: bool = False


@dataclass(slots=True)
class _Spot:
    """Where a text lies: a stored version, or (`version_id` 0) the one at `pending` in the list to be stored."""

    shelf: _Shelf
    fate: Fate
    version_id: int = 0
    pending: int = 0


class _Shelves:
    """The policies that a batch of texts may belong to, found in two look-ups, and those it adds."""

    def __init__(self, session: Session, texts: Sequence[PolicyText]) -> None:
        self.all: list[_Shelf] = []
        self._by_key: dict[str, _Shelf] = {}
        self._by_url: dict[str, list[_Shelf]] = {}
        self._load(session, {key_of(text) for text in texts}, {text.url for text in texts if text.url})

    def shelf_for(self, text: PolicyText) -> _Shelf:
        """By key; else at the same address with the same title or 文号; else a new one."""
        found = self._by_key.get(key_of(text)) or next(filter(_same_as(text), self._by_url.get(text.url, ())), None)
        if found is None:
            found = _Shelf({"key": key_of(text), **_columns(text)})
            self._add(found)
        return found

    def _add(self, shelf: _Shelf) -> None:
        self.all.append(shelf)
        self._by_key[shelf.row["key"]] = shelf
        if shelf.row["url"]:
            self._by_url.setdefault(shelf.row["url"], []).append(shelf)

    def _load(self, session: Session, keys: set[str], urls: set[str]) -> None:
        wanted = (Policy.key == any_(_array("keys"))) | (Policy.url == any_(_array("urls")))
        known = session.execute(
            select(Policy.id, Policy.key, *(getattr(Policy, name) for name in _COLUMNS)).where(wanted),
            {"keys": list(keys), "urls": list(urls)},
        )
        by_id = {}
        for row in known.mappings():
            columns = dict(row)
            shelf = _Shelf(policy_id=columns.pop("id"), row=columns)
            by_id[shelf.policy_id] = shelf
            self._add(shelf)
        versions = select(
            PolicyVersion.policy_id, PolicyVersion.id, PolicyVersion.number, PolicyVersion.fingerprint
        ).where(PolicyVersion.policy_id == any_(bindparam("ids", type_=ARRAY(BIGINT))))
        for policy_id, version_id, number, mark in session.execute(
            versions.order_by(PolicyVersion.number), {"ids": list(by_id)}
        ):
            shelf = by_id[policy_id]
            shelf.newest = shelf.versions[mark] = _Spot(shelf, Fate.SAME, version_id)
            shelf.number = number


_COLUMNS = ("kind", "state", "title", "stem", "doc_number", "agency", "region", "url", "published_date")


def _columns(text: PolicyText) -> dict[str, Any]:
    return {name: getattr(text, name) for name in _COLUMNS if name != "stem"} | {"stem": stem(text.title)}


def _array(name: str) -> BindParameter[Sequence[str]]:
    return bindparam(name, type_=ARRAY(TEXT))


def _same_as(text: PolicyText) -> Callable[[_Shelf], bool]:
    own = stem(text.title)
    return lambda shelf: (
        shelf.row["stem"] == own or bool(text.doc_number and shelf.row["doc_number"] == text.doc_number)
    )


def _place(text: PolicyText, shelf: _Shelf, versions: list[dict[str, Any]], now: datetime) -> _Spot:
    if text.state != PolicyState.IN_FORCE and shelf.row["state"] == PolicyState.IN_FORCE:
        shelf.row["state"], shelf.touched = text.state, True
    mark = fingerprint(text)
    known = shelf.versions.get(mark) or (shelf.newest if not text.text else None)
    if known is not None:
        return replace(known, fate=Fate.SAME)
    spot = _Spot(shelf, Fate.CHANGED if shelf.number else Fate.NEW, pending=len(versions))
    shelf.newest = shelf.versions[mark] = spot
    shelf.number += 1
    if shelf.number > 1:
        shelf.touched = True
        shelf.row |= {name: value for name, value in _columns(text).items() if value and name != "state"}
    versions.append(_version_row(text, shelf, mark, now))
    return spot


def _version_row(text: PolicyText, shelf: _Shelf, mark: bytes, now: datetime) -> dict[str, Any]:
    """The columns of a version; `shelf` stands in for `policy_id` until that is known."""
    return {
        "shelf": shelf,
        "number": shelf.number,
        "fingerprint": mark,
        "title": text.title,
        "text": text.text,
        "published_date": text.published_date,
        "written_date": text.written_date,
        "effective_date": text.effective_date,
        "source": text.source,
        "details": _details(text),
        "created_at": now,
    }


def _details(text: PolicyText) -> dict[str, str]:
    expires = {EXPIRES: text.expires_date.isoformat()} if text.expires_date else {}
    return {**text.details, **expires}


def _insert_policies(session: Session, shelves: Sequence[_Shelf], now: datetime) -> None:
    if not shelves:
        return
    statement = insert(Policy).returning(Policy.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, [{**shelf.row, "created_at": now} for shelf in shelves])
    for shelf, policy_id in zip(shelves, ids, strict=True):
        shelf.policy_id = policy_id


def _update_policies(session: Session, shelves: Sequence[_Shelf]) -> None:
    if shelves:
        session.execute(update(Policy), [{"id": shelf.policy_id, **shelf.row} for shelf in shelves])


def _to_find(version_id: int, version: dict[str, Any], shelf: _Shelf) -> Document:
    issuer = f"{shelf.row['doc_number']} {shelf.row['agency']}"
    return Document(version_id, version["title"], issuer, version["text"])


def _insert_versions(session: Session, versions: Sequence[dict[str, Any]]) -> list[int]:
    if not versions:
        return []
    statement = insert(PolicyVersion).returning(PolicyVersion.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, versions))


def _insert_mentions(session: Session, texts: Iterable[tuple[_Shelf, PolicyText]]) -> None:
    rows = [
        {"source_id": shelf.policy_id, "kind": mention.kind, "named": mention.named}
        for shelf, text in texts
        for mention in text.mentions
    ]
    if rows:
        session.execute(upsert(PolicyRelation).on_conflict_do_nothing(), rows)
