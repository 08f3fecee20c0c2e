"""The audience and PostgreSQL: read everybody by COPY in one pass, then follow what changes.

Every change stamps the subscriber with its transaction (`subscribers.changed_in`). A watermark is the oldest
transaction that was still running when we looked: whatever changed since carries it or a later one, so reading from the
watermark on misses nothing, and reading a row twice does no harm.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import InputError
from matcher.audience.building import Builder
from matcher.audience.index import Audience, Row
from matcher.facets import Facets
from subscribers.profiles import fields_on

# `channels` are those by which somebody can be reached today; what providers said of an address comes with planning.
_COLUMNS = """id, kind, profile, topics, recommend, ARRAY(
    SELECT c.channel FROM contacts c
    WHERE c.subscriber_id = s.id AND c.consented AND c.state = 'verified'
      AND (s.channels = '{}' OR c.channel = ANY(s.channels)))"""
_TYPES = ["int8", "text", "jsonb", "text[]", "bool", "text[]"]
_WATERMARK = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
# One statement, so one look: also where nothing has changed it answers with a row, which holds the next watermark.
_FOLLOW = text(
    f"SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, {_COLUMNS}, erased_at IS NOT NULL"  # noqa: S608
    " FROM (SELECT 1) one LEFT JOIN subscribers s ON changed_in >= :watermark AND id % :of = :number"
)
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of all subscribers that one audience holds: those whose id leaves `number` when divided by `of`."""

    number: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading brought: the watermark to follow from, how many rows came, and who was left out and why."""

    watermark: int
    rows: int
    refused: list[tuple[int, InputError]]


def load_audience(session: Session, facets: Facets, day: date, shard: Shard) -> tuple[Audience, Loaded]:
    """Everybody of the shard as they are on `day` in China (ages change with it, so build anew every day)."""
    watermark = int(session.scalar(_WATERMARK) or 0)
    builder, count = Builder(facets), 0
    for row in _copied(session, day, shard):
        builder.add(row)
        count += 1
    return builder.finish(), Loaded(watermark, count, builder.refused)


def follow(session: Session, audience: Audience, facets: Facets, day: date, shard: Shard, watermark: int) -> Loaded:
    """Take in what has changed since `watermark`. Must not run in a transaction that has read something before."""
    rows = session.execute(_FOLLOW, {"watermark": watermark, "of": shard.of, "number": shard.number}).all()
    changed = [(values, is_erased) for _, *values, is_erased in rows if values[0] is not None]
    refused: list[tuple[int, InputError]] = []
    audience.remove([values[0] for values, is_erased in changed if is_erased])
    kept = [_row(values, day) for values, is_erased in changed if not is_erased]
    for start in range(0, len(kept), _BATCH):
        refused += audience.put_all(kept[start : start + _BATCH], facets)
    return Loaded(int(rows[0][0]), len(changed), refused)


def _copied(session: Session, day: date, shard: Shard) -> Iterator[Row]:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # the only driver, for the type checker
    query = (
        f"COPY (SELECT {_COLUMNS} FROM subscribers s WHERE erased_at IS NULL"  # noqa: S608  # numbers and constants
        f" AND id % {int(shard.of)} = {int(shard.number)} ORDER BY id) TO STDOUT (FORMAT BINARY)"
    )
    with driver.cursor() as cursor, cursor.copy(query.encode()) as copy:
        copy.set_types(_TYPES)
        for values in copy.rows():
            yield _row(values, day)


def _row(values: Iterable[Any], day: date) -> Row:
    subscriber_id, kind, profile, topics, recommend, channels = values
    return Row(subscriber_id, kind, fields_on(profile, day), topics, recommend, channels)
