from cProfile import Profile
from datetime import date
from itertools import islice
from pstats import Stats
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.match_people import Population
from bench.match_policies import make_policies
from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant
from matcher.audience.best import iterate_best
from matcher.audience.index import read_row
from matcher.audience.shelf import Shelf
from matcher.criteria import parse_demand
from matcher.decision import Act, Offer, Wish, decide_now
from matcher.facets import Facets
from tests.matcher.strategies import CALM, TOPICS, worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)
TODAY = date(2026, 3, 1)

wishes = st.builds(Wish, st.frozensets(st.sampled_from(TOPICS)), st.booleans())
offered = st.dictionaries(st.sampled_from(TOPICS), st.sampled_from([0.4, 0.8, 1.0]), max_size=2)
closing = st.sampled_from([None, date(2026, 2, 28), date(2026, 3, 2), date(2026, 3, 30)])


def shelf_of(offers: dict[int, Offer]) -> Shelf:
    return Shelf({number: offer.demand for number, offer in offers.items()})


@settings(CALM, max_examples=60)
@given(worlds(), wishes, st.lists(st.tuples(offered, closing), min_size=20, max_size=20))
def test_those_to_be_pushed_come_by_rank(
    world: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    wish: Wish,
    terms: list[tuple[dict[str, float], date | None]],
) -> None:
    offers = {
        5 * at: Offer(parse_demand(one, VOCABULARY), topics, None, closes)
        for at, (one, (topics, closes)) in enumerate(zip(world[0], terms, strict=False))
    }
    shelf = shelf_of(offers)
    for profile in world[1]:
        applicant = read_applicant(profile, FACETS, sized=True)
        decided = {number: decide_now(offer, wish, applicant, TODAY) for number, offer in offers.items()}
        pushed = [(number, decision) for number, decision in decided.items() if decision.act is Act.PUSH]
        expected = sorted(pushed, key=lambda one: (-one[1].rank, one[0]))
        assert list(iterate_best(shelf, offers, wish, applicant, TODAY)) == expected


def test_the_ten_best_of_thousands_take_a_few_steps_for_each() -> None:
    count = 4_000
    offers = {
        number: Offer(policy.demand, dict.fromkeys(policy.topics, 1.0))
        for number, policy in enumerate(make_policies(VOCABULARY, count))
    }
    shelf, steps = shelf_of(offers), []
    for row in Population(VOCABULARY, seed=5).rows(20):
        applicant, wish, profile = read_row(row, FACETS), Wish(frozenset(row.topics), row.recommend), Profile()
        profile.runcall(list, islice(iterate_best(shelf, offers, wish, applicant, TODAY), 10))
        steps.append(Stats(profile).total_calls)  # type: ignore[attr-defined]  # set by Stats, missing in typeshed
    assert max(steps) < 4 * count  # deciding on each by itself takes more than a hundred
