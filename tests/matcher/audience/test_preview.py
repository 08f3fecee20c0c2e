from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from pyroaring import BitMap

from core.vocabulary.load import load_vocabulary
from matcher.audience.building import build
from matcher.audience.index import Audience, Row, read_row
from matcher.audience.preview import count_nodes, near_misses, preview, sample
from matcher.criteria import All, parse_demand
from matcher.decision import Act, Code, Offer
from matcher.facets import Facets
from matcher.rules import judge_node, judge_region, judge_side, judge_types
from matcher.truth import Truth
from tests.matcher.strategies import CALM, worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)
TODAY = date(2026, 3, 1)
CONDITIONS = {
    "all": [
        {"field": "employees", "op": "ge", "value": 10},
        {"not": {"field": "ownership", "op": "in", "value": ["state"]}},
        {"any": [{"field": "listed", "op": "eq", "value": True}, {"field": "other", "op": "eq", "value": "x"}]},
    ]
}


def firm(number: int, **fields: Any) -> Row:
    channels = ["sms"] if number % 2 else []
    return Row(number, "enterprise", {"region": "330302", "listed": True, **fields}, ["E0404"], False, channels)


@pytest.fixture
def audience() -> Audience:
    return build(
        [
            firm(1, employees=50, ownership="private"),
            firm(2, employees=50, ownership="private", region="330106"),
            firm(3, employees=5, ownership="private"),
            firm(4, employees=5, ownership="state"),
            firm(5, employees=50, ownership="state"),
            firm(6, region="110108", employees=50, ownership="private"),
            firm(7, ownership="private"),
        ],
        FACETS,
    )


def test_what_staff_see(audience: Audience) -> None:
    demand = parse_demand({"region": "330000", "sides": ["enterprise"], "conditions": CONDITIONS}, VOCABULARY)
    found = preview(audience, Offer(demand, {"E0404": 1.0}), TODAY, audience.slots_of([2, 6]))
    assert found.codes == {Code.NOT_FITTING: 4, Code.SUBSCRIBED_FITS: 2, Code.SUBSCRIBED_ASK: 1}
    assert found.acts == {Act.PUSH: 3, Act.DIGEST: 0, Act.NONE: 4}
    assert found.candidates == 7
    assert found.regions == {"330300": 2, "330100": 1}
    assert found.types == {"ET02": 3}
    assert (found.channels, found.unreachable, found.overlap) == ({"sms": 2}, 1, 1)
    assert found.sample == [1, 2, 7]
    assert [(n.path, n.yes, n.no, n.unknown, n.only) for n in found.nodes] == [
        ("conditions", 2, 3, 1, None),
        ("conditions.all[0]", 3, 2, 1, 1),
        ("conditions.all[1]", 4, 2, 0, 1),
        ("conditions.all[1].not", 2, 4, 0, None),
        ("conditions.all[2]", 6, 0, 0, 0),
        ("conditions.all[2].any[0]", 6, 0, 0, None),
        ("conditions.all[2].any[1]", 0, 0, 6, None),
    ]
    assert [(n.path, n.nearly) for n in found.nodes if n.nearly] == [
        ("conditions.all[0]", [3]),
        ("conditions.all[1]", [5]),
    ]


def test_a_policy_for_a_district_counts_the_district(audience: Audience) -> None:
    offer = Offer(parse_demand({"region": "330302"}, VOCABULARY), {"E0404": 1.0})
    assert preview(audience, offer, TODAY, BitMap()).regions == {"330302": 5}


def test_a_long_tree_is_counted_as_far_as_it_is_read(audience: Audience) -> None:
    demand = parse_demand({"conditions": {"any": [CONDITIONS["all"][0]] * 300}}, VOCABULARY)
    assert len(count_nodes(audience, demand, BitMap())) == 200
    assert near_misses(audience, demand) == []


def test_a_sample_is_spread_and_stable(audience: Audience) -> None:
    assert sample(audience, audience.everyone, 3) == [1, 3, 5]
    assert sample(audience, BitMap()) == []


@settings(CALM, max_examples=50)
@given(worlds())
def test_near_misses_fail_one_part_and_no_other(world: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    rows = [Row(number, profile["kind"], profile) for number, profile in enumerate(world[1])]
    everybody = build(rows, FACETS)
    for one in world[0]:
        demand = parse_demand(one, VOCABULARY)
        if not isinstance(demand.conditions, All):
            continue
        expected: list[set[int]] = [set() for _ in demand.conditions.children]
        for row in rows:
            who = read_row(row, FACETS)
            frame = (judge_side(demand, who), judge_types(demand, who), judge_region(demand, who))
            failed = [at for at, part in enumerate(demand.conditions.children) if judge_node(part, who) is Truth.NO]
            if Truth.NO not in frame and len(failed) == 1:
                expected[failed[0]].add(row.id)
        assert [set(everybody.ids_of(missed).tolist()) for missed in near_misses(everybody, demand)] == expected
