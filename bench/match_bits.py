"""The near-physical limit: every condition's answer already lies there as packed bits, only their logic is timed.

The bits come from the rules, asked once for every distinct value of a field; nothing of it is shared with the index,
whose answers it checks.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.match_policies import Policy
from core.vocabulary.fields import FIELDS, Kind, Side, place_field
from matcher.applicant import Applicant
from matcher.criteria import All, Atom, Demand, Node, Not, list_atoms
from matcher.rules import judge_atom, judge_region, judge_side, judge_types
from matcher.truth import Truth

Bits = npt.NDArray[np.uint64]
Answer = tuple[Bits, Bits]
"""Who meets it and who doesn't: one bit for each subscriber."""


class _Column:
    """One attribute of everybody: the number of its value among the distinct ones. Number 0 stands for none."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {None: 0}
        self._held = array("i")

    def add(self, value: Any) -> None:
        self._held.append(self._numbers.setdefault(value, len(self._numbers)))

    def grow(self, count: int) -> None:
        """Make room for `count` more, who have none."""
        self._held.frombytes(bytes(self._held.itemsize * count))

    def put(self, at: int, value: Any) -> None:
        self._held[at] = self._numbers.setdefault(value, len(self._numbers))

    def answer(self, truth_of: Callable[[Any], Truth]) -> Answer:
        """The bits of those whose value is true, and of those whose value is false; none is neither."""
        truths = np.fromiter(
            (Truth.UNKNOWN if value is None else truth_of(value) for value in self._numbers),
            np.uint8,
            len(self._numbers),
        )
        everybody = truths[np.frombuffer(self._held, dtype=np.int32)]
        return _packed(everybody == Truth.YES), _packed(everybody == Truth.NO)


class Scan:
    """What the policies ask for, of everybody."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        asked = {atom.field for policy in policies for atom in list_atoms(policy.demand.conditions)}
        self._columns = {name: _Column() for name in asked if FIELDS[name].kind is not Kind.OPEN}
        self._sides, self._places, self._types = _Column(), _Column(), _Column()
        self._answered: dict[tuple[str, str, object], Answer] = {}
        self.count = 0

    def add(self, applicants: Sequence[Applicant]) -> None:
        self.count += len(applicants)
        self._answered.clear()
        for column in self._columns.values():
            column.grow(len(applicants))
        for at, applicant in enumerate(applicants, self.count - len(applicants)):
            for name, value in applicant.values.items():
                if name in self._columns:
                    self._columns[name].put(at, value)
            self._sides.add(applicant.side)
            self._places.add((applicant.side, applicant.values.get(place_field(applicant.side).name)))
            self._types.add((applicant.side, tuple(applicant.types.items())))

    def leaves(self, demand: Demand) -> "Leaves":
        """The answers of which one policy is made up."""
        return Leaves(
            (
                self._sides.answer(lambda side: judge_side(demand, Applicant(side, {}, {}))),
                self._places.answer(lambda key: judge_region(demand, _placed(*key))),
                self._types.answer(lambda key: judge_types(demand, Applicant(key[0], {}, dict(key[1])))),
            ),
            {atom: self._leaf(atom) for atom in list_atoms(demand.conditions)},
            _packed(np.ones(self.count, dtype=bool)),
        )

    def _leaf(self, atom: Atom) -> Answer:
        if atom.kind is Kind.OPEN:
            nobody = _packed(np.zeros(self.count, dtype=bool))
            return nobody, nobody
        asked = (atom.field, atom.op, atom.value)
        if asked not in self._answered:
            column = self._columns[atom.field]
            self._answered[asked] = column.answer(lambda mine: judge_atom(atom, _holding(atom.field, mine)))
        return self._answered[asked]


@dataclass(frozen=True, slots=True)
class Leaves:
    """Side, place and types; the atoms; and all bits set."""

    frame: tuple[Answer, ...]
    atoms: Mapping[Atom, Answer]
    everybody: Bits

    def verdicts(self, demand: Demand) -> tuple[Answer, Answer]:
        """Strict and favourable, of everybody."""
        frame = _all(list(self.frame))
        strict = self._node(demand.conditions, None)
        favourable = self._node(demand.conditions, Truth.YES)
        return _all([frame, strict]), _all([frame, favourable])

    def _node(self, node: Node, favour: Truth | None) -> Answer:
        if isinstance(node, Atom):
            if node.kind is not Kind.OPEN or favour is None:
                return self.atoms[node]
            nobody = self.atoms[node][0]
            return (self.everybody, nobody) if favour is Truth.YES else (nobody, self.everybody)
        if isinstance(node, Not):
            mirrored = None if favour is None else Truth(2 - favour)
            yes, no = self._node(node.child, mirrored)
            return no, yes
        children = [self._node(child, favour) for child in node.children]
        if isinstance(node, All):
            return _all(children) if children else (self.everybody, self.everybody & ~self.everybody)
        no, yes = _all([(no, yes) for yes, no in children]) if children else (self.everybody, ~self.everybody)
        return yes, no


def numbers_in(bits: Bits, count: int) -> npt.NDArray[np.int64]:
    """The places of the bits that are set, among the first `count`."""
    return np.flatnonzero(np.unpackbits(bits.view(np.uint8), count=count))


def _all(answers: list[Answer]) -> Answer:
    yes, no = answers[0]
    for also_yes, also_no in answers[1:]:
        yes, no = yes & also_yes, no | also_no
    return yes, no


def _packed(held: npt.NDArray[np.bool_]) -> Bits:
    packed = np.packbits(held)
    return np.pad(packed, (0, -len(packed) % 8)).view(np.uint64)


def _holding(field: str, mine: tuple[Any, ...]) -> Applicant:
    return Applicant(Side.ENTERPRISE, {field: mine}, {})


def _placed(side: Side, place: tuple[Any, ...] | None) -> Applicant:
    return Applicant(side, {} if place is None else {place_field(side).name: place}, {})
