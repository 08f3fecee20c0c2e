"""Base facts and the fields that they make as days pass."""

from datetime import date
from typing import Any

import pytest

from core.vocabulary.fields import FIELDS, Kind, Side
from subscribers.profiles import (
    BASE,
    DERIVED,
    fact_label,
    fields_on,
    legal_form_of,
    list_fact_names,
    middle,
    place_of,
)


@pytest.mark.parametrize(
    ("profile", "day", "fields"),
    [
        ({"birth_date": "1990-05-20"}, date(2026, 5, 19), {"age": 35}),
        ({"birth_date": "1990-05-20"}, date(2026, 5, 20), {"age": 36}),
        ({"birth_date": "1990"}, date(2026, 6, 30), {"age": 35}),
        ({"birth_date": "1990"}, date(2026, 7, 1), {"age": 36}),
        ({"birth_date": "1990-05"}, date(2026, 5, 15), {"age": 35}),
        ({"birth_date": "1990-05"}, date(2026, 5, 16), {"age": 36}),
        ({"birth_date": "2008-02-29"}, date(2026, 2, 28), {"age": 17}),
        ({"birth_date": "2008-02-29"}, date(2026, 3, 1), {"age": 18}),
        ({"birth_date": "2026"}, date(2026, 2, 1), {"age": 0}),
        ({"founding_date": "2023-10-01"}, date(2026, 10, 1), {"years_since_founding": 3.0}),
        ({"founding_date": "2023-10-01"}, date(2026, 9, 30), {"years_since_founding": 2.9973}),
        ({"founding_date": "2023-10-01"}, date(2026, 10, 2), {"years_since_founding": 3.0027}),
        ({"founding_date": "2024-02-29"}, date(2025, 3, 1), {"years_since_founding": 1.0}),
        ({"founding_date": "2026"}, date(2026, 1, 5), {"years_since_founding": 0.0}),
        ({"graduation_date": "2024-06"}, date(2026, 6, 16), {"graduated_within_years": 2.0}),
        ({"graduation_date": "2027-06"}, date(2026, 10, 1), {}),
        (
            {"children_birth_dates": ["2015-03-04", "2026-09"]},
            date(2026, 10, 1),
            {"children": 2, "child_age": [11, 0]},
        ),
        ({"children_birth_dates": []}, date(2026, 10, 1), {"children": 0, "child_age": []}),
        ({"children": 3, "children_birth_dates": ["2015"]}, date(2026, 10, 1), {"children": 3, "child_age": [11]}),
        ({"children": 2}, date(2026, 10, 1), {"children": 2}),
        ({}, date(2026, 10, 1), {}),
    ],
)
def test_fields_of_a_day(profile: dict[str, Any], day: date, fields: dict[str, Any]) -> None:
    assert fields_on(profile, day) == fields


def test_other_facts_are_fields_as_they_are() -> None:
    profile = {"industry": "I65", "employees": 40, "listed": False, "qualification": [], "founding_date": "2020"}
    fields = fields_on(profile, date(2026, 10, 1))
    assert {name: fields[name] for name in ("industry", "employees", "listed", "qualification")} == {
        "industry": "I65",
        "employees": 40,
        "listed": False,
        "qualification": [],
    }
    assert "founding_date" not in fields


@pytest.mark.parametrize(("text", "day"), [("2020", date(2020, 7, 1)), ("2020-02", date(2020, 2, 16))])
def test_a_date_known_roughly_stands_for_its_middle(text: str, day: date) -> None:
    assert middle(text) == day


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("91110108551385082Q", "company"),
        ("92", "sole_trader"),
        ("93", "cooperative"),
        ("12", "institution"),
        ("51", "social_org"),
        ("52", "social_org"),
        ("53", "social_org"),
        ("11", None),
        ("N2", None),
    ],
)
def test_the_credit_code_tells_the_legal_form(code: str, form: str | None) -> None:
    assert legal_form_of(code) == form


def test_a_place_is_the_registered_or_the_home_one() -> None:
    assert place_of("enterprise", {"region": "110108", "residence_region": "330106"}) == "110108"
    assert place_of("individual", {"region": "110108", "residence_region": "330106"}) == "330106"
    assert place_of("individual", {}) is None


@pytest.mark.parametrize("side", list(Side))
def test_everything_that_conditions_ask_for_can_be_stored_or_follows(side: Side) -> None:
    stored = set(list_fact_names(side))
    given = {field for name in stored & set(BASE) for field in BASE[name].gives}
    asked = {field.name for field in FIELDS.values() if side in field.sides and field.kind is not Kind.OPEN}
    assert asked - {"size"} == (stored - set(BASE)) | given
    assert not stored & set(DERIVED)
    assert all(fact_label(name) for name in stored)
