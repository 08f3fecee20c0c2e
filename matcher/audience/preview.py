"""What staff see before they send: how many, by which conditions, who narrowly misses, and some to look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pyroaring import BitMap

from core.vocabulary.codes import region_prefix
from core.vocabulary.fields import Side, place_field
from matcher.audience.columns import CoveringColumn, Sets
from matcher.audience.deciding import decide_all
from matcher.audience.index import Audience
from matcher.audience.matching import match_frame, match_node
from matcher.audience.sets import union
from matcher.criteria import All, AnyOf, Atom, Demand, Node, Not
from matcher.decision import ACTS, Act, Code, Offer

SAMPLE = 10
NEARLY = 3
MOST_NODES = 200
"""Nodes that are counted one by one; a longer tree is counted as far as that."""


@dataclass(frozen=True, slots=True)
class NodeCount:
    """One node, put to all who meet side, types and place. `only`: it alone rules them out (demanded at the top).

    `nearly` holds the ids of a few of those, who subscribed to a topic or allowed recommendation.
    """

    path: str
    yes: int
    no: int
    unknown: int
    only: int | None
    nearly: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of subscribers; `overlap` are those of the pushed who were among `recent`; `sample` holds ids."""

    candidates: int
    codes: Mapping[Code, int]
    acts: Mapping[Act, int]
    nodes: list[NodeCount]
    types: Mapping[str, int]
    regions: Mapping[str, int]
    channels: Mapping[str, int]
    unreachable: int
    overlap: int
    sample: list[int]


def preview(audience: Audience, offer: Offer, today: date, recent: BitMap) -> Preview:
    """What pushing now would do. `recent` are slots of those who were pushed something lately."""
    decided = decide_all(audience, offer, today)
    pushed = decided.members(Act.PUSH)
    by_act = {act: sum(len(m) for code, m in decided.groups.items() if ACTS[code] is act) for act in Act}
    return Preview(
        candidates=sum(by_act.values()),
        codes={code: len(members) for code, members in decided.groups.items()},
        acts=by_act,
        nodes=count_nodes(audience, offer.demand, union(decided.groups.values())),
        types=_overlaps(pushed, audience.types),
        regions=count_regions(audience, offer.demand, pushed),
        channels=_overlaps(pushed, audience.channels),
        unreachable=len(pushed - union(audience.channels.values())),
        overlap=pushed.intersection_cardinality(recent),
        sample=sample(audience, pushed),
    )


def count_nodes(audience: Audience, demand: Demand, candidates: BitMap) -> list[NodeCount]:
    """For each node of the conditions, in the order of the tree, whom it admits and whom it rules out."""
    weighed = _Weighing(audience, demand)
    missed = {f"conditions.all[{at}]": members for at, members in enumerate(weighed.missed())}
    return [
        count
        if (members := missed.get(count.path)) is None
        else replace(count, only=len(members), nearly=sample(audience, members & candidates, NEARLY))
        for count in weighed.counts
    ]


def near_misses(audience: Audience, demand: Demand) -> list[BitMap]:
    """For each part of the outermost `all`: who is ruled out by it alone, with side, types and place met or unknown.

    Empty where the conditions are no `all`; of a longer one the first MOST_NODES parts.
    """
    return _Weighing(audience, demand).missed()


class _Weighing:
    """The conditions put to all whom side, types and place leave; each atom is asked once, whatever stands above it."""

    def __init__(self, audience: Audience, demand: Demand) -> None:
        self._audience = audience
        self._within = audience.everyone - match_frame(audience, demand)[1]
        self.counts: list[NodeCount] = []
        self._failed: list[BitMap] = []
        self._once, self._more = BitMap(), BitMap()
        """Whom one part of the outermost `all` rules out at least, and whom several do."""
        self._weigh(demand.conditions, "conditions")

    def missed(self) -> list[BitMap]:
        return [members - self._more for members in self._failed]

    def _weigh(self, node: Node, path: str) -> Sets:
        """Who meets the node and who doesn't; counted in its place in the order of the tree."""
        place = len(self.counts)
        if place < MOST_NODES:
            self.counts.append(NodeCount(path, 0, 0, 0, None))
        yes, no = self._truths(node, path)
        if place < MOST_NODES:
            unknown = len(self._within) - len(yes) - len(no)
            self.counts[place] = NodeCount(path, len(yes), len(no), unknown, None)
        return yes, no

    def _truths(self, node: Node, path: str) -> Sets:
        if isinstance(node, Not):
            yes, no = self._weigh(node.child, f"{path}.not")
            return no, yes
        if isinstance(node, Atom):
            return match_node(self._audience, node, self._within)[0]
        word = "all" if isinstance(node, All) else "any"
        met, unmet = (self._within, BitMap()) if isinstance(node, All) else (BitMap(), self._within)
        for at, child in enumerate(node.children):
            yes, no = self._weigh(child, f"{path}.{word}[{at}]")
            met, unmet = (met & yes, unmet | no) if isinstance(node, All) else (met | yes, unmet & no)
            if path == "conditions" and isinstance(node, All):
                self._note(no)
        return met, unmet

    def _note(self, failed: BitMap) -> None:
        self._more = self._more | (self._once & failed)
        self._once = self._once | failed
        if len(self._failed) < MOST_NODES:
            self._failed.append(failed)


def count_regions(audience: Audience, demand: Demand, members: BitMap) -> dict[str, int]:
    """The members by place, one level below the policy's own region."""
    prefix = region_prefix(demand.region or "000000")
    counts: dict[str, int] = {}
    for side in Side:
        column = audience.columns[place_field(side).name]
        mine = members & audience.sides[side]
        if not isinstance(column, CoveringColumn) or not mine:
            continue
        below = min(len(prefix) + 2, 6)
        for code, inside in column.below.items():
            here = len(code) == below and code.startswith(prefix)
            if here and (count := mine.intersection_cardinality(inside)):
                counts[code.ljust(6, "0")] = counts.get(code.ljust(6, "0"), 0) + count
    return counts


def sample(audience: Audience, members: BitMap, size: int = SAMPLE) -> list[int]:
    """Up to `size` of the members, evenly spread over them, so that a second look shows the same ones."""
    count = len(members)
    taken = sorted({at * count // size for at in range(size)}) if count else []
    return [int(audience.ids[members[at]]) for at in taken]


def _overlaps(members: BitMap, named: Mapping[str, BitMap]) -> dict[str, int]:
    counts = {name: members.intersection_cardinality(others) for name, others in named.items()}
    return {name: count for name, count in sorted(counts.items()) if count}


def list_paths(node: Node, path: str = "conditions") -> Iterator[tuple[str, Node]]:
    """Every node with its path, in the order of the tree."""
    yield path, node
    if isinstance(node, Not):
        yield from list_paths(node.child, f"{path}.not")
    elif isinstance(node, All | AnyOf):
        word = "all" if isinstance(node, All) else "any"
        for at, child in enumerate(node.children):
            yield from list_paths(child, f"{path}.{word}[{at}]")
