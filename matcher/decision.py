"""What to do with one policy for one subscriber: push now, keep for the digest, or leave; and how much it matters.

Pure: knows no database, no classifier, no clock. Every answer carries the code of its reason, which is what the ledger
stores and what "why did I (not) get this" shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.vocabulary.codes import region_prefix
from core.vocabulary.fields import Kind, Side
from matcher.applicant import Applicant
from matcher.criteria import Atom, Demand, list_atoms
from matcher.rules import Verdict, judge, judge_region, judge_types, own_types
from matcher.truth import Truth

_GENERAL = frozenset({"region", "tax_region", "residence_region", "hukou_region", "credit_clean", "legal_person"})
"""Fields whose conditions nearly everyone of a place meets: meeting them says nothing of one's interest."""


class Interest(StrEnum):
    SUBSCRIBED = "subscribed"
    RECOMMENDED = "recommended"
    NONE = "none"


class Act(StrEnum):
    PUSH = "push"
    DIGEST = "digest"
    NONE = "none"


class Code(StrEnum):
    """Why. The part before the first `_` is the interest where there is one; `check` stands for open clauses."""

    SUBSCRIBED_FITS = "subscribed_fits"
    SUBSCRIBED_CHECK = "subscribed_check"
    SUBSCRIBED_ASK = "subscribed_ask"
    RECOMMENDED_FITS = "recommended_fits"
    RECOMMENDED_CHECK = "recommended_check"
    RECOMMENDED_ASK = "recommended_ask"
    CLOSED = "closed"
    NOT_FITTING = "not_fitting"
    PLACE_UNKNOWN = "place_unknown"
    NO_INTEREST = "no_interest"


ACTS: dict[Code, Act] = {
    Code.SUBSCRIBED_FITS: Act.PUSH,
    Code.SUBSCRIBED_CHECK: Act.PUSH,
    Code.SUBSCRIBED_ASK: Act.PUSH,
    Code.RECOMMENDED_FITS: Act.PUSH,
    Code.RECOMMENDED_CHECK: Act.PUSH,
    Code.RECOMMENDED_ASK: Act.DIGEST,
    Code.CLOSED: Act.NONE,
    Code.NOT_FITTING: Act.NONE,
    Code.PLACE_UNKNOWN: Act.NONE,
    Code.NO_INTEREST: Act.NONE,
}
LABELS: dict[Code, str] = {
    Code.SUBSCRIBED_FITS: "您订阅了该主题，且符合条件",
    Code.SUBSCRIBED_CHECK: "您订阅了该主题，基本符合，其余请自行核对",
    Code.SUBSCRIBED_ASK: "您订阅了该主题，还缺少信息才能判断是否符合",
    Code.RECOMMENDED_FITS: "政策面向您所属的类型或您具备的条件，且您符合",
    Code.RECOMMENDED_CHECK: "政策面向您所属的类型或您具备的条件，基本符合，其余请自行核对",
    Code.RECOMMENDED_ASK: "政策可能适合您，信息不足，收入月报",
    Code.CLOSED: "申报已截止",
    Code.NOT_FITTING: "不符合条件",
    Code.PLACE_UNKNOWN: "所在地未填写或不够具体，无法判断是否在政策适用地区",
    Code.NO_INTEREST: "未订阅相关主题，也不属于推荐范围",
}

SUBSCRIBED = (Code.SUBSCRIBED_FITS, Code.SUBSCRIBED_CHECK, Code.SUBSCRIBED_ASK)
RECOMMENDED = (Code.RECOMMENDED_FITS, Code.RECOMMENDED_CHECK, Code.RECOMMENDED_ASK)
"""In the order of openness: fits, fits but for clauses to check, something is missing."""
_CERTAINTY = (1.0, 0.7, 0.4)


@dataclass(frozen=True, slots=True)
class Offer:
    """A confirmed targeting as it is decided on. `topics` maps code to probability (1 where a person confirmed it)."""

    demand: Demand
    topics: Mapping[str, float]
    opens: date | None = None
    closes: date | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber asked for: topics, and whether personalised recommendation is allowed."""

    topics: frozenset[str]
    recommend: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`rank` is 0 to 1: which of several pushes of a day comes first."""

    act: Act
    code: Code
    interest: Interest
    rank: float
    verdict: Verdict


