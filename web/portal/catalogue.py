"""Which policies a list shows: what is new, what closes soon, what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ARRAY, BIGINT, ColumnElement, Select, and_, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from core.vocabulary.load import Vocabulary
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyKind, PolicyState, PolicyVersion
from policies.search.periods import find_period
from policies.search.stored import find
from policies.search.words import normal, terms_of

PAGE = 20
SOON = timedelta(days=45)
LONGEST_QUERY = 60
MOST_WORDS = 6
MOST = 2000
"""So many answers are looked at, whatever else is asked for."""
SHARE = 0.4
"""An answer this much worse than the best one is none."""


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
    """One page of a list and whether there is another. `in_text`: what was said stands in texts only."""

    rows: list[Row]
    more: bool
    in_text: bool = False


def split_words(query: str) -> tuple[str, ...]:
    """The words of a search box: parted by blanks and stops."""
    query = "".join(" " if letter in "，。；、,;《》“”" or not letter.isprintable() else letter for letter in query)
    return tuple(query[:LONGEST_QUERY].split()[:MOST_WORDS])


def list_policies(session: Session, wanted: Wanted, vocabulary: Vocabulary, today: date) -> Found:
    """The policies that fit all of `wanted`: by words the best answer first, else the newest.

    A day or month among the words is when a policy was published.
    """
    filters = _filters(wanted, vocabulary, today)
    periods = {word: period for word in wanted.words if (period := find_period(word))}
    filters += [Policy.published_date.between(*period) for period in periods.values()]
    said = [word for word in wanted.words if word not in periods]
    if not said:
        return _page(session, _newest_first(filters, wanted.page))
    found = _page(session, best_first(session, " ".join(said), filters, wanted.page, vocabulary))
    return Found(
        found.rows, found.more, in_text=bool(found.rows) and not any(_is_named(row, said) for row in found.rows)
    )


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


def _newest_first(conditions: list[ColumnElement[bool]], page: int) -> Select[int, int]:
    """The ids of one page and one more, with their places."""
    newest = (Policy.published_date.desc().nulls_last(), Policy.id.desc())
    chosen = select(Policy.id, Policy.published_date).where(*conditions).order_by(*newest)
    one = chosen.limit(PAGE + 1).offset((page - 1) * PAGE).subquery()
    order = (one.c.published_date.desc().nulls_last(), one.c.id.desc())
    return select(one.c.id, func.row_number().over(order_by=order).label("place"))


def best_first(
    session: Session,
    question: str,
    conditions: Sequence[ColumnElement[bool]],
    page: int,
    vocabulary: Vocabulary,
    size: int = PAGE,
) -> Select[int, int]:
    """The ids of one page of `size` and one more, with their places, of what answers a question.

    Only what does so at least `SHARE` as well as the best answer, the best first.
    """
    hits = find(session, terms_of(question, vocabulary), MOST)
    near = [hit.document for hit in hits if hit.score >= SHARE * hits[0].score]
    hit = func.unnest(literal(near, ARRAY(BIGINT))).table_valued("version", with_ordinality="place").render_derived()
    return (
        select(Policy.id, hit.c.place)
        .join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        .join(hit, hit.c.version == PolicyVersion.id)
        .where(*conditions, _newest(PolicyVersion))
        .order_by(hit.c.place)
        .limit(size + 1)
        .offset((page - 1) * size)
    )


def _page(session: Session, chosen: Select[int, int]) -> Found:
    # The page first, then its targetings: joined the other way round they are looked up for every policy that fits.
    wanted = chosen.subquery()
    shown = _confirmed().lateral()
    query = (
        select(Policy, shown.c.closes, shown.c.topics)
        .join(wanted, wanted.c.id == Policy.id)
        .outerjoin(shown, true())
        .order_by(wanted.c.place)
    )
    rows = [Row(policy, closes, topics or []) for policy, closes, topics in session.execute(query)]
    return Found(rows[:PAGE], len(rows) > PAGE)


def _is_named(row: Row, said: list[str]) -> bool:
    """Whether a word that was said stands in title, 文号 or agency."""
    heading = normal(f"{row.policy.title} {row.policy.doc_number} {row.policy.agency}")
    return any(normal(word) in heading for word in said)


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
