"""Policies as they are published: for a country, a province, a city or a district, with none to eight conditions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.criteria import Demand, parse_demand

_FIRM: list[tuple[str, str, list[Any]]] = [
    ("industry", "in", [["C"], ["I65", "I64"], ["C39", "C38", "M"], ["A"], ["F51", "F52"]]),
    ("industry", "not_in", [["K", "J"], ["C25", "B06"]]),
    ("size", "in", [["micro", "small"], ["micro", "small", "medium"], ["medium", "large"]]),
    ("years_since_founding", "ge", [1, 2, 3, 5]),
    ("years_since_founding", "le", [3, 5, 10]),
    ("registered_capital_wan", "ge", [100, 500]),
    ("revenue_wan", "ge", [100, 500, 2000, 10000, 40000]),
    ("revenue_wan", "le", [500, 20000]),
    ("rd_ratio_pct", "ge", [3, 5, 10]),
    ("employees", "ge", [10, 50, 300]),
    ("employees", "le", [20, 100, 300]),
    ("tax_wan", "ge", [10, 100, 500]),
    ("qualification", "in", [["high-tech-enterprise", "tech-sme"], ["srdi-sme", "little-giant"], ["区政府质量奖"]]),
    ("ownership", "in", [["private"], ["state", "private"], ["foreign", "hmt"]]),
    ("legal_form", "in", [["company"], ["sole_trader"], ["cooperative", "company"]]),
    ("legal_person", "eq", [True]),
    ("credit_clean", "eq", [True]),
    ("listed", "eq", [True, False]),
]
_PERSON: list[tuple[str, str, list[Any]]] = [
    ("age", "ge", [16, 18, 60, 65, 80]),
    ("age", "le", [35, 45, 60]),
    ("gender", "eq", ["female", "male"]),
    ("education", "ge", ["junior_college", "bachelor", "master"]),
    ("employment", "in", [["unemployed", "flexible"], ["employed"], ["self_employed"], ["student"], ["retired"]]),
    ("graduated_within_years", "le", [2, 3, 5]),
    ("social_insurance_months", "ge", [6, 12, 36, 60]),
    ("hardship", "in", [["dibao", "dibao_edge"], ["tekun", "orphan"], ["low_income"]]),
    ("disabled", "eq", [True]),
    ("veteran", "eq", [True]),
    ("owns_home", "eq", [False]),
    ("children", "ge", [1, 2, 3]),
    ("child_age", "le", [3, 6, 18]),
    ("marital", "in", [["single"], ["married"]]),
    ("nationality", "in", [["cn"], ["hk", "foreign"]]),
    ("skill_level", "ge", ["intermediate", "senior", "technician"]),
]
_OPEN = {"field": "other", "op": "eq", "value": "近三年未发生安全事故", "quote": ""}


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked: whom the demand fits, and who subscribed to one of the topics."""

    demand: Demand
    topics: tuple[str, ...]


def make_policies(vocabulary: Vocabulary, count: int, seed: int = 2) -> list[Policy]:
    """`count` policies; the number of conditions goes round from 0 to 8."""
    random = np.random.default_rng(seed)
    return [_policy(vocabulary, random, number % 9) for number in range(count)]


def _policy(vocabulary: Vocabulary, random: np.random.Generator, conditions: int) -> Policy:
    side = Side.ENTERPRISE if random.random() < 0.6 else Side.INDIVIDUAL
    types = [kind.code for kind in vocabulary.list_types(side)]
    topics = [topic.code for topic in vocabulary.list_topics(side)]
    line = {
        "sides": [side.value] if random.random() < 0.85 else ["enterprise", "individual"],
        "types": list(random.choice(types, random.integers(1, 3), replace=False)) if random.random() < 0.4 else [],
        "region": _region(vocabulary, random),
        "conditions": _tree(random, _FIRM if side is Side.ENTERPRISE else _PERSON, conditions),
    }
    chosen = random.choice(topics, random.integers(1, 4), replace=False)
    return Policy(parse_demand(line, vocabulary), tuple(map(str, chosen)))


def _region(vocabulary: Vocabulary, random: np.random.Generator) -> str:
    level = int(random.choice(4, p=[0.15, 0.35, 0.3, 0.2]))
    return str(random.choice([code for code, region in vocabulary.regions.items() if region.level == level]))


def _tree(random: np.random.Generator, asked: list[tuple[str, str, list[Any]]], count: int) -> dict[str, Any]:
    """`count` conditions: some left to the reader, three of them sometimes as alternatives, one sometimes denied."""
    atoms = [_atom(random, asked) for _ in range(count)]
    if count >= 4 and random.random() < 0.5:
        atoms = [*atoms[:-3], {"any": [atoms[-3], {"all": atoms[-2:]}]}]
    if count >= 2 and random.random() < 0.2:
        atoms[0] = {"not": atoms[0]}
    return {"all": atoms}


def _atom(random: np.random.Generator, asked: list[tuple[str, str, list[Any]]]) -> dict[str, Any]:
    if random.random() < 0.25:
        return _OPEN
    field, op, values = asked[int(random.integers(len(asked)))]
    return {"field": field, "op": op, "value": values[int(random.integers(len(values)))]}
