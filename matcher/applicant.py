"""What the rules may know of one subscriber: checked values by field, and which types they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Kind, Side
from core.vocabulary.load import Vocabulary
from matcher.facets import Facets
from matcher.truth import Truth, truth_of
from matcher.values import Value, read_value

MAX_NUMBERS = 50
MAX_WORDS = 1_000

_FIELDS = {name: field for name, field in FIELDS.items() if field.kind is not Kind.OPEN}


@dataclass(frozen=True, slots=True)
class Applicant:
    """`values` holds a tuple for every known field (empty: known to have none); a field that is absent is unknown.

    `types` says for each type of the own side whether the applicant is of it.
    """

    side: Side
    values: Mapping[str, tuple[Value, ...]]
    types: Mapping[str, Truth]


def read_applicant(profile: Mapping[str, Any], facets: Facets, *, sized: bool = False) -> Applicant:
    """The applicant in `{"kind", <field>: value or list of values, "types"?}`; other keys are passed over.

    A given `types` list is complete; without one the types are derived. The size is taken as given; with `sized`, an
    absent one is derived from the statistical thresholds (as for stored profiles, which never hold it).
    Raises InputError naming the field that holds what it can't hold.
    """
    kind = profile.get("kind")
    if kind not in ("enterprise", "individual"):
        raise InputError("kind 应为 enterprise 或 individual", "kind")
    side = Side(kind)
    values = read_values(profile, facets.vocabulary)
    if sized and "size" not in values and (size := facets.derive_size(values)):
        values["size"] = (size,)
    return Applicant(side, values, _types(profile.get("types"), side, values, facets))


def read_values(profile: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, tuple[Value, ...]]:
    """The known fields of `profile`, each as a tuple. Raises InputError naming the field."""
    values: dict[str, tuple[Value, ...]] = {}
    for name, given in profile.items():
        field = _FIELDS.get(name)
        if field is None or given is None:
            continue
        if not isinstance(given, list | tuple):
            values[name] = (read_value(field, given, vocabulary, name),)
            continue
        if len(given) > (MAX_NUMBERS if field.kind is Kind.NUMBER else MAX_WORDS):
            raise InputError(f"{field.label}的值太多", name)
        values[name] = tuple(dict.fromkeys(read_value(field, one, vocabulary, name) for one in given))
    return values


def _types(given: Any, side: Side, values: Mapping[str, tuple[Value, ...]], facets: Facets) -> Mapping[str, Truth]:
    if given is None:
        return facets.derive_types(side, values)
    known = facets.vocabulary.types
    if not isinstance(given, list | tuple) or not all(isinstance(code, str) and code in known for code in given):
        raise InputError("types 应为类型编码（ET01…、PT01…）的列表", "types")
    return {kind.code: truth_of(kind.code in given) for kind in facets.vocabulary.list_types(side)}
