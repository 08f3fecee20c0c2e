from typing import Any

import pytest

from core.errors import InputError
from core.vocabulary.fields import Side
from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant, read_values
from matcher.facets import Facets

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


@pytest.mark.parametrize(
    ("code", "profile", "expected"),
    [
        ("ET01", {"ownership": "state"}, "yes"),
        ("ET01", {"ownership": ["private"]}, "no"),
        ("ET01", {}, "unknown"),
        ("ET02", {"ownership": "private"}, "yes"),
        ("ET03", {"ownership": "hmt"}, "yes"),
        ("ET04", {"size": "medium"}, "yes"),
        ("ET04", {"size": "large", "industry": "C", "employees": 1}, "no"),
        ("ET04", {"industry": "C39", "employees": 100}, "yes"),
        ("ET04", {"industry": "C39", "employees": 1000}, "unknown"),
        ("ET04", {"industry": "C39", "employees": 1000, "revenue_wan": 40000}, "no"),
        ("ET05", {"legal_form": "sole_trader"}, "yes"),
        ("ET06", {"qualification": ["专精特新", "别的"]}, "yes"),
        ("ET06", {"qualification": ["绿色工厂"]}, "no"),
        ("ET07", {"legal_form": "cooperative"}, "yes"),
        ("ET07", {"legal_form": "company", "industry": "C1371"}, "yes"),
        ("ET07", {"legal_form": "company", "industry": "C"}, "unknown"),
        ("ET07", {"legal_form": "company", "industry": "C39"}, "no"),
        ("ET07", {"industry": "C39"}, "unknown"),
        ("PT01", {"children": 1}, "yes"),
        ("PT01", {"child_age": [20, 3]}, "yes"),
        ("PT01", {"age": 17}, "yes"),
        ("PT01", {"age": 30, "children": 0, "pregnant": False}, "no"),
        ("PT01", {"age": 30, "children": 0}, "unknown"),
        ("PT02", {"graduated_within_years": 2}, "yes"),
        ("PT02", {"employment": "student"}, "yes"),
        ("PT02", {"employment": "employed", "graduated_within_years": 2.5}, "no"),
        ("PT03", {"employment": "flexible"}, "yes"),
        ("PT03", {"employment": "retired"}, "no"),
        ("PT04", {"employment": ["employed", "self_employed"]}, "yes"),
        ("PT05", {"residence_region": "330302", "hukou_region": "330303"}, "no"),
        ("PT05", {"residence_region": "330302", "hukou_region": "330102"}, "yes"),
        ("PT05", {"residence_region": "110101", "hukou_region": "110229"}, "no"),
        ("PT05", {"residence_region": "429004", "hukou_region": "429005"}, "yes"),
        ("PT05", {"residence_region": "429000", "hukou_region": "429005"}, "unknown"),
        ("PT05", {"residence_region": "330000", "hukou_region": "330302"}, "unknown"),
        ("PT05", {"residence_region": "330000", "hukou_region": "340000"}, "yes"),
        ("PT05", {"residence_region": "330000", "hukou_region": "330000"}, "unknown"),
        ("PT05", {"residence_region": [], "hukou_region": "330000"}, "unknown"),
        ("PT06", {"age": 60}, "yes"),
        ("PT06", {"age": 55, "employment": "retired"}, "yes"),
        ("PT06", {"age": 59.9, "employment": "employed"}, "no"),
        ("PT06", {"age": 59}, "unknown"),
        ("PT07", {"disabled": True}, "yes"),
        ("PT07", {"disability_grade": "2"}, "yes"),
        ("PT07", {"disabled": False}, "no"),
        ("PT08", {"employment": "soldier"}, "yes"),
        ("PT08", {"employment": "employed", "veteran": False, "family_martyr": False}, "no"),
        ("PT09", {"hardship": ["dibao"]}, "yes"),
        ("PT09", {"hardship": []}, "no"),
        ("PT09", {}, "unknown"),
        ("PT10", {"nationality": "hk"}, "yes"),
        ("PT10", {"nationality": "cn"}, "no"),
        ("PT10", {}, "unknown"),
    ],
)
def test_types(code: str, profile: dict[str, Any], expected: str) -> None:
    side = "enterprise" if code.startswith("ET") else "individual"
    assert read_applicant({"kind": side, **profile}, FACETS).types[code].word == expected


@pytest.mark.parametrize(
    ("profile", "size"),
    [
        ({"industry": "C39", "employees": 1000, "revenue_wan": 40000}, "large"),
        ({"industry": "C39", "employees": 999, "revenue_wan": 40000}, "medium"),
        ({"industry": "C39", "employees": 1000, "revenue_wan": 2000}, "medium"),
        ({"industry": "C39", "employees": 299, "revenue_wan": 90000}, "small"),
        ({"industry": "C39", "employees": 19, "revenue_wan": 90000}, "micro"),
        ({"industry": "C39", "employees": 19}, "micro"),
        ({"industry": "C39", "employees": 20}, None),
        ({"industry": "A01", "revenue_wan": 500}, "medium"),
        ({"industry": "G595", "employees": 200, "revenue_wan": 30000}, "large"),
        ({"industry": "G", "employees": 1, "revenue_wan": 1}, None),
        ({"industry": "J66", "employees": 1}, None),
        ({"industry": ["C39", "I65"], "employees": 5, "revenue_wan": 1}, "micro"),
        ({"industry": ["C39", "I65"], "employees": 300, "revenue_wan": 20000}, None),
        ({"industry": "C39", "employees": [1, 5]}, None),
        ({"employees": 1}, None),
    ],
)
def test_size_by_the_statistical_thresholds(profile: dict[str, Any], size: str | None) -> None:
    assert FACETS.derive_size(read_values(profile, VOCABULARY)) == size
    expected = (size,) if size else None
    assert read_applicant({"kind": "enterprise", **profile}, FACETS, sized=True).values.get("size") == expected
    assert "size" not in read_applicant({"kind": "enterprise", **profile}, FACETS).values


def test_a_given_size_stands() -> None:
    profile = {"kind": "enterprise", "industry": "C39", "employees": 1, "size": "large"}
    assert read_applicant(profile, FACETS, sized=True).values["size"] == ("large",)


def test_every_type_of_the_side_is_answered() -> None:
    for side in Side:
        types = [kind.code for kind in VOCABULARY.list_types(side)]
        assert list(read_applicant({"kind": side.value}, FACETS).types) == types


@pytest.mark.parametrize(
    ("profile", "where"),
    [
        ({"kind": "firm"}, "kind"),
        ({}, "kind"),
        ({"kind": "enterprise", "types": "ET01"}, "types"),
        ({"kind": "enterprise", "types": ["ET1"]}, "types"),
        ({"kind": "enterprise", "employees": "300"}, "employees"),
        ({"kind": "enterprise", "employees": [1, None]}, "employees"),
        ({"kind": "enterprise", "employees": list(range(60))}, "employees"),
        ({"kind": "enterprise", "region": "Beijing"}, "region"),
        ({"kind": "individual", "education": "phd"}, "education"),
        ({"kind": "individual", "veteran": 1}, "veteran"),
    ],
)
def test_a_profile_that_cannot_be_judged_is_refused(profile: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as refused:
        read_applicant(profile, FACETS)
    assert refused.value.where == where
