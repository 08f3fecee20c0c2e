"""What could stand in somebody's digest: for each policy and reason the set of those for whom it does, best first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.decision import ACTS, Act, Code, Offer, rank, unasked_chance
from matcher.matching import keep, match, offer_of
from matcher.models import DecisionGroup, Targeting, TargetingState
from policies.models import Policy, PolicyKind, PolicyState, PolicyVersion
from workers.bundles import Line
from workers.feedback import SEEN, who_did
from workers.lines import is_newest, line_of
from workers.models import Delivery, DeliveryState, Push, PushKind, PushState
from workers.plan import CAPPED
from workers.settling import CAPPED as CAP_FULL
from workers.settling import LATE

AHEAD = timedelta(days=31)
"""How far ahead a deadline is worth a line."""

IN_FORCE = (PolicyState.IN_FORCE, PolicyState.AMENDED)

SHOWN = (PolicyKind.DOCUMENT, PolicyKind.GUIDE, PolicyKind.CALL)
"""Interpretations and pictures belong to the documents that they explain: nobody is told both."""


class Why(StrEnum):
    """What brings a policy into somebody's digest."""

    CAPPED = "capped"  # held back by the caps
    HELD = "held"  # planned, but not sent: caps at the last look, or too late after quiet hours
    UNPUSHED = "unpushed"  # fits, and nobody pushed it
    ASK = "ask"  # one more datum would settle it
    DEADLINE = "deadline"  # known to them from earlier, unopened, ends soon


