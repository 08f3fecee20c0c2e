"""Filling an audience from millions of rows in one pass: rows are gathered by field and value, then become sets."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from pyroaring import BitMap

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Kind, Side
from matcher.applicant import Applicant
from matcher.audience.index import Audience, Row, read_row
from matcher.audience.sets import NumberArray, SlotArray
from matcher.audience.slices import NumberColumn
from matcher.facets import Facets
from matcher.truth import Truth
from matcher.values import Value

CHUNK = 500_000
"""Rows that are gathered before they become sets; bounds the memory that building takes."""

_NUMBERS = frozenset(name for name, field in FIELDS.items() if field.kind is Kind.NUMBER)


def _slots() -> SlotArray:
    return array("I")


def _holders() -> defaultdict[Value, SlotArray]:
    return defaultdict(_slots)


class _Chunk:
    """What was gathered since sets were last made."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.sides: dict[Side, SlotArray] = defaultdict(_slots)
        self.recommend = _slots()
        self.types: dict[str, SlotArray] = defaultdict(_slots)
        self.other_types: dict[str, SlotArray] = defaultdict(_slots)
        self.topics: dict[str, SlotArray] = defaultdict(_slots)
        self.channels: dict[str, SlotArray] = defaultdict(_slots)
        self.known: dict[str, SlotArray] = defaultdict(_slots)
        self.holders: dict[str, dict[Value, SlotArray]] = defaultdict(_holders)


class Builder:
    """Gathers rows; `finish` answers the audience. With ids in rising order finding one later needs no table."""

    def __init__(self, facets: Facets) -> None:
        self.refused: list[tuple[int, InputError]] = []
        """Subscribers whose profile can't be judged, with the reason; they are not in the audience."""
        self._facets = facets
        self._audience = Audience()
        self._chunk = _Chunk()
        self._known_numbers: dict[str, SlotArray] = defaultdict(_slots)
        self._numbers: dict[str, list[tuple[SlotArray, NumberArray]]] = defaultdict(list)

    def add(self, row: Row) -> None:
        """Take in one row. A subscriber must not come twice."""
        try:
            applicant = read_row(row, self._facets)
        except InputError as error:
            self.refused.append((row.id, error))
        else:
            self.take(row, applicant)

    def take(self, row: Row, applicant: Applicant) -> None:
        """Take in a row that was read already."""
        chunk = self._chunk
        slot = self._audience.count + len(chunk.ids)
        chunk.ids.append(row.id)
        chunk.sides[applicant.side].append(slot)
        if row.recommend:
            chunk.recommend.append(slot)
        for code in row.topics:
            chunk.topics[code].append(slot)
        for code in row.channels:
            chunk.channels[code].append(slot)
        for code, truth in applicant.types.items():
            if truth is not Truth.UNKNOWN:
                (chunk.types if truth is Truth.YES else chunk.other_types)[code].append(slot)
        for name, values in applicant.values.items():
            self._gather(name, slot, values)
        if len(chunk.ids) == CHUNK:
            self._make_sets()

    def finish(self) -> Audience:
        """The audience of all rows. The builder is spent."""
        self._make_sets()
        for name, known in self._known_numbers.items():
            column = self._audience.columns[name]
            assert isinstance(column, NumberColumn)  # noqa: S101  # a fact of the registry, for the type checker
            column.load(known, self._numbers.pop(name, []))
        for members in self._audience.sets():
            members.run_optimize()
            members.shrink_to_fit()
        return self._audience

    def _gather(self, name: str, slot: int, values: tuple[Value, ...]) -> None:
        if name not in _NUMBERS:
            self._chunk.known[name].append(slot)
            holders = self._chunk.holders[name]
            for value in values:
                holders[value].append(slot)
            return
        self._known_numbers[name].append(slot)
        layers = self._numbers[name]
        for at, value in enumerate(values):
            if at == len(layers):
                layers.append((_slots(), array("d")))
            layers[at][0].append(slot)
            layers[at][1].append(float(value))

    def _make_sets(self) -> None:
        chunk, audience = self._chunk, self._audience
        self._chunk = _Chunk()
        if not chunk.ids:
            return
        first = audience.take_slots(np.frombuffer(chunk.ids, dtype=np.int64))
        audience.everyone.add_range(first, audience.count)
        audience.recommend |= BitMap(chunk.recommend)
        for side, slots in chunk.sides.items():
            audience.sides[side] |= BitMap(slots)
        _merge(audience.types, chunk.types)
        _merge(audience.other_types, chunk.other_types)
        _merge(audience.topics, chunk.topics)
        _merge(audience.channels, chunk.channels)
        for name, known in chunk.known.items():
            column = audience.columns[name]
            assert not isinstance(column, NumberColumn)  # noqa: S101  # a fact of the registry, for the type checker
            column.load(known, chunk.holders[name])


def build(rows: Iterable[Row], facets: Facets) -> Audience:
    """The audience of `rows`. Raises InputError for the first profile that can't be judged."""
    builder = Builder(facets)
    for row in rows:
        builder.add(row)
        if builder.refused:
            raise builder.refused[0][1]
    return builder.finish()


def _merge(sets: dict[str, BitMap], gathered: Mapping[str, SlotArray]) -> None:
    for code, slots in gathered.items():
        sets[code] = sets.get(code, BitMap()) | BitMap(slots)
