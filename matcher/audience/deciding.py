"""What to do with one policy for everybody at once: the same decisions as `matcher.decision`, as sets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from core.vocabulary.fields import Side
from matcher.audience.columns import Sets
from matcher.audience.index import Audience, Ids
from matcher.audience.matching import Match, match, match_node, match_place, match_types
from matcher.audience.sets import union
from matcher.criteria import Atom, Demand, Node, Not
from matcher.decision import (
    ACTS,
    RECOMMENDED,
    SUBSCRIBED,
    Act,
    Code,
    Offer,
    is_closed,
    is_specific,
    rank,
    unasked_chance,
)
from matcher.rules import own_types

Ranks = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decided:
    """The slots of each reason; who is in none neither subscribed to a topic nor allowed recommendation."""

    groups: Mapping[Code, BitMap]
    found: Match

    def members(self, act: Act) -> BitMap:
        """Everybody with this decision."""
        return union(members for code, members in self.groups.items() if ACTS[code] is act)


def decide_all(audience: Audience, offer: Offer, today: date) -> Decided:
    """Decide for everybody who subscribed to one of the topics or allows recommendation."""
    found = match(audience, offer.demand)
    subscribed = union(audience.topics.get(topic, BitMap()) for topic in offer.topics) & audience.everyone
    candidates = subscribed | audience.recommend
    if is_closed(offer, today):
        return Decided({Code.CLOSED: candidates}, found)
    left = candidates - found.no
    asked = left - subscribed
    recommended = asked & (_aimed_at(audience, offer.demand) | _meeting(audience, offer.demand, asked))
    placed = union(match_place(audience, offer.demand, side)[0] for side in Side)
    groups = {
        Code.NOT_FITTING: candidates & found.no,
        Code.NO_INTEREST: asked - recommended,
        Code.PLACE_UNKNOWN: ((left & subscribed) | recommended) - placed,
        **dict(zip(SUBSCRIBED, _by_openness(found, left & subscribed & placed), strict=True)),
        **dict(zip(RECOMMENDED, _by_openness(found, recommended & placed), strict=True)),
    }
    return Decided({code: members for code, members in groups.items() if members}, found)


def rank_all(audience: Audience, offer: Offer, decided: Decided, act: Act, today: date) -> tuple[Ids, Ranks]:
    """Everybody with decision `act`, and the rank (0 to 1) of each."""
    ids, ranks = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for code, members in decided.groups.items():
        if ACTS[code] is not act or act is Act.NONE:
            continue
        for value, ranked in _ranked(audience, offer, code, members, today):
            ids.append(audience.ids_of(ranked))
            ranks.append(np.full(len(ids[-1]), value))
    return np.concatenate(ids), np.concatenate(ranks)


def _ranked(
    audience: Audience, offer: Offer, code: Code, members: BitMap, today: date
) -> Iterator[tuple[float, BitMap]]:
    """The members of a group by rank: each counts under the likeliest of the topics that they subscribed to."""
    openness = (SUBSCRIBED if code in SUBSCRIBED else RECOMMENDED).index(code)
    chances = sorted(offer.topics.items(), key=lambda item: -item[1]) if code in SUBSCRIBED else []
    for side in Side:
        left = members & audience.sides[side]
        for topic, chance in chances:
            mine = left & audience.topics.get(topic, BitMap())
            left = left - mine
            yield rank(offer, chance, openness, side, today), mine
        yield rank(offer, unasked_chance(offer), openness, side, today), left


def _by_openness(found: Match, members: BitMap) -> tuple[BitMap, BitMap, BitMap]:
    """Who fits, who fits but for clauses to check, who lacks a datum."""
    fits, favoured = members & found.yes, members & found.favourable_yes
    return fits, favoured - fits, members - favoured


def _aimed_at(audience: Audience, demand: Demand) -> BitMap:
    """Who surely is of a type that the policy names."""
    return union(match_types(audience, demand, side)[0] for side in Side if own_types(demand, side))


def _meeting(audience: Audience, demand: Demand, within: BitMap) -> BitMap:
    """Of `within`: who surely meets a specific condition."""
    return union(_met(match_node(audience, atom, within)[0], negated) for atom, negated in _literals(demand.conditions))


def _met(sets: Sets, negated: bool) -> BitMap:
    return sets[1] if negated else sets[0]


def _literals(node: Node, negated: bool = False) -> Iterator[tuple[Atom, bool]]:
    """The specific atoms of a tree, and whether each stands under an odd number of `not`."""
    if isinstance(node, Atom):
        if is_specific(node):
            yield node, negated
    elif isinstance(node, Not):
        yield from _literals(node.child, not negated)
    else:
        for child in node.children:
            yield from _literals(child, negated)
