"""Conditions that only the title states: services for foreigners, veterans, foreign firms are named after them."""

import re
from collections.abc import Iterator

from matcher.reading.criteria.branches import list_atoms
from matcher.reading.criteria.clause import Clause, Setting
from matcher.reading.criteria.clauses import find_conditions
from matcher.reading.criteria.titles import Titles
from matcher.reading.reading import Node
from matcher.reading.script import fold

_NAMED = frozenset(
    {"ownership", "nationality", "legal_form", "veteran", "disabled", "hardship", "family_martyr", "pregnant"}
)
"""What a service is named after. A title's trade, size or qualification may be what it grants or merely mentions."""
_SERVICE = 900
"""A text no longer than this describes one service; a longer one is a policy, whose title sums up much."""
_TITLE = 200
_FARMS = re.compile(r"家庭农场|龙头企业|种植大户")
"""Named beside cooperatives: any form may apply."""


def read_heading(title: str, text: str, said: list[Node], setting: Setting, titles: Titles) -> Iterator[Node]:
    """Atoms whose quote stands in the title alone (`"start": None, "in": "title"`), of fields not `said` already."""
    if len(text) > _SERVICE or not text:
        return
    fields = {atom["field"] for node in said for atom in list_atoms(node)}
    clause = Clause(fold(title[:_TITLE]), 0, "", strict=True)
    for found in find_conditions(clause, len(clause.text), setting, titles):
        if found.field == "legal_form" and _FARMS.search(clause.text):
            continue
        if found.field in _NAMED and found.field not in fields:
            quote = title[found.start : found.end]
            yield {
                "field": found.field,
                "op": found.op,
                "value": found.value,
                "quote": quote,
                "start": None,
                "in": "title",
            }
