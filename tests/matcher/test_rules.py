from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary.fields import Side
from core.vocabulary.load import load_vocabulary
from matcher.applicant import Applicant, read_applicant
from matcher.criteria import AnyOf, Not, list_atoms, parse_criteria, parse_demand
from matcher.facets import Facets
from matcher.rules import decide, judge, judge_atom, judge_node, open_fields
from matcher.truth import Truth, all_of, any_of, negate, truth_of
from tests.matcher.strategies import CALM, FIELDS, TYPES, atoms, demands, profiles, trees

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)
YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def applicant(**fields: Any) -> Applicant:
    return read_applicant({"kind": "enterprise", **fields}, FACETS)


def verdict(demand: dict[str, Any], profile: dict[str, Any]) -> tuple[str, str]:
    strict, favourable = decide(parse_demand(demand, VOCABULARY), read_applicant(profile, FACETS))
    return strict.word, favourable.word


@pytest.mark.parametrize(
    ("field", "op", "value", "mine", "expected"),
    [
        # an absent or null field is unknown, whatever is asked of it
        ("employees", "ge", 10, None, UNKNOWN),
        ("region", "in", ["000000"], None, UNKNOWN),
        ("size", "not_in", [], None, UNKNOWN),
        ("other", "eq", "无事故", None, UNKNOWN),
        # an empty list is a value: nothing of it satisfies
        ("qualification", "in", ["高企"], [], NO),
        ("qualification", "not_in", ["高企"], [], YES),
        ("child_age", "le", 3, [], NO),
        ("region", "in", ["000000"], [], NO),
        # numbers: both bounds belong to it; of several one is enough
        ("employees", "ge", 300, 300, YES),
        ("employees", "ge", 300, 299.999, NO),
        ("employees", "le", 300, 300, YES),
        ("employees", "le", 300, 301, NO),
        ("employees", "eq", 300, 300.0, YES),
        ("employees", "in", [1, 300], 300, YES),
        ("employees", "not_in", [1, 300], 300, NO),
        ("child_age", "le", 3, [10, 2], YES),
        ("child_age", "ge", 11, [10, 2], NO),
        # ordered words
        ("education", "ge", "bachelor", "bachelor", YES),
        ("education", "ge", "bachelor", "junior_college", NO),
        ("education", "ge", "junior_college", "doctor", YES),
        ("education", "le", "senior_high", "junior_high", YES),
        ("education", "le", "senior_high", "master", NO),
        ("education", "eq", "master", "doctor", NO),
        ("skill_level", "ge", "technician", "senior", NO),
        ("skill_level", "ge", "senior", "senior_technician", YES),
        ("skill_level", "in", ["senior"], "senior", YES),
        # sets: any overlap; a scalar `eq` of a list means that it is in it
        ("ownership", "in", ["state", "private"], "private", YES),
        ("ownership", "in", ["state"], ["private", "state"], YES),
        ("ownership", "not_in", ["state"], ["private", "state"], NO),
        ("gender", "eq", "female", "female", YES),
        ("qualification", "eq", "高新技术企业", ["高企", "别的"], YES),
        ("size", "in", [], "small", NO),
        ("size", "in", "small", "small", YES),
        ("credit_clean", "eq", True, True, YES),
        ("owns_home", "eq", False, True, NO),
        ("listed", "not_in", [True], False, YES),
        # places: a Haidian firm is in Beijing, a Beijing firm may be in Haidian
        ("region", "in", ["110000"], "110108", YES),
        ("region", "in", ["000000"], "650000", YES),
        ("region", "in", ["440100"], "440106", YES),
        ("region", "in", ["440100"], "440306", NO),
        ("region", "in", ["110108"], "110000", UNKNOWN),
        ("region", "in", ["110108"], "110100", UNKNOWN),
        ("region", "in", ["110108", "110000"], "110000", YES),
        ("region", "not_in", ["110108"], "110000", UNKNOWN),
        ("region", "not_in", ["110108"], "330302", YES),
        ("region", "eq", "110108", "110108", YES),
        ("region", "in", ["110108"], "000000", UNKNOWN),
        ("region", "in", ["110108"], ["000000", "110108"], YES),
        ("region", "in", ["110108"], ["440306", "110000"], UNKNOWN),
        ("region", "in", ["429000"], "429004", YES),
        # industries
        ("industry", "in", ["C"], "C3921", YES),
        ("industry", "in", ["C39"], ["F51", "C3921"], YES),
        ("industry", "in", ["C3921"], "C39", UNKNOWN),
        ("industry", "in", ["C39"], "C38", NO),
        ("industry", "not_in", ["C39", "K"], "C", UNKNOWN),
        ("industry", "not_in", ["K70"], "C", YES),
    ],
)
def test_one_condition(field: str, op: str, value: Any, mine: Any, expected: Truth) -> None:
    (atom,) = list_atoms(parse_criteria({"field": field, "op": op, "value": value}, VOCABULARY))
    assert judge_atom(atom, applicant(**{field: mine})) is expected


