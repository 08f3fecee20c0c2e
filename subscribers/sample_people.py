"""Sample people: age decides on work, schooling and family, and these on what they wish to hear of."""

from datetime import date, timedelta
from typing import Any, Final

from subscribers.sample_places import HOMES, Dice, forget

_KEEP: Final = frozenset({"kind", "residence_region"})
_AGES: Final = {(18, 23): 12, (23, 30): 20, (30, 40): 25, (40, 50): 15, (50, 60): 12, (60, 70): 10, (70, 90): 6}
_SCHOOLING: Final = {
    "young": {"senior_high": 12, "junior_college": 25, "bachelor": 42, "master": 17, "doctor": 4},
    "middle": {"junior_high": 12, "senior_high": 23, "junior_college": 25, "bachelor": 30, "master": 9, "doctor": 1},
    "old": {"junior_high": 45, "senior_high": 30, "junior_college": 15, "bachelor": 10},
}
_DONE_AT: Final = {
    "junior_high": 16,
    "senior_high": 18,
    "junior_college": 21,
    "bachelor": 22,
    "master": 25,
    "doctor": 29,
}
_SKILLS: Final = {"junior": 25, "intermediate": 35, "senior": 25, "technician": 10, "senior_technician": 5}
_WORKING: Final = frozenset({"employed", "flexible", "self_employed"})


def make_person(dice: Dice, day: date) -> dict[str, Any]:
    """One person as a row of an import file, without contacts."""
    low, high = dice.pick(_AGES)
    born = day - timedelta(days=round(dice.between(low, high) * 365.25))
    age = (day - born).days // 365.25
    gender = dice.one_of(("female", "male"))
    schooling = dice.pick(_SCHOOLING["young" if age < 35 else "middle" if age < 55 else "old"])
    work = _employment(dice, age, gender, schooling)
    region = dice.place()
    local = dice.chance(0.85 if age >= 50 else 0.6 if work in _WORKING else 0.7)
    abroad = dice.chance(0.02)
    row: dict[str, Any] = {
        "kind": "individual",
        "birth_date": born.isoformat() if dice.chance(0.7) else str(born.year),
        "gender": gender,
        "residence_region": region,
        "hukou_region": None if abroad else region if local else dice.one_of(HOMES),
        "education": schooling,
        "employment": work,
        "nationality": dice.one_of(("hk", "tw", "mo", "foreign")) if abroad else "cn",
        "credit_clean": dice.chance(0.98),
        "owns_home": dice.chance((0.75 if local else 0.2) if age >= 35 else (0.3 if local else 0.05)),
        "social_insurance_months": _insured(dice, age, schooling, work),
        "graduation_date": _graduation(dice, born, schooling, work, day),
        "skill_level": dice.pick(_SKILLS) if work in _WORKING and schooling in ("junior_high", "senior_high") else None,
        **_family(dice, day, age, gender),
        **_state(dice, age, gender, work),
    }
    row = {name: value for name, value in row.items() if value is not None}
    topics = dice.topics(_wishes(row, age, work, local))
    return forget(dice, row, dice.one_of((0.05, 0.25, 0.45)), _KEEP) | {"topics": topics}


def _employment(dice: Dice, age: float, gender: str, schooling: str) -> str:
    if age >= (55 if gender == "female" else 60) or (age >= 50 and gender == "female" and dice.chance(0.6)):
        return "retired" if dice.chance(0.93) else "flexible"
    if age < _DONE_AT[schooling]:
        return "student"
    young = {"employed": 70, "unemployed": 10, "flexible": 12, "self_employed": 7, "soldier": 1}
    return dice.pick(young if age < 40 else {"employed": 66, "unemployed": 9, "flexible": 14, "self_employed": 11})


def _insured(dice: Dice, age: float, schooling: str, work: str) -> int | None:
    """Months of social insurance: nearly all of the working life of the employed, less for the others."""
    if work == "student":
        return 0
    share = {"employed": 0.85, "flexible": 0.45, "self_employed": 0.5, "unemployed": 0.5}.get(work)
    return round((age - _DONE_AT[schooling]) * 12 * share * dice.between(0.6, 1)) if share else None


