"""What the tables already hold of the drafts of an import, and what of a draft they rule out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, Text, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session, selectinload

from core.errors import InputError
from core.privacy import Keys
from subscribers.models import Consent, Purpose, Subscriber, Suppression
from subscribers.rows import ADDRESS_LABELS, Draft

HOW = "import"
"""How the ledger calls a consent that an import brought."""

Word = tuple[int, str, str]
"""A subscriber, a purpose and a channel: what a line of the ledger is about."""


@dataclass(slots=True)
class Known:
    """What the tables hold of the drafts of one batch."""

    by_reference: dict[str, Subscriber] = field(default_factory=dict)
    by_code: dict[bytes, Subscriber] = field(default_factory=dict)
    words: dict[Word, tuple[bool, str]] = field(default_factory=dict)  # the ledger's last: granted, how
    suppressed: set[tuple[str, bytes]] = field(default_factory=set)


@dataclass(slots=True)
class Indexed:
    """A draft with its blind indexes."""

    draft: Draft
    code: bytes | None
    addresses: dict[str, bytes]


def index_draft(draft: Draft, keys: Keys) -> Indexed:
    """The draft with what finds its code and addresses in the tables."""
    code = keys.blind_index("credit_code", draft.credit_code) if draft.credit_code else None
    return Indexed(draft, code, {c: keys.blind_index(c, address) for c, address in draft.addresses.items()})


def load_known(session: Session, indexed: Sequence[Indexed], now: datetime) -> Known:
    """What is known of these drafts; the subscribers are locked until the transaction ends."""
    references = [one.draft.reference for one in indexed if one.draft.reference]
    codes = [one.code for one in indexed if one.code]
    subscribers = session.scalars(
        select(Subscriber)
        .where(
            or_(
                Subscriber.reference == any_(literal(references, ARRAY(Text))),
                Subscriber.credit_code_index == any_(literal(codes, ARRAY(LargeBinary))),
            )
        )
        .order_by(Subscriber.id)
        .with_for_update()
        .options(selectinload(Subscriber.contacts))
    ).all()
    addresses = [index for one in indexed for index in one.addresses.values()]
    suppressed = session.execute(
        select(Suppression.channel, Suppression.blind_index).where(
            Suppression.channel == any_(literal(list(ADDRESS_LABELS), ARRAY(Text))),
            Suppression.blind_index == any_(literal(addresses, ARRAY(LargeBinary))),
            or_(Suppression.until.is_(None), Suppression.until > now),
        )
    )
    return Known(
        by_reference={s.reference: s for s in subscribers if s.reference},
        by_code={s.credit_code_index: s for s in subscribers if s.credit_code_index},
        words=_last_words(session, [s.id for s in subscribers]),
        suppressed={(channel, index) for channel, index in suppressed},
    )


def _last_words(session: Session, ids: Sequence[int]) -> dict[Word, tuple[bool, str]]:
    about = (Consent.subscriber_id, Consent.purpose, Consent.channel)
    lines = session.execute(
        select(*about, Consent.granted, Consent.how)
        .ext(distinct_on(*about))
        .where(Consent.subscriber_id == any_(literal(ids, ARRAY(BigInteger))))
        .order_by(*about, Consent.at.desc(), Consent.id.desc())
    )
    return {(line.subscriber_id, line.purpose, line.channel): (line.granted, line.how) for line in lines}


def find_known(one: Indexed, known: Known) -> Subscriber | None:
    """The subscriber whom the draft is about. Raises InputError where reference, code and kind don't go together."""
    by_reference = known.by_reference.get(one.draft.reference or "")
    by_code = known.by_code.get(one.code) if one.code else None
    if by_reference and by_code and by_reference is not by_code:
        raise InputError("编号与统一社会信用代码属于两个不同的订阅者")
    subscriber = by_reference or by_code
    if subscriber and subscriber.kind != one.draft.side:
        raise InputError("与已有记录的主体类型不同")
    if by_code and not by_reference and one.draft.reference and by_code.reference:
        raise InputError("该统一社会信用代码已登记在另一个编号下")
    return subscriber


def refuse_suppressed(one: Indexed, subscriber: Subscriber | None, known: Known) -> None:
    """Raises InputError for an address on the suppression list that isn't the subscriber's already."""
    held = {(c.channel, c.blind_index) for c in subscriber.contacts} if subscriber else set()
    for key in one.addresses.items():
        if key in known.suppressed and key not in held:
            raise InputError(f"{ADDRESS_LABELS[key[0]]}在不再联系的名单上")


def list_new_words(subscriber_id: int, draft: Draft, known: Known) -> list[tuple[int, Purpose, str, bool]]:
    """The lines that the ledger lacks; a no is always written down, a yes only where no person decided before."""
    wanted = [(subscriber_id, Purpose.PUSH, channel, True) for channel in draft.consents]
    if draft.recommend is not None:
        wanted.append((subscriber_id, Purpose.RECOMMEND, "", draft.recommend))
    words = []
    for who, purpose, channel, granted in wanted:
        last, how = known.words.get((who, purpose, channel), (False, HOW))
        if last != granted and (not granted or how == HOW):
            words.append((who, purpose, channel, granted))
    return words