OPEN = {"field": "other", "op": "eq", "value": "无事故"}
MET = {"field": "employees", "op": "ge", "value": 10}
UNMET = {"field": "employees", "op": "ge", "value": 1000}
ASKED = {"field": "listed", "op": "eq", "value": True}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"all": []}, ("yes", "yes")),
        ({"any": []}, ("no", "no")),
        ({"not": {"any": []}}, ("yes", "yes")),
        ({"all": [MET, OPEN]}, ("unknown", "yes")),
        ({"all": [MET, ASKED]}, ("unknown", "unknown")),
        ({"all": [UNMET, OPEN]}, ("no", "no")),
        ({"any": [UNMET, OPEN]}, ("unknown", "yes")),
        ({"any": [MET, ASKED]}, ("yes", "yes")),
        ({"any": [UNMET, ASKED]}, ("unknown", "unknown")),
        ({"not": OPEN}, ("unknown", "yes")),
        ({"not": {"any": [OPEN, ASKED]}}, ("unknown", "unknown")),
        ({"not": {"all": [OPEN, ASKED]}}, ("unknown", "yes")),
        ({"not": {"not": OPEN}}, ("unknown", "yes")),
        ({"all": [OPEN, {"not": OPEN}]}, ("unknown", "yes")),
        ({"field": "industry_text", "op": "not_in", "value": ["房地产"]}, ("unknown", "yes")),
    ],
)
def test_trees_and_the_applicants_favour(conditions: dict[str, Any], expected: tuple[str, str]) -> None:
    assert verdict({"conditions": conditions}, {"kind": "enterprise", "employees": 50}) == expected


@pytest.mark.parametrize(
    ("demand", "profile", "expected"),
    [
        ({"sides": ["individual"]}, {}, "no"),
        ({"sides": ["individual", "enterprise"]}, {}, "yes"),
        ({"sides": []}, {}, "yes"),
        ({"region": "110000"}, {"region": "110108"}, "yes"),
        ({"region": "110108"}, {"region": "110000"}, "unknown"),
        ({"region": "110108"}, {"region": "330302"}, "no"),
        ({"region": "110108"}, {}, "unknown"),
        ({"region": "000000"}, {}, "yes"),
        ({"region": "110000"}, {"kind": "individual", "residence_region": "110105"}, "yes"),
        ({"region": "110000"}, {"kind": "individual", "region": "110105"}, "unknown"),
        ({"types": ["ET06"]}, {"qualification": ["高企"]}, "yes"),
        ({"types": ["ET06"]}, {"qualification": ["别的"]}, "no"),
        ({"types": ["ET06", "ET02"]}, {"qualification": ["别的"]}, "unknown"),
        ({"types": ["ET06"]}, {"types": ["ET06"], "qualification": []}, "yes"),
        ({"types": ["ET06"]}, {"types": [], "qualification": ["高企"]}, "no"),
        ({"types": ["ET06"]}, {"types": ["PT01"]}, "no"),
        ({"types": ["ET06"]}, {}, "unknown"),
        ({"types": ["PT01"]}, {}, "yes"),
        ({"types": ["PT06", "ET01"]}, {"kind": "individual", "age": 60}, "yes"),
        ({"types": ["PT06"], "region": "110000"}, {"kind": "individual", "types": []}, "no"),
    ],
)
def test_side_types_and_place(demand: dict[str, Any], profile: dict[str, Any], expected: str) -> None:
    assert verdict(demand, {"kind": "enterprise", **profile})[0] == expected


def test_a_type_of_the_operators_own_is_only_known_where_it_is_stated() -> None:
    demand = parse_demand({"types": ["ET01"]}, VOCABULARY)
    assert decide(demand, Applicant(Side.ENTERPRISE, {}, {})) == (UNKNOWN, UNKNOWN)