def _graduation(dice: Dice, born: date, schooling: str, work: str, day: date) -> str | None:
    """The summer of the year; students have theirs ahead and mostly name it."""
    year = born.year + _DONE_AT[schooling] + dice.one_of((0, 0, 1))
    if work == "student":
        return f"{max(year, day.year + 1)}-06"
    return f"{year}-06" if year <= day.year - 1 and (day.year - year <= 15 or dice.chance(0.3)) else None


def _family(dice: Dice, day: date, age: float, gender: str) -> dict[str, Any]:
    married = dice.chance(0.02 if age < 23 else 0.3 if age < 28 else 0.72 if age < 35 else 0.88)
    if not married:
        later = dice.chance(0.3) and age >= 35
        marital = dice.one_of(("divorced", "widowed" if age >= 60 else "divorced")) if later else "single"
        return {"marital": marital, "children": int(later), "pregnant": False if gender == "female" else None}
    number = dice.pick({0: 25 if age < 32 else 6, 1: 55, 2: 36, 3: 5})
    oldest = min(age - 22, 28.0)
    births = [day - timedelta(days=round(dice.between(0, max(1.0, oldest)) * 365)) for _ in range(number)]
    return {
        "marital": "married",
        "children_birth_dates": sorted(f"{birth:%Y-%m}" for birth in births),
        "pregnant": dice.chance(0.08 if 23 <= age < 40 else 0) if gender == "female" else None,
    }


def _state(dice: Dice, age: float, gender: str, work: str) -> dict[str, Any]:
    """Disability, service and need; need is more frequent with the first and without work."""
    disabled = dice.chance(0.02 if age < 45 else 0.06)
    in_need = dice.chance(0.03 + 0.1 * disabled + 0.09 * (work == "unemployed"))
    need = dice.pick({"dibao": 40, "dibao_edge": 20, "low_income": 35, "tekun": 5}) if in_need else None
    return {
        "disabled": disabled,
        "disability_grade": dice.pick({"1": 15, "2": 25, "3": 30, "4": 30}) if disabled else None,
        "veteran": work != "student" and dice.chance(0.07 if gender == "male" else 0.006),
        "family_martyr": dice.chance(0.002),
        "hardship": [need] if need else [],
    }


def _wishes(row: dict[str, Any], age: float, work: str, local: bool) -> dict[str, float]:
    """Topics by weight: some are everybody's, the others follow from one's life."""
    wishes: dict[str, float] = {"P0701": 5, "P0702": 3, "P0403": 2, "P0601": 3, "P0405": 2, "P0404": 1, "P0406": 1}
    children = row.get("children_birth_dates", [])
    by_life: tuple[tuple[object, dict[str, float]], ...] = (
        (work == "student" or age < 26, {"P0301": 9, "P0203": 3, "P0202": 5, "P0401": 4}),
        (work == "unemployed", {"P0301": 9, "P0304": 6, "P0303": 5}),
        (work == "self_employed", {"P0302": 10, "P0301": 3}),
        (work in ("employed", "flexible"), {"P0502": 6, "P0303": 4, "P0304": 3}),
        (age < 45 and not row["owns_home"], {"P0501": 9, "P0503": 5}),
        (not local, {"P0401": 8, "P0501": 4}),
        (children, {"P0101": 6, "P0201": 8}),
        (row.get("pregnant"), {"P0101": 12}),
        (age >= 50, {"P0901": 8}),
        (age >= 58, {"P0902": 9, "P0901": 6, "P0504": 2}),
        (row["disabled"], {"P0802": 14}),
        (row["veteran"], {"P0803": 12}),
        (row["hardship"], {"P0801": 14}),
        (row["nationality"] != "cn", {"P0402": 8}),
    )
    for holds, more in by_life:
        if holds:
            wishes = {code: max(wishes.get(code, 0), more.get(code, 0)) for code in (*wishes, *more)}
    return wishes