def decide_now(offer: Offer, wish: Wish, applicant: Applicant, today: date) -> Decision:
    """What to do now; `today` is the calendar day in China."""
    verdict = judge(offer.demand, applicant)
    interest = find_interest(offer, wish, applicant, verdict)
    code = _code(offer, applicant, verdict, interest, today)
    rank = rank_of(offer, wish, applicant, verdict, today) if ACTS[code] is not Act.NONE else 0.0
    return Decision(ACTS[code], code, interest, rank, verdict)


def find_interest(offer: Offer, wish: Wish, applicant: Applicant, verdict: Verdict) -> Interest:
    """Subscribed to one of its topics; else, where allowed, recommended for a type or a specific condition met."""
    if not wish.topics.isdisjoint(offer.topics):
        return Interest.SUBSCRIBED
    if not wish.recommend:
        return Interest.NONE
    aimed = bool(own_types(offer.demand, applicant.side)) and judge_types(offer.demand, applicant) is Truth.YES
    meets = any(f.truth is Truth.YES and f.atom is not None and is_specific(f.atom) for f in verdict.findings)
    return Interest.RECOMMENDED if aimed or meets else Interest.NONE


def is_specific(atom: Atom) -> bool:
    """Whether meeting this condition says that the policy is meant for the applicant in particular."""
    return atom.kind is not Kind.OPEN and atom.field not in _GENERAL


def is_closed(offer: Offer, today: date) -> bool:
    return offer.closes is not None and offer.closes < today


def _code(offer: Offer, applicant: Applicant, verdict: Verdict, interest: Interest, today: date) -> Code:
    if is_closed(offer, today):
        return Code.CLOSED
    if verdict.verdict is Truth.NO:
        return Code.NOT_FITTING
    if interest is Interest.NONE:
        return Code.NO_INTEREST
    if judge_region(offer.demand, applicant) is not Truth.YES:
        return Code.PLACE_UNKNOWN
    return (SUBSCRIBED if interest is Interest.SUBSCRIBED else RECOMMENDED)[_openness(verdict)]


def _openness(verdict: Verdict) -> int:
    """0 fits, 1 fits but for clauses to check, 2 something is missing."""
    if verdict.verdict is Truth.YES:
        return 0
    return 1 if verdict.favourable is Truth.YES else 2


def rank_of(offer: Offer, wish: Wish, applicant: Applicant, verdict: Verdict, today: date) -> float:
    """0 to 1, from topic probability, certainty of the verdict, specificity of the policy and urgency of its window."""
    mine = [chance for topic, chance in offer.topics.items() if topic in wish.topics]
    return rank(offer, max(mine, default=unasked_chance(offer)), _openness(verdict), applicant.side, today)


def rank(offer: Offer, chance: float, openness: int, side: Side, today: date) -> float:
    """The same from its parts. `openness`: 0 fits, 1 fits but for clauses to check, 2 something is missing."""
    narrow, urgent = specificity(offer, side), urgency(offer, today)
    return round(0.35 * chance + 0.3 * _CERTAINTY[openness] + 0.2 * narrow + 0.15 * urgent, 6)


def unasked_chance(offer: Offer) -> float:
    """What the topic counts for one who didn't subscribe to it."""
    return 0.5 * max(offer.topics.values(), default=0.0)


def specificity(offer: Offer, side: Side) -> float:
    """0 to 1: how narrow the policy is for a side, by its place, its types and its specific conditions."""
    place = len(region_prefix(offer.demand.region or "000000")) / 6
    typed = 1.0 if own_types(offer.demand, side) else 0.0
    conditions = sum(is_specific(atom) for atom in list_atoms(offer.demand.conditions))
    return (place + typed + conditions / (1 + conditions)) / 3


def urgency(offer: Offer, today: date) -> float:
    """1 in the last three days of the window, 0.7 in the last fourteen, 0.4 in the last thirty, else 0.2."""
    if offer.closes is None:
        return 0.2
    left = (offer.closes - today).days
    return 1.0 if left <= 3 else 0.7 if left <= 14 else 0.4 if left <= 30 else 0.2
