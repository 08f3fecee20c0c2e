"""What the index keeps of one field: for every value the set of those who have it, as compressed bitmaps.

Members are numbered by *slots* 0, 1, 2 …; a bitmap is a set of slots. A column answers an atom with two disjoint
sets: who surely meets it and who surely doesn't; whoever is in neither is unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeAlias

from pyroaring import BitMap

from core.vocabulary.fields import Kind
from matcher.audience.sets import SlotArray, union
from matcher.audience.slices import NumberColumn
from matcher.criteria import Atom, code_prefix
from matcher.values import Value

Sets: TypeAlias = tuple[BitMap, BitMap]
"""Who meets it, who doesn't. They may be shared: never to be changed in place."""


class Column(Protocol):
    """One field of everybody."""

    known: BitMap

    def add(self, slot: int, values: Iterable[Value]) -> None: ...

    def truths(self, atom: Atom, within: BitMap) -> Sets:
        """Of `within`: who meets the atom, and who doesn't."""
        ...

    def sets(self) -> Iterator[BitMap]:
        """Every set that the column holds, the known ones first."""
        ...


class WordColumn:
    """A field of words, flags or ordered words: one set for each word."""

    def __init__(self) -> None:
        self.known = BitMap()
        self.holders: dict[Value, BitMap] = {}

    def add(self, slot: int, values: Iterable[Value]) -> None:
        self.known.add(slot)
        for value in values:
            self.holders.setdefault(value, BitMap()).add(slot)

    def load(self, known: SlotArray, holders: Mapping[Value, SlotArray]) -> None:
        """Add many at once: the slots that are known, and for each word those that have it."""
        self.known |= BitMap(known)
        for value, slots in holders.items():
            self.holders[value] = self.holders.get(value, BitMap()) | BitMap(slots)

    def sets(self) -> Iterator[BitMap]:
        yield self.known
        yield from self.holders.values()

    def truths(self, atom: Atom, within: BitMap) -> Sets:
        met = union(self.holders[value] for value in atom.accepts if value in self.holders) & within
        unmet = (self.known & within) - met
        return (unmet, met) if atom.op == "not_in" else (met, unmet)


class CoveringColumn:
    """A field of codes that cover downwards: a set for each code, and one for all below each code."""

    def __init__(self, kind: Kind) -> None:
        self.known = BitMap()
        self.kind = kind
        self.at: dict[str, BitMap] = {}
        self.below: dict[str, BitMap] = {}
        self._lengths = (0, 2, 4, 6) if kind is Kind.REGION else (1, 3, 4, 5)

    def add(self, slot: int, values: Iterable[Value]) -> None:
        self.known.add(slot)
        for value in values:
            prefix = code_prefix(self.kind, str(value))
            for covering in self._covering(prefix):
                self.below.setdefault(covering, BitMap()).add(slot)
            if len(prefix) < self._lengths[-1]:
                self.at.setdefault(prefix, BitMap()).add(slot)

    def load(self, known: SlotArray, holders: Mapping[Value, SlotArray]) -> None:
        """Add many at once: the slots that are known, and for each code those that have it."""
        self.known |= BitMap(known)
        for value, slots in holders.items():
            prefix, members = code_prefix(self.kind, str(value)), BitMap(slots)
            for covering in self._covering(prefix):
                self.below[covering] = self.below.get(covering, BitMap()) | members
            if len(prefix) < self._lengths[-1]:
                self.at[prefix] = self.at.get(prefix, BitMap()) | members

    def sets(self) -> Iterator[BitMap]:
        yield self.known
        yield from self.at.values()
        yield from self.below.values()

    def truths(self, atom: Atom, within: BitMap) -> Sets:
        met = union(self.below[code] for code in atom.within if code in self.below) & within
        coarse = union(self.at[code] for code in atom.above if code in self.at)
        unmet = (self.known & within) - met - coarse
        return (unmet, met) if atom.op == "not_in" else (met, unmet)

    def _covering(self, prefix: str) -> list[str]:
        return [prefix[:length] for length in self._lengths if length <= len(prefix)]


def make_column(kind: Kind) -> "WordColumn | CoveringColumn | NumberColumn":
    if kind is Kind.NUMBER:
        return NumberColumn()
    return CoveringColumn(kind) if kind in (Kind.REGION, Kind.INDUSTRY) else WordColumn()
