"""Messages on several policies at once: a push's lines, and which of them each subscriber gets.

Digests, reminders, notices of changes and welcomes are all made so. The lines of a push are few and stand in one row;
who gets which is packed by blocks of 4096 subscribers, so that a million people with a dozen lines each are some 250
rows and 30 MB, written in a second, and one person's lines are one small row away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import Sessions
from core.errors import ZhidaError
from matcher.audience.sets import members_of
from workers.models import Bundle, BundleBlock

BLOCK = 4096
MOST_LINES = 65_535

Ids = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Line:
    """One policy in such a message.

    `why` says what brings it there: a `digest.candidates.Why`, a `reminders.Step` or a `changes.Event`. `change` is the
    sentence on what is new about it, `before_id` the targeting by which its readers were matched before it changed.
    `purpose` names the template where it is the only line of a message. A line that is not `judged` is told to all who
    were chosen, whether or not they qualify now and the policy holds.
    """

    policy_id: int
    targeting_id: int
    why: str
    title: str
    sentence: str = ""
    issuer: str = ""
    document_number: str = ""
    closes: date | None = None
    change: str = ""
    purpose: str = "digest"
    before_id: int | None = None
    judged: bool = True

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "closes": self.closes.isoformat() if self.closes else None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Line":
        closes = values["closes"]
        return cls(**{**values, "closes": date.fromisoformat(closes) if closes else None})


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who gets which lines: subscriber ids rising; of each the number of lines; the lines of all in one row."""

    subscribers: Ids
    counts: npt.NDArray[np.uint8]
    lines: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.subscribers)


def choose(members: Sequence[BitMap], most: int) -> Chosen:
    """For everybody the first `most` of the lines that they are a member of; `members` in the order of the lines.

    Takes `most` × 2 bytes for every subscriber meanwhile. Raises ValueError for more lines than can be numbered.
    """
    if len(members) > MOST_LINES or not 0 < most <= 255:
        raise ValueError("too many lines for one bundle")
    everybody = BitMap.union(BitMap(), *members)
    subscribers = members_of(everybody)
    counts = np.zeros(len(subscribers), dtype=np.uint8)
    places = _places(subscribers)
    table = np.zeros((len(subscribers), most), dtype=np.uint16)
    for number, ids in enumerate(members):
        at = places[members_of(ids)]
        at = at[counts[at] < most]
        table[at, counts[at]] = number
        counts[at] += 1
    return Chosen(subscribers, counts, table[np.arange(most) < counts[:, None]])


def to_all(members: BitMap) -> Chosen:
    """Everybody, without lines: for a message that says the same to all."""
    subscribers = members_of(members)
    return Chosen(subscribers, np.zeros(len(subscribers), dtype=np.uint8), np.empty(0, dtype=np.uint16))


def store_bundle(session: Session, push_id: int, lines: Sequence[Line], chosen: Chosen) -> None:
    """Write a push's lines and who gets which, by COPY."""
    session.add(Bundle(push_id=push_id, lines=[line.to_json() for line in lines]))
    session.flush()
    driver = cast("Connection[tuple[object, ...]]", session.connection().connection.driver_connection)
    with (
        driver.cursor() as cursor,
        cursor.copy("COPY bundle_blocks (push_id, number, subscribers, counts, lines) FROM STDIN") as copy,
    ):
        for number, part in _blocks(chosen):
            within = (part.subscribers - number * BLOCK).astype("<u2")
            copy.write_row(
                (push_id, number, within.tobytes(), part.counts.tobytes(), part.lines.astype("<u2").tobytes())
            )


def get_lines(session: Session, push_id: int) -> list[Line]:
    """The lines of a push. Raises ZhidaError for a push that isn't made of several policies."""
    values = session.scalar(select(Bundle.lines).where(Bundle.push_id == push_id))
    if values is None:
        raise ZhidaError(f"推送 {push_id} 没有逐人内容")
    return [Line.from_json(one) for one in values]


def list_lines(session: Session, push_id: int, subscriber_id: int) -> list[Line]:
    """What one subscriber gets, best first; empty for one who gets nothing."""
    lines = get_lines(session, push_id)
    block = session.get(BundleBlock, (push_id, subscriber_id // BLOCK))
    return [lines[number] for number in _numbers(block, subscriber_id)] if block else []


class Blocks:
    """The numbers of lines of one subscriber after the other; a block is read once for all of its subscribers."""

    def __init__(self, sessions: Sessions, push_id: int) -> None:
        self._sessions = sessions
        self._push_id = push_id
        self._read = lru_cache(maxsize=64)(self._find)

    def numbers_of(self, subscriber_id: int) -> list[int]:
        block = self._read(subscriber_id // BLOCK)
        return _numbers(block, subscriber_id) if block else []

    def _find(self, number: int) -> BundleBlock | None:
        with self._sessions() as session:
            return session.get(BundleBlock, (self._push_id, number))


def _numbers(block: BundleBlock, subscriber_id: int) -> list[int]:
    within = subscriber_id % BLOCK
    subscribers = np.frombuffer(block.subscribers, dtype="<u2")
    at = int(np.searchsorted(subscribers, within))
    if at == len(subscribers) or subscribers[at] != within:
        return []
    counts = np.frombuffer(block.counts, dtype=np.uint8)
    start = int(counts[:at].sum())
    numbers: list[int] = np.frombuffer(block.lines, dtype="<u2")[start : start + int(counts[at])].tolist()
    return numbers


def _places(subscribers: Ids) -> npt.NDArray[np.uint32]:
    """The place of each id among `subscribers` (4 bytes up to the highest id: cheaper than searching by far)."""
    places = np.zeros(int(subscribers[-1]) + 1 if len(subscribers) else 1, dtype=np.uint32)
    places[subscribers] = np.arange(len(subscribers), dtype=np.uint32)
    return places


def _blocks(chosen: Chosen) -> Iterator[tuple[int, Chosen]]:
    numbers = chosen.subscribers // BLOCK
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    line_ends = np.concatenate(([0], np.cumsum(chosen.counts, dtype=np.int64)))
    for start, end in zip(starts, [*starts[1:], len(chosen)], strict=True):
        part = Chosen(
            chosen.subscribers[start:end],
            chosen.counts[start:end],
            chosen.lines[line_ends[start] : line_ends[end]],
        )
        yield int(numbers[start]), part
