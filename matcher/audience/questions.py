"""All atoms that a shelf of policies asks, each once, answered together for one applicant."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from core.vocabulary.fields import FIELDS, Kind
from matcher.applicant import Applicant
from matcher.criteria import Atom, code_prefix
from matcher.truth import Truth
from matcher.values import Value

Truths = npt.NDArray[np.int8]
"""Numbers of `Truth`."""
Numbers = npt.NDArray[np.int64]

_NONE: Numbers = np.empty(0, dtype=np.int64)


class Questions:
    """Numbers what is asked; equal atoms share a number."""

    def __init__(self) -> None:
        self.count = 0
        self._atoms: dict[tuple[str, str, object], int] = {}
        self._types: dict[str, int] = {}
        self._gathered: dict[str, list[tuple[Atom, int]]] = defaultdict(list)
        self._fields: dict[str, _Field] = {}

    def ask(self, atom: Atom) -> int:
        """The number of an atom's answer."""
        key = (atom.field, atom.op, atom.value)
        if key not in self._atoms:
            self._atoms[key] = self._take()
            self._gathered[atom.field].append((atom, self._atoms[key]))
        return self._atoms[key]

    def ask_type(self, code: str) -> int:
        """The number of the answer whether the applicant is of a type."""
        if code not in self._types:
            self._types[code] = self._take()
        return self._types[code]

    def close(self) -> None:
        """All is asked; from now on it is answered."""
        self._fields = {name: _Field(FIELDS[name].kind, atoms) for name, atoms in self._gathered.items()}

    def answer(self, applicant: Applicant) -> Truths:
        """The truth of each question, by its number."""
        truths = np.full(self.count, Truth.UNKNOWN, dtype=np.int8)
        for name, field in self._fields.items():
            if (mine := applicant.values.get(name)) is not None:
                field.answer(mine, truths)
        for code, number in self._types.items():
            truths[number] = applicant.types.get(code, Truth.UNKNOWN)
        return truths

    def _take(self) -> int:
        self.count += 1
        return self.count - 1


class _Field:
    """The atoms of one field, found by the values that satisfy them."""

    def __init__(self, kind: Kind, atoms: list[tuple[Atom, int]]) -> None:
        self._kind = kind
        self._numbers = np.array([number for _, number in atoms], dtype=np.int64)
        self._denied = np.array([number for atom, number in atoms if atom.op == "not_in"], dtype=np.int64)
        compared = kind is Kind.NUMBER
        self._least = _Bounds([(atom.bound, number) for atom, number in atoms if compared and atom.op == "ge"])
        self._most = _Bounds([(atom.bound, number) for atom, number in atoms if compared and atom.op == "le"])
        listed = [(atom, number) for atom, number in atoms if not (compared and atom.op in ("ge", "le"))]
        self._satisfied = _by_value((atom.within if atom.covering else atom.accepts, number) for atom, number in listed)
        self._coarse = _by_value((atom.above, number) for atom, number in listed)

    def answer(self, mine: tuple[Value, ...], truths: Truths) -> None:
        """Fill in the answers for one who holds `mine`."""
        truths[self._numbers] = Truth.NO
        for value in mine:
            if self._kind in (Kind.REGION, Kind.INDUSTRY):
                prefix = code_prefix(self._kind, str(value))
                coarse = self._coarse.get(prefix, _NONE)
                truths[coarse] = np.maximum(truths[coarse], np.int8(Truth.UNKNOWN))
                for length in range(len(prefix) + 1):
                    truths[self._satisfied.get(prefix[:length], _NONE)] = Truth.YES
                continue
            truths[self._satisfied.get(value, _NONE)] = Truth.YES
            if self._kind is Kind.NUMBER:
                truths[self._least.upto(float(value))] = Truth.YES
                truths[self._most.since(float(value))] = Truth.YES
        truths[self._denied] = Truth.YES - truths[self._denied]


class _Bounds:
    """Bounds in order, each with the number of its question."""

    def __init__(self, bounds: list[tuple[float, int]]) -> None:
        ordered = sorted(bounds)
        self._bounds = np.array([bound for bound, _ in ordered])
        self._numbers = np.array([number for _, number in ordered], dtype=np.int64)

    def upto(self, value: float) -> Numbers:
        """The questions whose bound is `value` or less."""
        return self._numbers[: np.searchsorted(self._bounds, value, side="right")]

    def since(self, value: float) -> Numbers:
        """The questions whose bound is `value` or more."""
        return self._numbers[np.searchsorted(self._bounds, value, side="left") :]


def _by_value(asked: Iterable[tuple[Iterable[Value], int]]) -> dict[Value, Numbers]:
    found: dict[Value, list[int]] = defaultdict(list)
    for values, number in asked:
        for value in values:
            found[value].append(number)
    return {value: np.array(numbers, dtype=np.int64) for value, numbers in found.items()}
