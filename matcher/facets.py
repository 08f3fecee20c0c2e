"""What follows from a profile: the subscriber's types (ET01–ET07, PT01–PT10) and the size of an enterprise.

Each type is a question to the fields, answered in three values; an absent field answers UNKNOWN. The types are those of
`core/vocabulary/data/types.jsonl`; a type that an operator adds there is only known where a profile states it.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from core.vocabulary.codes import region_covers, region_prefix
from core.vocabulary.entries import SizeRule
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.truth import Truth, all_of, any_of, negate, truth_of
from matcher.values import Value

Values: TypeAlias = Mapping[str, tuple[Value, ...]]
Question: TypeAlias = "Callable[[Facets, Values], Truth]"

SIZES = ("micro", "small", "medium", "large")
_ANY_SIZE = frozenset(SIZES)
_SME = frozenset(SIZES[:3])
_INDICATORS = {"employees": "employees", "revenue": "revenue_wan", "assets": "asset_wan"}
_MUNICIPALITIES = ("11", "12", "31", "50")


class Facets:
    """Derives facets by the tables of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._codes = {side: [kind.code for kind in vocabulary.list_types(side)] for side in Side}
        self._size_rules = {
            code: rule for rule in vocabulary.sizes for part in rule.applies_to for code in _codes(part)
        }
        grants = [q for q in vocabulary.qualifications.values() if q.grants_type == "ET06"]
        self._hitech = frozenset(q.key for q in grants)

    def derive_types(self, side: Side, values: Values) -> dict[str, Truth]:
        """For each type of `side`: whether a subscriber with `values` is of it."""
        asked = _ENTERPRISE if side is Side.ENTERPRISE else _INDIVIDUAL
        return {code: asked[code](self, values) if code in asked else Truth.UNKNOWN for code in self._codes[side]}

    def derive_size(self, values: Values) -> str | None:
        """The size class by 统计上大中小微型企业划分办法（2017）; None where the fields don't settle it."""
        possible = self.possible_sizes(values)
        return next(iter(possible)) if len(possible) == 1 else None

    def possible_sizes(self, values: Values) -> frozenset[str]:
        """The size classes that the known fields leave open.

        A class needs every indicator of its industry to reach its bound, so one low indicator settles that it isn't
        larger. All four where the industry is unknown, too coarse, or has no rule (finance, education …).
        """
        industries = values.get("industry")
        if not industries:
            return _ANY_SIZE
        return frozenset().union(*(self._sizes_in(str(code), values) for code in industries))

    def _sizes_in(self, industry: str, values: Values) -> frozenset[str]:
        for length in range(len(industry), 0, -1):
            if rule := self._size_rules.get(industry[:length]):
                return _sizes_by(rule, values)
        return _ANY_SIZE

    def is_hitech(self, values: Values) -> Truth:
        return _one_of(values, "qualification", self._hitech)

    def is_sme(self, values: Values) -> Truth:
        """By the given size, else by those that the thresholds leave open."""
        if "size" in values:
            return _one_of(values, "size", _SME)
        possible = self.possible_sizes(values)
        if possible <= _SME:
            return Truth.YES
        return Truth.UNKNOWN if possible & _SME else Truth.NO


def _codes(part: str) -> list[str]:
    """The codes that an entry of `applies_to` stands for: `I65`, or all groups of `G592-G599`."""
    first, _, last = part.partition("-")
    return [first] if not last else [f"{first[0]}{number}" for number in range(int(first[1:]), int(last[1:]) + 1)]


def _sizes_by(rule: SizeRule, values: Values) -> frozenset[str]:
    most, settled = len(SIZES) - 1, True
    for indicator, bounds in rule.thresholds.items():
        known = values.get(_INDICATORS[indicator], ())
        if len(known) != 1:
            settled = False
            continue
        most = min(most, sum(float(known[0]) >= bounds[size] for size in bounds))
    return frozenset(SIZES[most : most + 1] if settled else SIZES[: most + 1])


def _one_of(values: Values, field: str, words: frozenset[str]) -> Truth:
    known = values.get(field)
    return Truth.UNKNOWN if known is None else truth_of(not words.isdisjoint(known))


def _flag(values: Values, field: str) -> Truth:
    known = values.get(field)
    return Truth.UNKNOWN if known is None else truth_of(True in known)


