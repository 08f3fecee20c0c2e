"""A field of numbers, cut into bits: comparing everybody with a bound takes a few set operations, whatever the bound.

Every distinct number has a code, in the same order as the numbers; slice `i` is the set of those whose code has bit `i`
(O'Neil and Quass, Improved Query Performance with Variant Indexes, SIGMOD 1997). Codes are shared out by how many hold
a number, so that every slice halves those who are still undecided, however skewed the numbers are. They are spaced by a
gap, so that a number seen for the first time finds a code between its neighbours; when a gap is full, all codes are
shared out anew. Until then the slices of the gap's bits are empty and cost nothing, and a bound may be any code between
two neighbours: the roundest one, whose low bits are zero, ends the comparison early.

A list of numbers satisfies a condition when one of them does, so the second numbers of all lists stand in a second
layer, and so on; a layer is a plain column of single numbers.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from matcher.audience.sets import NumberArray, SlotArray, Slots, bitmap, members_of, union
from matcher.criteria import Atom
from matcher.values import Value

GAP = 8
"""Bits between two neighbouring codes when they are shared out."""

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


class Layer:
    """One number of each in `present`, by its code."""

    def __init__(self) -> None:
        self.present = BitMap()
        self.slices: list[BitMap] = []

    def add(self, slot: int, code: int) -> None:
        self.present.add(slot)
        for bit in range(code.bit_length()):
            if code >> bit & 1:
                self._slice(bit).add(slot)

    def load(self, slots: Slots, codes: Codes) -> None:
        """Add many at once."""
        self.present |= bitmap(slots)
        for bit in range(int(codes.max(initial=0)).bit_length()):
            self._slice(bit).update(bitmap(slots[(codes >> bit & 1).astype(bool)]))

    def read(self) -> tuple[Slots, Codes]:
        """All slots in order, and the code of each."""
        slots = members_of(self.present)
        codes = np.zeros(len(slots), dtype=np.int64)
        for bit, members in enumerate(self.slices):
            codes[np.searchsorted(slots, members_of(members))] |= 1 << bit
        return slots, codes

    def at_least(self, bound: int, within: BitMap) -> BitMap:
        """Of `within`: those with a code of `bound` or more."""
        equal, more = self.present & within, BitMap()
        if bound.bit_length() > len(self.slices):
            return more
        for bit in range(len(self.slices) - 1, -1, -1):
            if not bound & ((2 << bit) - 1):
                break  # the rest of the bound is zero: whoever is equal so far reaches it
            if bound >> bit & 1:
                equal &= self.slices[bit]
            else:
                more |= equal & self.slices[bit]
                equal -= self.slices[bit]
        more |= equal
        return more

    def among(self, codes: Sequence[int], within: BitMap) -> BitMap:
        """Of `within`: those with one of `codes`."""
        held = [code for code in codes if code.bit_length() <= len(self.slices)]
        return self._among(held, len(self.slices) - 1, self.present & within)

    def _among(self, codes: Sequence[int], bit: int, left: BitMap) -> BitMap:
        if not codes or not left:
            return BitMap()
        if bit < 0:
            return left
        ones, zeros = [c for c in codes if c >> bit & 1], [c for c in codes if not c >> bit & 1]
        found = self._among(ones, bit - 1, left & self.slices[bit]) if ones else BitMap()
        return found | self._among(zeros, bit - 1, left - self.slices[bit]) if zeros else found

    def _slice(self, bit: int) -> BitMap:
        while len(self.slices) <= bit:
            self.slices.append(BitMap())
        return self.slices[bit]


class NumberColumn:
    """One field of numbers of everybody."""

    def __init__(self) -> None:
        self.known = BitMap()
        self.points: Floats = np.empty(0)
        self.codes: Codes = np.empty(0, dtype=np.int64)
        self.layers: list[Layer] = []

    def add(self, slot: int, values: Iterable[Value]) -> None:
        self.known.add(slot)
        for at, value in enumerate(values):
            code = self._code(float(value))  # may share out all codes anew, so before the layer is touched
            self.layer(at).add(slot, code)

    def load(self, known: SlotArray, layers: Sequence[tuple[SlotArray, NumberArray]]) -> None:
        """Fill an empty column: the slots that are known, and for each layer slots in order with their numbers."""
        self.known = BitMap(known)
        numbers = [np.frombuffer(values, dtype=np.float64) for _, values in layers]
        if not numbers:
            return
        self.points, holders = np.unique(np.concatenate(numbers), return_counts=True)
        self.codes = shared_out(holders)
        for at, (slots, _) in enumerate(layers):
            codes = self.codes[np.searchsorted(self.points, numbers[at])]
            self.layer(at).load(np.frombuffer(slots, dtype=np.uint32), codes)

    def sets(self) -> Iterator[BitMap]:
        yield self.known
        for layer in self.layers:
            yield layer.present
            yield from layer.slices

    def truths(self, atom: Atom, within: BitMap) -> tuple[BitMap, BitMap]:
        met = union(self._met(layer, atom, within) for layer in self.layers)
        unmet = (self.known & within) - met
        return (unmet, met) if atom.op == "not_in" else (met, unmet)

    def _met(self, layer: Layer, atom: Atom, within: BitMap) -> BitMap:
        if atom.op == "ge":
            return self._from(layer, int(np.searchsorted(self.points, atom.bound, side="left")), within)
        if atom.op == "le":
            above = int(np.searchsorted(self.points, atom.bound, side="right"))
            return (layer.present & within) - self._from(layer, above, within)
        asked = np.array([float(value) for value in atom.accepts])
        return layer.among(self.codes[np.isin(self.points, asked)].tolist(), within)

    def _from(self, layer: Layer, at: int, within: BitMap) -> BitMap:
        """Of `within`: those whose number is the one at place `at` of all numbers, or greater."""
        if at == len(self.points):
            return BitMap()
        below = int(self.codes[at - 1]) if at else 0
        return layer.at_least(roundest(below, int(self.codes[at])), within)

    def _code(self, value: float) -> int:
        """The code of a number; one that is new gets a code between its neighbours."""
        at = int(np.searchsorted(self.points, value))
        if at < len(self.points) and self.points[at] == value:
            return int(self.codes[at])
        below = int(self.codes[at - 1]) if at else 0
        above = int(self.codes[at]) if at < len(self.codes) else below + (2 << GAP)
        if above - below < 2:
            self._share_out()
            return self._code(value)
        self.points = np.insert(self.points, at, value)
        self.codes = np.insert(self.codes, at, (below + above) // 2)
        return int(self.codes[at])

    def _share_out(self) -> None:
        """Give every number a new code."""
        held = [(slots, np.searchsorted(self.codes, codes)) for slots, codes in map(Layer.read, self.layers)]
        at_all = np.concatenate([at for _, at in held])
        self.codes = shared_out(np.bincount(at_all, minlength=len(self.points)))
        self.layers = [Layer() for _ in held]
        for layer, (slots, at) in zip(self.layers, held, strict=True):
            layer.load(slots, self.codes[at])

    def layer(self, at: int) -> Layer:
        """The layer of the numbers that stand at place `at` of their lists."""
        while len(self.layers) <= at:
            self.layers.append(Layer())
        return self.layers[at]


def shared_out(holders: Codes) -> Codes:
    """Rising codes, at least a gap apart: each in its place among all `holders` (how many there are of each)."""
    count = len(holders)
    share = 4 << count.bit_length()
    placed = (np.cumsum(holders) - holders / 2) / max(1, holders.sum()) * share
    order = np.arange(1, count + 1)
    return (np.maximum.accumulate(placed.astype(np.int64) - order) + order + 1).clip(order) << GAP


def roundest(below: int, upto: int) -> int:
    """The number above `below` and not above `upto` that ends in the most zero bits."""
    while (rounder := upto & (upto - 1)) > below:
        upto = rounder
    return upto
