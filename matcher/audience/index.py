"""The audience: every subscriber's profile and wishes, turned so that one policy is put to everybody at once.

One object is one shard, used by one process. It is filled by `matcher.audience.building`, kept fresh by `put` and
`remove`, asked by `matcher.audience.matching`, and stored by `matcher.audience.snapshot`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Kind, Side
from matcher.applicant import Applicant, read_applicant
from matcher.audience.columns import CoveringColumn, WordColumn, make_column
from matcher.audience.sets import bitmap, members_of
from matcher.audience.slices import NumberColumn
from matcher.facets import Facets
from matcher.truth import Truth

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """One subscriber as the index takes it in. `profile` holds registry fields as they are on the day."""

    id: int
    kind: str
    profile: Mapping[str, Any]
    topics: Sequence[str] = ()
    recommend: bool = False
    channels: Sequence[str] = ()


class Audience:
    """Slots are numbered in the order of coming; `everyone` holds those in use."""

    def __init__(self) -> None:
        self.ids: Ids = np.empty(0, dtype=np.int64)
        """The subscriber of each slot."""
        self.count = 0
        """How many slots were given out; `ids` may be longer."""
        self.ordered = 0
        """Up to this slot the ids rise, so they are found by bisection; later ones are in `_late`."""
        self._late: dict[int, int] = {}
        self.everyone = BitMap()
        self.recommend = BitMap()
        self.sides = {side: BitMap() for side in Side}
        self.types: dict[str, BitMap] = {}
        self.other_types: dict[str, BitMap] = {}
        """For each type those who surely are not of it."""
        self.topics: dict[str, BitMap] = {}
        self.channels: dict[str, BitMap] = {}
        self.columns: dict[str, WordColumn | CoveringColumn | NumberColumn] = {
            name: make_column(field.kind) for name, field in FIELDS.items() if field.kind is not Kind.OPEN
        }

    def put(self, row: Row, facets: Facets) -> None:
        """Take in a subscriber, or what has changed of one. Raises InputError and changes nothing for a bad profile."""
        applicant = read_row(row, facets)
        self.remove([row.id])
        self._place(row, applicant)

    def put_all(self, rows: Iterable[Row], facets: Facets) -> list[tuple[int, InputError]]:
        """The same for many, in one go; whose profile can't be judged is removed, and answered with the reason."""
        read: list[tuple[Row, Applicant]] = []
        refused: list[tuple[int, InputError]] = []
        for row in rows:
            try:
                read.append((row, read_row(row, facets)))
            except InputError as error:
                refused.append((row.id, error))
        self.remove([*(row.id for row, _ in read), *(subscriber_id for subscriber_id, _ in refused)])
        for row, applicant in read:
            self._place(row, applicant)
        return refused

    def remove(self, ids: Iterable[int]) -> None:
        """Forget subscribers; unknown ones are no error. Their slots stay theirs."""
        gone = self.slots_of(ids)
        if not gone:
            return
        for members in self._sets_of_wishes():
            members -= gone  # in place
        for column in self.columns.values():
            if column.known.intersect(gone):
                for members in column.sets():
                    members -= gone

    def find_slot(self, subscriber_id: int) -> int | None:
        """The slot that this subscriber has or had."""
        at = int(np.searchsorted(self.ids[: self.ordered], subscriber_id))
        if at < self.ordered and self.ids[at] == subscriber_id:
            return at
        return self._late.get(subscriber_id)

    def ids_of(self, members: BitMap) -> Ids:
        """The subscribers in a set of slots."""
        return self.ids[members_of(members)]

    def slots_of(self, ids: Iterable[int]) -> BitMap:
        """The slots of those of `ids` who are in this audience."""
        asked = np.fromiter(ids, dtype=np.int64)
        at = np.searchsorted(self.ids[: self.ordered], asked)
        found = at < self.ordered
        found[found] = self.ids[at[found]] == asked[found]
        late = [slot for one in asked[~found].tolist() if (slot := self._late.get(one)) is not None]
        return (bitmap(np.sort(at[found]).astype(np.uint32)) | BitMap(late)) & self.everyone

    def take_slots(self, ids: Ids) -> int:
        """Give the next slots to subscribers who have none yet; answers the first of them."""
        first, self.count = self.count, self.count + len(ids)
        if self.count > len(self.ids):
            grown = np.zeros(max(self.count, len(self.ids) * 5 // 4, 1024), dtype=np.int64)
            grown[:first] = self.ids[:first]
            self.ids = grown
        self.ids[first : self.count] = ids
        rising = bool((np.diff(ids) > 0).all()) and (first == 0 or bool(self.ids[first - 1] < ids[0]))
        if self.ordered == first and rising:
            self.ordered = self.count
        else:
            self._late |= {int(one): first + at for at, one in enumerate(ids)}
        return first

    def _place(self, row: Row, applicant: Applicant) -> None:
        slot = self.find_slot(row.id)
        if slot is None:
            slot = self.take_slots(np.array([row.id], dtype=np.int64))
        self.everyone.add(slot)
        self.sides[applicant.side].add(slot)
        if row.recommend:
            self.recommend.add(slot)
        for held, sets in ((row.topics, self.topics), (row.channels, self.channels)):
            for code in held:
                sets.setdefault(code, BitMap()).add(slot)
        for code, truth in applicant.types.items():
            if truth is not Truth.UNKNOWN:
                sets = self.types if truth is Truth.YES else self.other_types
                sets.setdefault(code, BitMap()).add(slot)
        for name, values in applicant.values.items():
            self.columns[name].add(slot, values)

    def sets(self) -> Iterator[BitMap]:
        """Every set that the audience holds."""
        yield from self._sets_of_wishes()
        for column in self.columns.values():
            yield from column.sets()

    def _sets_of_wishes(self) -> Iterator[BitMap]:
        """Those that don't come from a field."""
        yield from (self.everyone, self.recommend, *self.sides.values())
        for named in (self.types, self.other_types, self.topics, self.channels):
            yield from named.values()


def read_row(row: Row, facets: Facets) -> Applicant:
    """The applicant that a row describes. Raises InputError."""
    return read_applicant({**row.profile, "kind": row.kind}, facets, sized=True)