def _number(values: Values, field: str, holds: Callable[[float], bool]) -> Truth:
    known = values.get(field)
    return Truth.UNKNOWN if known is None else truth_of(any(holds(float(one)) for one in known))


def _word(field: str, *words: str) -> Question:
    accepted = frozenset(words)
    return lambda _facets, values: _one_of(values, field, accepted)


def _agricultural(_facets: Facets, values: Values) -> Truth:
    """A cooperative, or an industry in section A or division C13."""
    industries = values.get("industry")
    farming = Truth.UNKNOWN
    if industries is not None:
        farming = any_of(
            Truth.UNKNOWN if code == "C" else truth_of(str(code).startswith(("A", "C13"))) for code in industries
        )
    return any_of((_one_of(values, "legal_form", frozenset({"cooperative"})), farming))


def _family(_facets: Facets, values: Values) -> Truth:
    """Expecting, under 18, or with children; one known child counts while its age is unknown."""
    children = _number(values, "children", lambda count: count >= 1)
    minor = _number(values, "child_age", lambda age: age < 18)
    if minor is Truth.UNKNOWN and children is Truth.NO:
        minor = Truth.NO
    return any_of((children, minor, _flag(values, "pregnant"), _number(values, "age", lambda age: age < 18)))


def _student(_facets: Facets, values: Values) -> Truth:
    """At school, or within two years of graduating."""
    return any_of(
        (
            _one_of(values, "employment", frozenset({"student"})),
            _number(values, "graduated_within_years", lambda years: years <= 2),
        )
    )


def _senior(_facets: Facets, values: Values) -> Truth:
    retired = _one_of(values, "employment", frozenset({"retired"}))
    return any_of((_number(values, "age", lambda age: age >= 60), retired))


def _disabled(_facets: Facets, values: Values) -> Truth:
    """Holds a certificate, or a grade of one."""
    return Truth.YES if values.get("disability_grade") else _flag(values, "disabled")


def _military(_facets: Facets, values: Values) -> Truth:
    serving = _one_of(values, "employment", frozenset({"soldier"}))
    return any_of((_flag(values, "veteran"), serving, _flag(values, "family_martyr")))


def _in_hardship(_facets: Facets, values: Values) -> Truth:
    known = values.get("hardship")
    return Truth.UNKNOWN if known is None else truth_of(bool(known))


def _from_abroad(_facets: Facets, values: Values) -> Truth:
    known = values.get("nationality")
    return Truth.UNKNOWN if known is None else truth_of(any(place != "cn" for place in known))


def _away_from_home(_facets: Facets, values: Values) -> Truth:
    """Lives in another city than that of the hukou."""
    homes, places = values.get("hukou_region"), values.get("residence_region")
    if not homes or not places:
        return Truth.UNKNOWN
    return all_of(negate(_same_city(str(home), str(place))) for home in homes for place in places)


def _same_city(one: str, other: str) -> Truth:
    if city := _city(one):
        return truth_of(region_covers(city, other))
    if city := _city(other):
        return truth_of(region_covers(city, one))
    apart = region_covers(one, other) is False and region_covers(other, one) is False
    return Truth.NO if apart else Truth.UNKNOWN


def _city(code: str) -> str | None:
    """The city that `code` lies in; None for a whole province or country.

    A municipality is one city, a county that its province runs directly (`429004`) one of its own.
    """
    if code[:2] in _MUNICIPALITIES:
        return code[:2] + "0000"
    if code[2:4] == "90":
        return code if code[4:] != "00" else None
    return code[:4] + "00" if len(region_prefix(code)) >= 4 else None


_ENTERPRISE: dict[str, Question] = {
    "ET01": _word("ownership", "state"),
    "ET02": _word("ownership", "private"),
    "ET03": _word("ownership", "foreign", "hmt"),
    "ET04": Facets.is_sme,
    "ET05": _word("legal_form", "sole_trader"),
    "ET06": Facets.is_hitech,
    "ET07": _agricultural,
}
_INDIVIDUAL: dict[str, Question] = {
    "PT01": _family,
    "PT02": _student,
    "PT03": _word("employment", "employed", "flexible", "unemployed"),
    "PT04": _word("employment", "self_employed"),
    "PT05": _away_from_home,
    "PT06": _senior,
    "PT07": _disabled,
    "PT08": _military,
    "PT09": _in_hardship,
    "PT10": _from_abroad,
}
