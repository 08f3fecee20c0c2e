from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant
from matcher.criteria import parse_demand
from matcher.decision import ACTS, LABELS, Act, Code, Decision, Interest, Offer, Wish, decide_now
from matcher.facets import Facets
from tests.matcher.strategies import CALM, TOPICS, demands, profiles

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)
TODAY = date(2026, 3, 1)
DEMAND = {
    "region": "330000",
    "types": ["ET06"],
    "conditions": {
        "all": [{"field": "employees", "op": "ge", "value": 10}, {"field": "other", "op": "eq", "value": "x"}]
    },
}
FIRM = {"kind": "enterprise", "region": "330302", "qualification": ["高企"], "employees": 50}


def decided(
    topics: set[str] = frozenset(),  # type: ignore[assignment]  # a set of none
    *,
    recommend: bool = False,
    profile: dict[str, Any] | None = None,
    demand: dict[str, Any] | None = None,
    closes: date | None = None,
) -> Decision:
    offer = Offer(parse_demand({**DEMAND, **(demand or {})}, VOCABULARY), {"E0404": 0.9, "E0403": 0.6}, None, closes)
    applicant = read_applicant({**FIRM, **(profile or {})}, FACETS)
    return decide_now(offer, Wish(frozenset(topics), recommend), applicant, TODAY)


@pytest.mark.parametrize(
    ("case", "act", "code"),
    [
        ({"topics": {"E0404"}}, Act.PUSH, Code.SUBSCRIBED_CHECK),
        ({"topics": {"E0404"}, "demand": {"conditions": None}}, Act.PUSH, Code.SUBSCRIBED_FITS),
        ({"topics": {"E0404"}, "profile": {"employees": None}}, Act.PUSH, Code.SUBSCRIBED_ASK),
        ({"topics": {"E0404"}, "profile": {"employees": 1}}, Act.NONE, Code.NOT_FITTING),
        ({"topics": {"E0404"}, "profile": {"region": "110108"}}, Act.NONE, Code.NOT_FITTING),
        ({"topics": {"E0404"}, "profile": {"region": None}}, Act.NONE, Code.PLACE_UNKNOWN),
        ({"topics": {"E0101"}}, Act.NONE, Code.NO_INTEREST),
        ({"recommend": True}, Act.PUSH, Code.RECOMMENDED_CHECK),
        ({"recommend": True, "demand": {"conditions": None}}, Act.PUSH, Code.RECOMMENDED_FITS),
        ({"recommend": True, "profile": {"employees": None}}, Act.DIGEST, Code.RECOMMENDED_ASK),
        ({"recommend": True, "profile": {"qualification": None}}, Act.DIGEST, Code.RECOMMENDED_ASK),
        ({"recommend": True, "profile": {"qualification": None, "employees": None}}, Act.NONE, Code.NO_INTEREST),
        ({"recommend": True, "demand": {"types": []}}, Act.PUSH, Code.RECOMMENDED_CHECK),
        ({"recommend": True, "demand": {"types": [], "conditions": None}}, Act.NONE, Code.NO_INTEREST),
        ({"topics": {"E0404"}, "closes": date(2026, 2, 28)}, Act.NONE, Code.CLOSED),
        ({"topics": {"E0404"}, "closes": TODAY}, Act.PUSH, Code.SUBSCRIBED_CHECK),
    ],
)
def test_what_is_done_and_why(case: dict[str, Any], act: Act, code: Code) -> None:
    found = decided(**case)
    assert (found.act, found.code) == (act, code)
    assert LABELS[code]


def test_a_condition_that_everyone_meets_recommends_nothing() -> None:
    everyone = {"all": [{"field": "region", "op": "in", "value": ["330000"]}]}
    assert decided(recommend=True, demand={"types": [], "conditions": everyone}).interest is Interest.NONE


def test_rank_rises_with_topic_certainty_specificity_and_urgency() -> None:
    plain = decided({"E0403"}).rank
    assert decided({"E0404"}).rank > plain
    assert decided({"E0403"}, demand={"conditions": {"all": [DEMAND["conditions"]["all"][0]]}}).rank > plain  # type: ignore[index]  # the tree above
    assert decided({"E0403"}, demand={"region": "330302"}).rank > plain
    assert decided({"E0403"}, demand={"types": []}).rank < plain
    assert decided(recommend=True).rank < plain
    assert decided({"E0101"}).rank == 0
    later = [decided({"E0403"}, closes=day).rank for day in (date(2026, 3, 4), date(2026, 3, 15), date(2026, 3, 31))]
    assert [*later, plain] == sorted([*later, plain], reverse=True)
    assert len({*later, plain}) == 4


@CALM
@given(demands(), profiles(), st.sets(st.sampled_from(TOPICS)), st.booleans())
def test_nobody_gets_what_they_neither_want_nor_fit(
    demand: dict[str, Any], profile: dict[str, Any], topics: set[str], recommend: bool
) -> None:
    offer = Offer(parse_demand(demand, VOCABULARY), {"E0403": 1.0})
    found = decide_now(offer, Wish(frozenset(topics), recommend), read_applicant(profile, FACETS), TODAY)
    assert found.act is ACTS[found.code]
    assert 0 <= found.rank <= 1
    if found.act is not Act.NONE:
        assert found.verdict.verdict.word != "no"
        assert "E0403" in topics or recommend
    if found.act is Act.PUSH and "E0403" not in topics:
        assert found.verdict.favourable.word == "yes"
