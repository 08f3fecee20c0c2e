"""The types that a profile certainly has, for those who store profiles and may not know the rules."""

from collections.abc import Callable, Mapping
from typing import Any

from core.vocabulary.load import Vocabulary
from matcher.applicant import read_applicant
from matcher.facets import Facets
from matcher.truth import Truth


def make_deriver(vocabulary: Vocabulary) -> Callable[[Mapping[str, Any]], list[str]]:
    """What makes the type codes (ET…, PT…) of `{"kind", <field>: value, …}`, without those that are only possible."""
    facets = Facets(vocabulary)

    def derive(fields: Mapping[str, Any]) -> list[str]:
        types = read_applicant({**fields, "types": None}, facets, sized=True).types
        return [code for code, truth in types.items() if truth is Truth.YES]

    return derive
