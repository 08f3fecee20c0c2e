"""One targeting against everybody: candidates chosen in SQL, each decided by the rules, the decisions kept."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Select, and_, false, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from core.errors import InputError
from core.vocabulary.codes import region_prefix
from core.vocabulary.load import Vocabulary
from matcher.applicant import read_applicant
from matcher.decision import ACTS, Act, Code, Offer, Wish, decide_now, is_closed
from matcher.facets import Facets
from matcher.models import DecisionGroup, Targeting
from matcher.targeting import demand_of
from subscribers.models import Subscriber
from subscribers.profiles import fields_on

log = logging.getLogger(__name__)

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Matching:
    """What was decided: the subscribers of each reason, and the rank (0 to 1) of each who is to be pushed now."""

    groups: Mapping[Code, BitMap]
    ranks: Mapping[int, float]

    def members(self, act: Act) -> BitMap:
        """Everybody with this decision."""
        return BitMap.union(BitMap(), *(ids for code, ids in self.groups.items() if ACTS[code] is act))


@dataclass
class _Tally:
    groups: dict[Code, BitMap] = field(default_factory=dict)
    ranks: dict[int, float] = field(default_factory=dict)


def offer_of(targeting: Targeting, vocabulary: Vocabulary) -> Offer:
    """What is decided on. A topic that a person confirmed without a probability counts as certain."""
    return Offer(
        demand=demand_of(targeting, vocabulary),
        topics={code: targeting.probabilities.get(code, 1.0) for code in targeting.topics},
        opens=targeting.opens,
        closes=targeting.closes,
    )


def match(session: Session, targeting: Targeting, vocabulary: Vocabulary, today: date) -> Matching:
    """Decide for every candidate; whoever isn't one has neither subscribed to a topic nor allowed recommendation."""
    return match_offer(session, offer_of(targeting, vocabulary), vocabulary, today)


def match_offer(session: Session, offer: Offer, vocabulary: Vocabulary, today: date) -> Matching:
    """The same for what isn't stored as a targeting."""
    facets, tally = Facets(vocabulary), _Tally()
    if outside := BitMap(session.scalars(_select_outside(offer))):
        tally.groups[Code.CLOSED if is_closed(offer, today) else Code.NOT_FITTING] = outside
    for row in _candidates(session, offer):
        try:
            applicant = read_applicant({**fields_on(row.profile, today), "kind": row.kind}, facets, sized=True)
        except InputError as error:
            log.warning("subscriber %d left out, the profile can't be judged: %s", row.id, error)
            continue
        decision = decide_now(offer, Wish(frozenset(row.topics), row.recommend), applicant, today)
        tally.groups.setdefault(decision.code, BitMap()).add(row.id)
        if decision.act is Act.PUSH:
            tally.ranks[row.id] = decision.rank
    return Matching(tally.groups, tally.ranks)


def keep(session: Session, targeting_id: int, groups: Mapping[str, tuple[Act, BitMap]], now: datetime) -> int:
    """Store decisions as the next run of this targeting: reason → (act, subscriber ids). Answers the run's number."""
    last = session.scalar(select(func.max(DecisionGroup.run)).where(DecisionGroup.targeting_id == targeting_id))
    run = (last or 0) + 1
    for reason, (act, ids) in groups.items():
        session.add(
            DecisionGroup(
                targeting_id=targeting_id,
                run=run,
                action=act.value,
                reason=reason,
                size=len(ids),
                members=ids.serialize(),
                decided_at=now,
            )
        )
    return run


def list_decided(session: Session, targeting_id: int) -> list[DecisionGroup]:
    """What the last run decided, the largest group first; nothing where there was none."""
    groups = session.scalars(select(DecisionGroup).where(DecisionGroup.targeting_id == targeting_id)).all()
    last = max((group.run for group in groups), default=0)
    return sorted((group for group in groups if group.run == last), key=lambda group: -group.size)


def find_decision(session: Session, targeting_id: int, subscriber_id: int) -> tuple[str, str, datetime] | None:
    """What the last run decided for a subscriber: (act, reason, when), or None for one who was no candidate."""
    groups = session.scalars(
        select(DecisionGroup).where(DecisionGroup.targeting_id == targeting_id).order_by(DecisionGroup.run.desc())
    )
    for group in groups:
        if subscriber_id in BitMap.deserialize(group.members):
            return group.action, group.reason, group.decided_at
    return None


def _candidates(session: Session, offer: Offer) -> Iterator[Any]:
    statement = _select(offer).execution_options(yield_per=_CHUNK)
    yield from session.execute(statement)


def _select(offer: Offer) -> Select[Any]:
    """The candidates of the right side and place, whom the rules decide on."""
    columns = (Subscriber.id, Subscriber.kind, Subscriber.profile, Subscriber.topics, Subscriber.recommend)
    return select(*columns).where(*_wanting(offer), *_framed(offer)).order_by(Subscriber.id)


def _select_outside(offer: Offer) -> Select[int]:
    """The other candidates: whatever else is in their profile, they don't fit."""
    framed = _framed(offer)
    return select(Subscriber.id).where(*_wanting(offer), not_(and_(*framed)) if framed else false())


def _wanting(offer: Offer) -> list[ColumnElement[bool]]:
    """Who subscribed to a topic or may be recommended to."""
    topics = literal(list(offer.topics), ARRAY(Text))
    return [Subscriber.erased_at.is_(None), or_(Subscriber.topics.overlap(topics), Subscriber.recommend)]


def _framed(offer: Offer) -> list[ColumnElement[bool]]:
    """Side and place; nothing where everybody is meant."""
    demand, framed = offer.demand, list[ColumnElement[bool]]()
    if demand.sides:
        framed.append(Subscriber.kind.in_([side.value for side in demand.sides]))
    if prefix := region_prefix(demand.region or "000000"):
        # A place inside, one too coarse to tell, or none: the rules decide.
        coarser = [prefix[:length].ljust(6, "0") for length in range(0, len(prefix), 2)]
        framed.append(
            or_(
                Subscriber.region.is_(None),
                and_(Subscriber.region >= prefix.ljust(6, "0"), Subscriber.region <= prefix.ljust(6, "9")),
                Subscriber.region.in_(coarser),
            )
        )
    return framed
