"""The lines of a message that say why: what is met, what to look at oneself, what is missing."""

from typing import Any

from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant
from matcher.criteria import parse_demand
from matcher.facets import Facets
from matcher.rules import judge
from matcher.why import Why, explain_push

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


def atom(field: str, op: str, value: Any, quote: str = "") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, "quote": quote}


def why(conditions: dict[str, Any], profile: dict[str, Any], topics: tuple[str, ...] = (), **demand: Any) -> Why:
    wanted = parse_demand({"sides": [profile["kind"]], "conditions": conditions} | demand, VOCABULARY)
    applicant = read_applicant(profile, FACETS)
    return explain_push(wanted, applicant, judge(wanted, applicant), topics, VOCABULARY)


WORKER = {"kind": "individual", "residence_region": "110108", "social_insurance_months": 116}


def test_what_is_met_is_said_with_ones_own_value() -> None:
    told = why(atom("social_insurance_months", "ge", 12), WORKER, ("P0301",), region="110000")
    assert told.reasons == [
        f"您订阅了“{VOCABULARY.topics['P0301'].name}”",
        "适用于北京市，您在北京市海淀区",
        "您的社保缴纳月数：116 个月（要求：社保缴纳月数不低于 12 个月）",
    ]


def test_one_datum_is_said_once() -> None:
    both = {"any": [atom("social_insurance_months", "ge", 12), atom("social_insurance_months", "ge", 3)]}
    assert why(both, WORKER).reasons == ["您的社保缴纳月数：116 个月（要求：社保缴纳月数不低于 12 个月）"]


def test_what_the_law_calls_sensitive_is_not_spelled_out() -> None:
    told = why(atom("disabled", "eq", True), {**WORKER, "disabled": True})
    assert told.reasons == ["您的情况符合政策要求的身份条件（详情请点开查看）"]


def test_a_clause_that_no_profile_settles_is_to_be_looked_at() -> None:
    told = why({"all": [atom("other", "eq", "首次申领", "首次申领的职工")]}, WORKER)
    assert (told.open_conditions, told.question) == (["首次申领的职工"], "")


def test_a_clause_on_firms_is_not_for_a_person_to_check() -> None:
    clauses = {
        "all": [atom("other", "eq", w, w) for w in ("30人（含）以下的参保企业", "参加失业保险的职工", "首次申领")]
    }
    both = why(clauses, WORKER, sides=["enterprise", "individual"])
    assert both.open_conditions == ["参加失业保险的职工", "首次申领"]
    firm = why(clauses, {"kind": "enterprise"}, sides=["enterprise", "individual"])
    assert firm.open_conditions == ["30人（含）以下的参保企业", "首次申领"]
    assert len(why(clauses, WORKER).open_conditions) == 3  # a policy for persons alone speaks of them


def test_the_datum_that_is_missing_is_asked_for() -> None:
    assert why(atom("education", "ge", "bachelor"), WORKER).question == "您的学历"