_OPENNESS = {Why.CAPPED: 0, Why.HELD: 0, Why.UNPUSHED: 1, Why.ASK: 2, Why.DEADLINE: 0}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line, how much it matters (0 to 1), and for whom."""

    line: Line
    rank: float
    members: BitMap


@dataclass
class _Decided:
    """The last matching of a targeting: when, and who was decided on how."""

    at: datetime
    groups: dict[tuple[str, str], BitMap] = field(default_factory=dict)

    def of(self, *reasons: str) -> BitMap:
        return BitMap.union(BitMap(), *(ids for (_, reason), ids in self.groups.items() if reason in reasons))

    def acting(self, *acts: Act) -> BitMap:
        return BitMap.union(BitMap(), *(ids for (act, _), ids in self.groups.items() if act in acts))


def confirmed_in_force() -> Select[Targeting, PolicyVersion, Policy]:
    """The confirmed targetings of the newest versions of policies in force, for those who push."""
    return (
        select(Targeting, PolicyVersion, Policy)
        .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(
            Targeting.state == TargetingState.CONFIRMED,
            Targeting.pushable,
            Policy.state.in_(IN_FORCE),
            Policy.kind.in_(SHOWN),
            is_newest(),
        )
    )


def match_rest(session: Session, vocabulary: Vocabulary, now: datetime) -> int:
    """Match what is in force but was never matched, since nobody pushed it; how many targetings it were."""
    matched = select(DecisionGroup.targeting_id)
    rest = session.execute(confirmed_in_force().where(Targeting.id.not_in(matched))).all()
    for targeting, _, _ in rest:
        matching = match(session, targeting, vocabulary, local_date(now))
        groups = {code.value: (ACTS[code], ids) for code, ids in matching.groups.items()}
        keep(session, targeting.id, groups or {Code.NO_INTEREST.value: (Act.NONE, BitMap())}, now)
    session.flush()
    return len(rest)


def list_candidates(
    session: Session, vocabulary: Vocabulary, since: datetime, until: datetime, day: date
) -> list[Candidate]:
    """All lines for decisions after `since` and not after `until`, and for deadlines soon after `day`; best first.

    Whoever has opened, done or refused a policy is in none of its sets, and nobody is in two sets of one policy.
    """
    soon = _ending_soon(session, day)
    decided = _last_decisions(session, since, until, soon)
    found = {row[0].id: row for row in session.execute(confirmed_in_force().where(Targeting.id.in_(decided)))}
    seen = who_did(session, {policy.id for _, _, policy in found.values()}, SEEN)
    pushes = _pushes(session, list(found))
    held = _held(session, list(pushes.values()))
    candidates = []
    for targeting_id, (targeting, version, policy) in found.items():
        push = pushes.get(targeting_id)
        fresh = since < decided[targeting_id].at <= until
        sets = _sets(decided[targeting_id], push, held.get(push.id) if push else None, fresh, targeting_id in soon)
        offer = offer_of(targeting, vocabulary)
        for why, members in _apart(sets, seen.get(policy.id, BitMap())):
            candidates.append(Candidate(line_of(policy, version, targeting, why), _rank(offer, why, day), members))
    return sorted(candidates, key=lambda one: (-one.rank, one.line.policy_id, one.line.why))


def _ending_soon(session: Session, day: date) -> list[int]:
    rows = session.execute(confirmed_in_force().where(Targeting.closes.between(day, day + AHEAD)))
    return [targeting.id for targeting, _, _ in rows]


def _last_decisions(session: Session, since: datetime, until: datetime, also: Sequence[int]) -> dict[int, _Decided]:
    last = (
        select(
            DecisionGroup.targeting_id,
            func.max(DecisionGroup.run).label("run"),
            func.max(DecisionGroup.decided_at).label("at"),
        )
        .group_by(DecisionGroup.targeting_id)
        .subquery()
    )
    rows = session.scalars(
        select(DecisionGroup)
        .join(last, (last.c.targeting_id == DecisionGroup.targeting_id) & (last.c.run == DecisionGroup.run))
        .where(
            DecisionGroup.action.in_((Act.PUSH.value, Act.DIGEST.value)),
            or_((last.c.at > since) & (last.c.at <= until), DecisionGroup.targeting_id.in_(also)),
        )
    )
    decided: dict[int, _Decided] = {}
    for row in rows:
        one = decided.setdefault(row.targeting_id, _Decided(row.decided_at))
        one.groups[row.action, row.reason] = BitMap.deserialize(row.members)
    return decided


def _pushes(session: Session, targeting_ids: Sequence[int]) -> dict[int, Push]:
    rows = session.scalars(
        select(Push)
        .where(Push.targeting_id.in_(targeting_ids), Push.kind == PushKind.POLICY, Push.state != PushState.CANCELLED)
        .order_by(Push.id)
    )
    return {push.targeting_id: push for push in rows if push.targeting_id is not None}


def _held(session: Session, pushes: Sequence[Push]) -> dict[int, BitMap]:
    """Of each push: whose delivery ended without anything being sent, for reasons of time or number."""
    rows = session.execute(
        select(Delivery.push_id, func.array_agg(Delivery.subscriber_id))
        .where(
            Delivery.month.in_({push.month for push in pushes}),
            Delivery.push_id.in_([push.id for push in pushes]),
            Delivery.state.in_((DeliveryState.SUPPRESSED, DeliveryState.EXPIRED)),
            Delivery.detail.in_((CAP_FULL, LATE)),
        )
        .group_by(Delivery.push_id)
    )
    return {push_id: BitMap(ids) for push_id, ids in rows}


def _sets(
    decided: _Decided, push: Push | None, held: BitMap | None, fresh: bool, soon: bool
) -> Iterator[tuple[Why, BitMap]]:
    """Who is concerned for which reason, the more telling reason first."""
    audience = BitMap.deserialize(push.audience) if push and push.audience else BitMap()
    if fresh:
        yield Why.CAPPED, decided.of(CAPPED)
        yield Why.HELD, held or BitMap()
        if push is None:
            yield Why.UNPUSHED, decided.acting(Act.PUSH)
        yield Why.ASK, decided.of(Code.RECOMMENDED_ASK)
    if soon:
        yield Why.DEADLINE, audience | decided.acting(Act.PUSH, Act.DIGEST)


def _apart(sets: Iterator[tuple[Why, BitMap]], seen: BitMap) -> Iterator[tuple[Why, BitMap]]:
    """The sets without whom an earlier one or `seen` holds; empty ones are left out."""
    taken = seen
    for why, members in sets:
        if left := members - taken:
            yield why, left
            taken = taken | left


def _rank(offer: Offer, why: Why, day: date) -> float:
    """As `matcher.decision` ranks; for a whole set at once, so a topic counts as for one who subscribed to it, except
    where the policy was recommended."""
    side = next(iter(offer.demand.sides), Side.ENTERPRISE)
    chance = unasked_chance(offer) if why is Why.ASK else max(offer.topics.values(), default=0.0)
    return rank(offer, chance, _OPENNESS[why], Side(side), day)


def reworded(
    candidates: Sequence[Candidate], words: Mapping[int, tuple[str, str]], without: set[int]
) -> list[Candidate]:
    """The candidates in the editor's words (policy → title, sentence), `without` those of dropped policies."""
    kept = [one for one in candidates if one.line.policy_id not in without]
    return [
        Candidate(_in_words(one.line, *words[one.line.policy_id]), one.rank, one.members)
        if one.line.policy_id in words
        else one
        for one in kept
    ]


def _in_words(line: Line, title: str, sentence: str) -> Line:
    return Line.from_json({**line.to_json(), "title": title, "sentence": sentence})
