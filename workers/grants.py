"""What followers allow us on WeChat, kept from their choices and from WeChat's answers to notices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.outcome import Outcome, OutcomeClass
from channels.wechat.grants import Grant, GrantChange, GrantType, apply_changes
from core.locks import Lock, hold_lock
from subscribers.models import Contact, WeChatGrant


def change_grants(
    session: Session,
    blind_index: bytes,
    changes: Iterable[GrantChange],
    types: Mapping[str, GrantType],
    at: datetime,
) -> None:
    """Write down what a follower chose at `at`; a choice that is older than the last one known changes nothing.

    `types` are our subscription templates (channels.registry.grant_types); others are passed over.
    """
    _lock(session, blind_index)
    rows = session.scalars(select(WeChatGrant).where(WeChatGrant.blind_index == blind_index)).all()
    newest = {row.template_id: row.updated_at for row in rows}
    known = {row.template_id: _grant(row.template_id, row.kind, row.accepted, row.remaining) for row in rows}
    fresh = [one for one in changes if one.template_id not in newest or newest[one.template_id] <= at]
    after = apply_changes(known, fresh, types)
    _store(session, blind_index, [after[one.template_id] for one in fresh if one.template_id in after], at)


def forget_grants(session: Session, blind_index: bytes) -> None:
    """Of a follower who left."""
    for row in session.scalars(select(WeChatGrant).where(WeChatGrant.blind_index == blind_index)):
        session.delete(row)
    session.flush()


def note_answers(session: Session, answers: Sequence[tuple[int, Outcome]], now: datetime) -> None:
    """Keep the grants as WeChat's answers to notices leave them: used by one message, or refused (43101).

    `answers` are subscriber ids with outcomes; those of other kinds of message are passed over.
    """
    asked = [(number, outcome) for number, outcome in answers if outcome.notice]
    if asked:
        indexes = _indexes(session, {number for number, _ in asked})
        note_answers_at(session, [(indexes[number], outcome) for number, outcome in asked if number in indexes], now)


def note_answers_at(session: Session, answers: Sequence[tuple[bytes, Outcome]], now: datetime) -> None:
    """The same for notices to openids, given by their blind indexes."""
    keys = {(index, outcome.notice) for index, outcome in answers}
    found = select(WeChatGrant).where(tuple_(WeChatGrant.blind_index, WeChatGrant.template_id).in_(keys))
    ordered = found.order_by(WeChatGrant.blind_index, WeChatGrant.template_id).with_for_update()
    rows = {(row.blind_index, row.template_id): row for row in session.scalars(ordered)}
    for index, outcome in answers:
        row = rows.get((index, outcome.notice))
        if row is not None:
            _note(row, outcome, now)
    session.flush()


def _note(row: WeChatGrant, outcome: Outcome, now: datetime) -> None:
    grant = _grant(row.template_id, row.kind, row.accepted, row.remaining)
    if outcome.accepted:
        grant = grant.used()
    elif outcome.cls in (OutcomeClass.WINDOW, OutcomeClass.OPT_OUT):
        grant, row.updated_at = grant.refused_by_platform(), now
    row.accepted, row.remaining = grant.accepted, grant.remaining


def _lock(session: Session, blind_index: bytes) -> None:
    """One change of a person's grants at a time, also of the first."""
    number = int.from_bytes(blind_index[:4], signed=True)
    hold_lock(session, Lock.GRANTS, number)


def _store(session: Session, blind_index: bytes, grants: Iterable[Grant], at: datetime) -> None:
    rows = {
        grant.template_id: {
            "blind_index": blind_index,
            "template_id": grant.template_id,
            "kind": grant.type.value,
            "accepted": grant.accepted,
            "remaining": grant.remaining,
            "updated_at": at,
        }
        for grant in grants
    }
    if rows:
        added = insert(WeChatGrant).values(list(rows.values()))
        new = {name: added.excluded[name] for name in ("kind", "accepted", "remaining", "updated_at")}
        session.execute(added.on_conflict_do_update(index_elements=["blind_index", "template_id"], set_=new))


def _indexes(session: Session, subscriber_ids: Collection[int]) -> dict[int, bytes]:
    query = select(Contact.subscriber_id, Contact.blind_index)
    rows = session.execute(query.where(Contact.channel == Channel.WECHAT, Contact.subscriber_id.in_(subscriber_ids)))
    return {row.subscriber_id: row.blind_index for row in rows}


def _grant(template_id: str, kind: str, accepted: bool, remaining: int) -> Grant:
    return Grant(template_id, GrantType(kind), accepted, remaining)
