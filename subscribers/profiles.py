"""What a profile stores: base facts that don't age, and the registry fields that they make on a day.

A fact is a registry field, or one of BASE below from which fields follow. Dates may be known to the year or the month
only (`1990`, `1990-05`, ISO 8601 reduced precision); the middle of that span then stands for the day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from core.vocabulary.fields import FIELDS, Side, list_fields, place_field


class Source(StrEnum):
    """Who said a fact."""

    SELF = "self"
    REGISTRY = "registry"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class BaseFact:
    """A fact that is stored in the place of the fields `gives`, which change as time passes."""

    name: str
    side: Side
    label: str
    gives: tuple[str, ...]


BASE: Final = {
    fact.name: fact
    for fact in (
        BaseFact("birth_date", Side.INDIVIDUAL, "出生日期", ("age",)),
        BaseFact("graduation_date", Side.INDIVIDUAL, "毕业日期", ("graduated_within_years",)),
        BaseFact("children_birth_dates", Side.INDIVIDUAL, "子女出生日期", ("children", "child_age")),
        BaseFact("founding_date", Side.ENTERPRISE, "成立日期", ("years_since_founding",)),
    )
}
DERIVED: Final = {
    "age": "birth_date",
    "graduated_within_years": "graduation_date",
    "child_age": "children_birth_dates",
    "years_since_founding": "founding_date",
}
"""Fields that are never stored, and the base fact that is stored instead."""

SEVERAL: Final = frozenset({"qualification", "hardship", "children_birth_dates"})
"""Facts of which a subscriber may have several: stored as a list, an empty one where there is known to be none."""

_LEGAL_FORMS: Final = {
    "91": "company",
    "92": "sole_trader",
    "93": "cooperative",
    "12": "institution",
    "51": "social_org",
    "52": "social_org",
    "53": "social_org",
}


def list_fact_names(side: Side) -> list[str]:
    """The facts that a profile of `side` may store, in the order in which forms show them."""
    plain = [field.name for field in list_fields(side) if field.name not in DERIVED and field.name != "size"]
    return plain + [fact.name for fact in BASE.values() if fact.side is side]


def fact_label(name: str) -> str:
    """The Chinese name of a fact."""
    return BASE[name].label if name in BASE else FIELDS[name].label


def fields_on(profile: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The registry fields that the stored facts make on `day`; what isn't known isn't there.

    Ages are completed years. Years since founding and graduation are exact to the day (3.0 on the anniversary), so that
    "within three years" ends with it. A graduation to come makes no field; a birth or founding known by this year only
    is taken as past.
    """
    fields = {name: value for name, value in profile.items() if name in FIELDS}
    if born := profile.get("birth_date"):
        fields["age"] = full_years(born, day) or 0
    if founded := profile.get("founding_date"):
        fields["years_since_founding"] = exact_years(founded, day) or 0.0
    if graduated := profile.get("graduation_date"):
        fields["graduated_within_years"] = exact_years(graduated, day)
    if (children := profile.get("children_birth_dates")) is not None:
        fields["child_age"] = [full_years(child, day) or 0 for child in children]
        fields.setdefault("children", len(children))
    return {name: value for name, value in fields.items() if value is not None}


def place_of(kind: str, profile: Mapping[str, Any]) -> str | None:
    """Where the subscriber is registered or lives: the value of `Subscriber.region`."""
    place: str | None = profile.get(place_field(Side(kind)).name)
    return place


def legal_form_of(credit_code: str) -> str | None:
    """The form of organisation that the first two letters of a 统一社会信用代码 tell (GB 32100-2015)."""
    return _LEGAL_FORMS.get(credit_code[:2])


def full_years(since: str, day: date) -> int | None:
    """Completed years from a date of any precision to `day`; None where it lies ahead."""
    start = middle(since)
    if start > day:
        return None
    return day.year - start.year - ((day.month, day.day) < (start.month, start.day))


def exact_years(since: str, day: date) -> float | None:
    """Years with their fraction, whole exactly on anniversaries; None where `since` lies ahead."""
    years = full_years(since, day)
    if years is None:
        return None
    last, following = (_anniversary(middle(since), years + more) for more in (0, 1))
    return years + round((day - last).days / (following - last).days, 4)


def middle(text: str) -> date:
    """The day that stands for a stored date: itself, the 16th of a month, the first of July of a year."""
    year, month, day = (*(int(part) for part in text.split("-")), 0, 0)[:3]
    return date(year, month or 7, day or (16 if month else 1))


def _anniversary(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
