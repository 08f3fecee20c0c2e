from typing import Any

from hypothesis import given, settings

from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant
from matcher.audience.shelf import Question, Shelf
from matcher.criteria import parse_demand
from matcher.facets import Facets
from matcher.rules import decide
from matcher.truth import Truth
from tests.matcher.strategies import CALM, worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


@settings(CALM, max_examples=80)
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


def test_the_question_that_settles_most_comes_first() -> None:
    def asking(*fields: str) -> dict[str, Any]:
        return {"conditions": {"all": [{"field": field, "op": "ge", "value": 10} for field in fields]}}

    lines = [asking("tax_wan"), asking("tax_wan", "employees"), asking("tax_wan", "employees"), asking("employees")]
    lines += [asking("tax_wan"), asking("revenue_wan"), {"sides": ["individual"]}, {"types": ["ET01"]}]
    shelf = Shelf({number: parse_demand(line, VOCABULARY) for number, line in enumerate(lines)})
    applicant = read_applicant({"kind": "enterprise", "revenue_wan": 5}, FACETS)
    questions = shelf.questions(applicant, shelf.judge(applicant))
    assert questions == [Question("tax_wan", 2, 4), Question("employees", 1, 3), Question("types", 1, 1)]
    assert shelf.questions(applicant, shelf.judge(applicant), most=1) == [Question("tax_wan", 1, 1)]