def test_all_failing_findings_are_decisive_and_the_quotes_are_kept() -> None:
    conditions = {"all": [MET, {**UNMET, "quote": "1000人以上"}, {"not": MET}, ASKED, {"any": [UNMET, MET]}]}
    found = judge(
        parse_demand({"sides": ["enterprise"], "region": "110000", "conditions": conditions}, VOCABULARY),
        applicant(employees=50, region="330302"),
    )
    assert found.verdict is NO
    failing = [(f.part, f.truth, f.negated, f.atom and f.atom.quote) for f in found.findings if f.decisive]
    assert failing == [("region", NO, False, None), ("condition", NO, False, "1000人以上"), ("condition", NO, True, "")]
    assert [f.truth for f in found.findings if f.atom] == [YES, NO, NO, UNKNOWN, NO, YES]


def test_of_satisfied_alternatives_only_the_ones_that_carry_are_decisive() -> None:
    found = judge(parse_demand({"conditions": {"any": [MET, UNMET, OPEN]}}, VOCABULARY), applicant(employees=50))
    assert [(f.decisive, f.open) for f in found.findings] == [(True, False), (False, False), (False, True)]


def test_the_fields_to_ask_for_leave_out_what_would_not_help() -> None:
    conditions = {"all": [{"any": [OPEN, ASKED]}, {"not": {"all": [ASKED, UNMET]}}, {"not": ASKED}, MET]}
    demand = parse_demand({"types": ["ET01"], "region": "110000", "conditions": conditions}, VOCABULARY)
    assert open_fields(demand, applicant(employees=50)) == ["types", "region", "listed"]
    assert open_fields(demand, applicant(employees=50, region="110101", ownership="state", listed=False)) == []


truths = st.sampled_from(list(Truth))


@CALM
@given(st.lists(truths), truths, truths)
def test_kleene(several: list[Truth], one: Truth, other: Truth) -> None:
    assert negate(all_of(several)) is any_of(map(negate, several))
    assert negate(any_of(several)) is all_of(map(negate, several))
    assert negate(negate(one)) is one
    assert all_of((one, other)) is all_of((other, one))
    assert all_of((one, any_of((one, other)))) is one
    assert (truth_of(None), truth_of(True), truth_of(False)) == (UNKNOWN, YES, NO)


@CALM
@given(trees(), st.lists(trees(), max_size=3), profiles(), truths)
def test_de_morgan(tree: dict[str, Any], more: list[dict[str, Any]], profile: dict[str, Any], favour: Truth) -> None:
    node = parse_criteria({"all": [tree, *more]}, VOCABULARY)
    mirror = parse_criteria({"any": [{"not": one} for one in [tree, *more]]}, VOCABULARY)
    who = read_applicant(profile, FACETS)
    assert isinstance(mirror, AnyOf)
    assert judge_node(Not(node), who, favour) is judge_node(mirror, who, favour)


@CALM
@given(trees(atoms(FIELDS)), profiles(), profiles())
def test_learning_more_never_turns_a_decided_verdict(
    tree: dict[str, Any], profile: dict[str, Any], learnt: dict[str, Any]
) -> None:
    node = parse_criteria(tree, VOCABULARY)
    before = judge_node(node, read_applicant(profile, FACETS))
    known = {name: value for name, value in profile.items() if value is not None}
    after = judge_node(node, read_applicant(learnt | known, FACETS))
    assert before in (UNKNOWN, after)


@CALM
@given(demands(), profiles())
def test_favour_never_harms_and_findings_carry_the_verdict(demand: dict[str, Any], profile: dict[str, Any]) -> None:
    read, who = parse_demand(demand, VOCABULARY), read_applicant(profile, FACETS)
    found = judge(read, who)
    assert (found.verdict, found.favourable) == decide(read, who)
    assert found.favourable >= found.verdict
    if found.verdict is not UNKNOWN:
        assert found.favourable is found.verdict
    assert {f.truth for f in found.findings if f.decisive} <= {found.verdict}
    if found.favourable is UNKNOWN:
        assert open_fields(read, who)


def test_the_types_of_the_strategies_are_those_of_the_vocabulary() -> None:
    assert set(TYPES) == set(VOCABULARY.types)
