"""Trees and profiles for property tests: few values of each field, so that they meet, and many unknowns."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
"""A machine that is busy with other work fails no test."""

REGIONS = ["000000", "110000", "110100", "110101", "110108", "330000", "330300", "330302", "429000", "429004", "440100"]
INDUSTRIES = ["A", "A01", "C", "C13", "C39", "C392", "C3921", "F", "F51", "G592", "I65", "J66", "K70"]
QUALIFICATIONS = ["high-tech-enterprise", "高企", "little-giant", "绿色工厂", "区政府质量奖", "green-factory"]
NUMBERS = st.sampled_from([-1, 0, 0.5, 1, 2, 2.000001, 17, 18, 20, 59, 60, 300, 1000, 2000, 40000.0, 1e15])
TYPES = ["ET01", "ET02", "ET03", "ET04", "ET05", "ET06", "ET07"] + [f"PT{n:02}" for n in range(1, 11)]
TOPICS = ["E0403", "E0404", "P0301"]

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "region": st.sampled_from(REGIONS),
    "tax_region": st.sampled_from(REGIONS),
    "industry": st.sampled_from(INDUSTRIES),
    "size": st.sampled_from(["micro", "small", "medium", "large"]),
    "employees": NUMBERS,
    "revenue_wan": NUMBERS,
    "asset_wan": NUMBERS,
    "qualification": st.sampled_from(QUALIFICATIONS),
    "ownership": st.sampled_from(["state", "private", "foreign", "hmt"]),
    "legal_form": st.sampled_from(["company", "sole_trader", "cooperative"]),
    "credit_clean": st.booleans(),
    "residence_region": st.sampled_from(REGIONS),
    "hukou_region": st.sampled_from(REGIONS),
    "age": NUMBERS,
    "gender": st.sampled_from(["male", "female"]),
    "education": st.sampled_from(["junior_high", "senior_high", "bachelor", "doctor"]),
    "employment": st.sampled_from(["employed", "student", "retired", "self_employed", "soldier"]),
    "graduated_within_years": NUMBERS,
    "hardship": st.sampled_from(["dibao", "orphan"]),
    "disabled": st.booleans(),
    "disability_grade": st.sampled_from(["1", "2", "3"]),
    "veteran": st.booleans(),
    "children": NUMBERS,
    "child_age": NUMBERS,
    "pregnant": st.booleans(),
    "nationality": st.sampled_from(["cn", "hk", "foreign"]),
    "skill_level": st.sampled_from(["junior", "senior", "senior_technician"]),
    "other": st.just("其他要求"),
    "industry_text": st.just("数字经济"),
}
_COMPARED = {"employees", "revenue_wan", "asset_wan", "age", "graduated_within_years", "children", "child_age"}
_COMPARED |= {"education", "skill_level"}
FIELDS = [name for name in _VALUES if name not in ("other", "industry_text")]


@st.composite
def atoms(draw: st.DrawFn, fields: list[str] | None = None) -> dict[str, Any]:
    name = draw(st.sampled_from(fields or list(_VALUES)))
    op = draw(st.sampled_from(["in", "not_in", "eq"] + (["ge", "le"] * 2 if name in _COMPARED else [])))
    value = draw(st.lists(_VALUES[name], max_size=3) if op in ("in", "not_in") else _VALUES[name])
    return {"field": name, "op": op, "value": value, "quote": "原文"}


def trees(leaves: st.SearchStrategy[dict[str, Any]] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Trees up to a few levels deep, with empty branches and `not`."""
    return st.recursive(
        atoms() if leaves is None else leaves,
        lambda node: st.one_of(
            st.builds(lambda children: {"all": children}, st.lists(node, max_size=4)),
            st.builds(lambda children: {"any": children}, st.lists(node, max_size=4)),
            st.builds(lambda child: {"not": child}, node),
        ),
        max_leaves=12,
    )


def demands(leaves: st.SearchStrategy[dict[str, Any]] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Lines of targeting."""
    return st.fixed_dictionaries(
        {
            "sides": st.sampled_from([[], [], ["enterprise"], ["individual"], ["enterprise", "individual"]]),
            "types": st.one_of(st.just([]), st.lists(st.sampled_from(TYPES), max_size=3, unique=True)),
            "region": st.sampled_from([None, None, *REGIONS]),
            "conditions": trees(leaves),
        }
    )


@st.composite
def profiles(draw: st.DrawFn, fields: list[str] | None = None) -> dict[str, Any]:
    """Profiles of either side that may hold any field: absent, null, one value, a list, an empty list."""
    profile: dict[str, Any] = {"kind": draw(st.sampled_from(["enterprise", "individual"]))}
    held = draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=len(FIELDS))) if fields is None else fields
    for name in held:
        value = _VALUES[name]
        profile[name] = draw(st.one_of(value, value, value, st.none(), st.lists(value, max_size=3)))
    if draw(st.integers(0, 3)) == 0:
        profile["types"] = draw(st.lists(st.sampled_from(TYPES), max_size=3, unique=True))
    return profile


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Demands and profiles that are about the same few fields, so that they decide one another."""
    fields = draw(st.lists(st.sampled_from(FIELDS), unique=True, min_size=1, max_size=5))
    asked = draw(st.lists(demands(atoms([*fields, "other"])), min_size=1, max_size=3))
    return asked, draw(st.lists(profiles(fields), max_size=12))
