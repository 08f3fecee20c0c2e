"""Decisions for everybody against decisions one by one."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.vocabulary.load import load_vocabulary
from matcher.audience.building import build
from matcher.audience.deciding import decide_all, rank_all
from matcher.audience.index import Row, read_row
from matcher.criteria import parse_demand
from matcher.decision import Act, Code, Offer, Wish, decide_now
from matcher.facets import Facets
from tests.matcher.strategies import CALM, TOPICS, demands, profiles, worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)
TODAY = date(2026, 3, 1)

wishes = st.tuples(st.lists(st.sampled_from(TOPICS), unique=True), st.booleans())
offered = st.dictionaries(st.sampled_from(TOPICS), st.sampled_from([0.4, 0.8, 1.0]), max_size=2)
closing = st.sampled_from([None, None, date(2026, 2, 28), TODAY, date(2026, 3, 10)])


@settings(CALM, max_examples=50)
@given(worlds(), st.lists(wishes, min_size=20, max_size=20), offered, closing)
def test_all_at_once_and_one_by_one_are_the_same(
    world: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    wanted: list[tuple[list[str], bool]],
    topics: dict[str, float],
    closes: date | None,
) -> None:
    asked, several = world
    rows = [
        Row(number, profile["kind"], profile, wanted[number][0], wanted[number][1])
        for number, profile in enumerate(several)
    ]
    audience = build(rows, FACETS)
    for one in asked:
        offer = Offer(parse_demand(one, VOCABULARY), topics, None, closes)
        decided = decide_all(audience, offer, TODAY)
        expected = {
            row.id: decide_now(offer, Wish(frozenset(row.topics), row.recommend), read_row(row, FACETS), TODAY)
            for row in rows
            if row.recommend or set(row.topics) & set(topics)
        }
        groups = {int(i): code for code, members in decided.groups.items() for i in audience.ids_of(members)}
        assert groups == {number: decision.code for number, decision in expected.items()}
        for act in Act:
            ids, ranks = rank_all(audience, offer, decided, act, TODAY)
            ranked = dict(zip(ids.tolist(), ranks.tolist(), strict=True))
            assert ranked == {n: d.rank for n, d in expected.items() if d.act is act is not Act.NONE}
            assert sorted(audience.ids_of(decided.members(act)).tolist()) == sorted(
                n for n, d in expected.items() if d.act is act
            )


@CALM
@given(demands(), profiles())
def test_who_wants_nothing_is_no_candidate(demand: dict[str, Any], profile: dict[str, Any]) -> None:
    audience = build([Row(1, profile["kind"], profile, ["E0101"])], FACETS)
    offer = Offer(parse_demand(demand, VOCABULARY), {"E0403": 1.0})
    assert decide_all(audience, offer, TODAY).groups == {}


def test_a_single_decision_is_told_by_its_reason() -> None:
    audience = build([Row(7, "enterprise", {"employees": 5}, ["E0403"])], FACETS)
    offer = Offer(parse_demand({}, VOCABULARY), {"E0403": 1.0})
    decided = decide_all(audience, offer, TODAY)
    assert audience.ids_of(decided.groups[Code.SUBSCRIBED_FITS]).tolist() == [7]
