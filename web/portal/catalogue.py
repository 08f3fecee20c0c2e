"""Which policies a list shows: what is new, what closes soon, what was asked for."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core.vocabulary.load import Vocabulary
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyKind, PolicyState, PolicyVersion

PAGE = 20
SOON = timedelta(days=45)
LONGEST_QUERY = 60
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """A policy in a list, with what its confirmed targeting says of it."""

    policy: Policy
    closes: date | None
    topics: list[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty asks for nothing. `open_only`: an application may still be made."""

    words: tuple[str, ...] = ()
    topic: str = ""
    type: str = ""
    region: str = ""
    kind: str = ""
    open_only: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list and whether there is another. `in_text`: the words stood in no title, but in texts."""

    rows: list[Row]
    more: bool
    in_text: bool = False


def split_words(query: str) -> tuple[str, ...]:
    """The words of a search box: parted by blanks and stops."""
    query = "".join(" " if letter in "，。；、,;《》“”" or not letter.isprintable() else letter for letter in query)
    return tuple(query[:LONGEST_QUERY].split()[:MOST_WORDS])


def list_policies(session: Session, wanted: Wanted, vocabulary: Vocabulary, today: date) -> Found:
    """The policies that fit all of `wanted`, newest first. Words are sought in title, 文号, agency, then in texts."""
    filters = _filters(wanted, vocabulary, today)
    in_title = [_stands_in(word, Policy.title, Policy.doc_number, Policy.agency) for word in wanted.words]
    found = _page(session, [*filters, *in_title], wanted.page)
    if found.rows or not wanted.words or wanted.page > 1:
        return found
    in_text = [_stands_in_text(word) for word in wanted.words]
    found = _page(session, [*filters, *in_text], wanted.page)
    return Found(found.rows, found.more, in_text=bool(found.rows))


def list_closing(session: Session, today: date, limit: int) -> list[Row]:
    """What can still be applied for and closes first."""
    query = (
        select(Policy, Targeting.closes, Targeting.topics)
        .join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        .join(Targeting, Targeting.version_id == PolicyVersion.id)
        .where(
            Targeting.state == TargetingState.CONFIRMED,
            Targeting.pushable,
            Targeting.closes.between(today, today + SOON),
            Policy.state.not_in([PolicyState.REPEALED, PolicyState.EXPIRED]),
            Policy.kind != PolicyKind.INTERPRETATION,  # it has the window of the policy that it explains
            _newest(PolicyVersion),
        )
        .order_by(Targeting.closes, Policy.id)
        .limit(limit)
    )
    return [Row(*row) for row in session.execute(query)]


def _page(session: Session, conditions: list[ColumnElement[bool]], page: int) -> Found:
    newest_first = (Policy.published_date.desc().nulls_last(), Policy.id.desc())
    # The page first, then its targetings: joined the other way round they are looked up for every policy that fits.
    chosen = select(Policy.id).where(*conditions).order_by(*newest_first).limit(PAGE + 1).offset((page - 1) * PAGE)
    wanted = chosen.subquery()
    shown = _confirmed().lateral()
    query = (
        select(Policy, shown.c.closes, shown.c.topics)
        .join(wanted, wanted.c.id == Policy.id)
        .outerjoin(shown, true())
        .order_by(*newest_first)
    )
    rows = [Row(policy, closes, topics or []) for policy, closes, topics in session.execute(query)]
    return Found(rows[:PAGE], len(rows) > PAGE)


def _confirmed() -> Select[date | None, list[str]]:
    """The confirmed targeting of a policy's newest version that has one."""
    return (
        select(Targeting.closes, Targeting.topics)
        .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .where(PolicyVersion.policy_id == Policy.id, Targeting.state == TargetingState.CONFIRMED)
        .order_by(PolicyVersion.number.desc())
        .limit(1)
    )


def _filters(wanted: Wanted, vocabulary: Vocabulary, today: date) -> list[ColumnElement[bool]]:
    of_targeting: list[ColumnElement[bool]] = []
    if wanted.topic:
        of_targeting.append(Targeting.topics.contains([wanted.topic]))
    if wanted.type:
        of_targeting.append(Targeting.types.contains([wanted.type]))
    if wanted.region:
        of_targeting.append(Targeting.region.in_(_places_above(wanted.region, vocabulary)))
    if wanted.open_only:
        of_targeting.append(and_(Targeting.closes >= today, or_(Targeting.opens.is_(None), Targeting.opens <= today)))
    filters = [Policy.kind == wanted.kind] if wanted.kind else []
    if of_targeting:
        targeted = (
            select(PolicyVersion.policy_id)
            .join(Targeting, Targeting.version_id == PolicyVersion.id)
            .where(Targeting.state == TargetingState.CONFIRMED, *of_targeting)
        )
        filters.append(Policy.id.in_(targeted))
    return filters


def _places_above(region: str, vocabulary: Vocabulary) -> list[str]:
    """`region` and every place that it lies in: whose policies hold there."""
    places = ["000000"]
    while region in vocabulary.regions and region != "000000":
        places.append(region)
        region = vocabulary.regions[region].parent
    return places


def _newest(version: type[PolicyVersion]) -> ColumnElement[bool]:
    later = aliased(PolicyVersion)
    return ~select(later.id).where(later.policy_id == version.policy_id, later.number > version.number).exists()


def _stands_in(word: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _stands_in_text(word: str) -> ColumnElement[bool]:
    version = aliased(PolicyVersion)
    holds = version.text.icontains(word, autoescape=True)
    return or_(
        Policy.title.icontains(word, autoescape=True),
        select(version.id).where(version.policy_id == Policy.id, holds, _newest(version)).exists(),
    )
