from typing import Any

from hypothesis import given, settings

from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant
from matcher.audience.shelf import Shelf
from matcher.criteria import parse_demand
from matcher.facets import Facets
from matcher.rules import decide
from matcher.truth import Truth
from tests.matcher.strategies import worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


@settings(max_examples=200)
@given(worlds())
def test_all_policies_at_once_say_what_each_says(world: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    demands = {7 * number: parse_demand(one, VOCABULARY) for number, one in enumerate(world[0])}
    shelf = Shelf(demands)
    for profile in world[1]:
        applicant = read_applicant(profile, FACETS)
        judged = shelf.judge(applicant)
        found = {
            int(policy): (Truth(strict), Truth(favourable))
            for policy, strict, favourable in zip(judged.policies, judged.verdicts, judged.favourable, strict=True)
        }
        assert found == {number: decide(demand, applicant) for number, demand in demands.items()}


def test_an_empty_shelf_offers_nothing() -> None:
    assert Shelf({}).judge(read_applicant({"kind": "individual"}, FACETS)).policies.tolist() == []
