"""The index against the rules: whoever is asked, both must say the same of everybody."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from core.vocabulary.load import load_vocabulary
from matcher.audience.building import build
from matcher.audience.index import Audience, Row, read_row
from matcher.audience.matching import Match, match
from matcher.criteria import Demand, parse_demand
from matcher.facets import Facets
from matcher.rules import decide
from matcher.truth import Truth
from tests.matcher.strategies import CALM, demands, profiles, worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


def row(number: int, profile: dict[str, Any]) -> Row:
    return Row(number, profile["kind"], profile)


def rows(several: list[dict[str, Any]]) -> list[Row]:
    return [row(number, profile) for number, profile in enumerate(several)]


def expected(demand: Demand, everybody: dict[int, Row]) -> dict[int, tuple[Truth, Truth]]:
    return {number: decide(demand, read_row(one, FACETS)) for number, one in everybody.items()}


def answered(audience: Audience, found: Match) -> dict[int, tuple[Truth, Truth]]:
    def truth(slot: int, yes: BitMap, no: BitMap) -> Truth:
        assert not (slot in yes and slot in no)
        return Truth.YES if slot in yes else Truth.NO if slot in no else Truth.UNKNOWN

    for members in (found.yes, found.no, found.favourable_yes, found.favourable_no):
        assert members <= audience.everyone
    return {
        int(audience.ids[slot]): (
            truth(slot, found.yes, found.no),
            truth(slot, found.favourable_yes, found.favourable_no),
        )
        for slot in audience.everyone
    }


@settings(CALM, max_examples=120)
@given(worlds())
def test_index_and_rules_agree_on_everybody(world: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    asked, several = world
    everybody = rows(several)
    audience = build(everybody, FACETS)
    for one in asked:
        demand = parse_demand(one, VOCABULARY)
        assert answered(audience, match(audience, demand)) == expected(demand, dict(enumerate(everybody)))


changes = st.lists(st.tuples(st.integers(0, 8), st.one_of(st.none(), profiles())), max_size=25)


@CALM
@given(st.lists(demands(), min_size=1, max_size=4), st.lists(profiles(), max_size=6), changes)
def test_they_agree_after_any_changes(
    asked: list[dict[str, Any]],
    several: list[dict[str, Any]],
    changed: list[tuple[int, dict[str, Any] | None]],
) -> None:
    everybody = dict(enumerate(rows(several)))
    audience = build(everybody.values(), FACETS)
    for number, profile in changed:
        if profile is None:
            audience.remove([number])
            everybody.pop(number, None)
        else:
            everybody[number] = row(number, profile)
            audience.put(everybody[number], FACETS)
    for one in asked:
        demand = parse_demand(one, VOCABULARY)
        assert answered(audience, match(audience, demand)) == expected(demand, everybody)
