"""An audience kept as a snapshot between runs, and taken over by the next one where it is still good.

What is taken over answers like one read anew, or it isn't taken over: it is of the same database, shard, day, fields
and code, it is brought up to date by the change sequence, and in the end it has as many people as the table.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import InputError
from matcher.audience.index import Audience
from matcher.audience.loading import Loaded, Shard, follow
from matcher.audience.origin import database_of, made_by
from matcher.audience.snapshot import load, save
from matcher.facets import Facets

FEW = 10_000
SHARE = 5
"""Where more than so many and more than one in `SHARE` have changed, reading anew is faster than following."""

_CHANGED = text("SELECT count(*) FROM subscribers WHERE changed_in >= :watermark AND id % :of = :number")
_EVERYBODY = text("SELECT count(*) FROM subscribers WHERE erased_at IS NULL AND id % :of = :number")


class NotTaken(Exception):  # noqa: N818  # not an error: everybody is read anew
    """Why a snapshot isn't taken over."""


@dataclass(slots=True)
class Standing:
    """An audience, how far it followed the changes, and who was left out because the profile can't be judged."""

    audience: Audience = field(default_factory=Audience)
    watermark: int = 0
    left_out: set[int] = field(default_factory=set)
    followed: int = 0
    """Rows taken in since it was read or stored."""

    def take_in(self, loaded: Loaded) -> None:
        """What was read or followed of the audience."""
        self.watermark = loaded.watermark
        self.left_out |= {subscriber_id for subscriber_id, _ in loaded.refused}
        self.followed += loaded.rows

    def count(self) -> int:
        """How many people the table must have."""
        returned = self.audience.ids_of(self.audience.slots_of(self.left_out)).tolist()
        return len(self.audience.everyone) + len(self.left_out.difference(returned))


def store(session: Session, standing: Standing, path: Path, facets: Facets, day: date, shard: Shard) -> bool:
    """Write the snapshot, for the owner's eyes only; False where another worker is writing it just now.

    Raises OSError where it can't be written; what was there before then stays.
    """
    note = _note(session, facets, day, shard)
    note |= {"watermark": standing.watermark, "left_out": sorted(standing.left_out)}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path) as is_alone:
        if is_alone:
            save(standing.audience, path, note)
            standing.followed = 0
    return is_alone


def take_over(session: Session, path: Path, facets: Facets, day: date, shard: Shard) -> Standing:
    """The audience of the snapshot, with all that has changed since. `session` must not have read anything yet.

    Raises NotTaken.
    """
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        audience, note = load(path)
        standing = Standing(audience, int(note.pop("watermark")), set(note.pop("left_out")))
    except (InputError, KeyError, TypeError, ValueError) as error:
        raise NotTaken(f"it can't be read ({error})") from error
    expected = _note(session, facets, day, shard)
    if other := [name for name in expected if note.get(name) != expected[name]]:
        raise NotTaken(f"it is of another {', '.join(other)}")
    asked = {"watermark": standing.watermark, "number": shard.number, "of": shard.of}
    changed = session.scalar(_CHANGED, asked) or 0
    if changed > max(FEW, len(audience.everyone) // SHARE):
        raise NotTaken(f"{changed} profiles have changed since")
    standing.take_in(follow(session, audience, facets, day, shard, standing.watermark))
    if (there := session.scalar(_EVERYBODY, asked)) != standing.count():
        raise NotTaken(f"it holds {standing.count()} people, the table {there}")
    return standing


def _note(session: Session, facets: Facets, day: date, shard: Shard) -> dict[str, Any]:
    """What must be the same when it is taken over."""
    return {
        "database": database_of(session),
        "shard": f"{shard.number}/{shard.of}",
        "day": day.isoformat(),
        "fields": made_by(facets.vocabulary),
    }


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether nobody else writes `path`; the lock ends with the process, however that ends."""
    with os.fdopen(os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
