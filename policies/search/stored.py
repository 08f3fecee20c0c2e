"""The index of the library, in blocks of postings: each batch that comes in is a block, and small blocks are merged.

Postings are of versions, which never change, so neither does a block; what is no longer the newest version of its
policy is left out by those who show what was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import log
from typing import cast

from psycopg import Connection
from sqlalchemy import ARRAY, BIGINT, Row, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from policies.models import Policy, PolicyVersion, SearchBlock, SearchPosting
from policies.search.postings import Hit, Postings, invert, rank
from policies.search.words import Document

TOGETHER = 8
"""So many blocks of a size become one of the next; of each size there are fewer than that."""
BATCH = 2000

_COPY = "COPY search_postings (block_id, word, versions, impacts) FROM STDIN (FORMAT BINARY)"
_FETCH = """
    SELECT word, string_agg(versions, ''::bytea ORDER BY block_id), string_agg(impacts, ''::bytea ORDER BY block_id)
    FROM search_postings
    WHERE block_id IN (SELECT id FROM search_blocks) AND word = ANY(%s)
    GROUP BY word
"""
_MERGE = text("""
    WITH gone AS (DELETE FROM search_postings WHERE block_id = ANY(:old) RETURNING block_id, word, versions, impacts)
    INSERT INTO search_postings (block_id, word, versions, impacts)
    SELECT :new, word,
           string_agg(versions, ''::bytea ORDER BY block_id), string_agg(impacts, ''::bytea ORDER BY block_id)
    FROM gone GROUP BY word
""").bindparams(bindparam("old", type_=ARRAY(BIGINT)))


def add(session: Session, documents: Sequence[Document]) -> None:
    """Index new versions (`number` is the version's id); one process at a time: `intake.storing.lock_library`."""
    if not documents:
        return
    block = _open_block(session, len(documents))
    with _connection(session).cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["int8", "text", "bytea", "bytea"])
        for word, found in invert(documents).items():
            copy.write_row((block, word, found.documents.tobytes(), found.impacts.tobytes()))
    while small := _too_many(session):
        _merge(session, small)


def find(session: Session, terms: Mapping[str, float], most: int) -> list[Hit]:
    """The versions that answer best; `document` is the version's id, which need not be the newest of its policy."""
    total = session.scalar(select(func.coalesce(func.sum(SearchBlock.documents), 0))) or 0
    return rank(terms, _fetch(session, list(terms)), total, most)


def rebuild(session: Session) -> int:
    """Index the newest version of every policy anew, and answer how many; in the caller's transaction."""
    session.execute(delete(SearchPosting))
    session.execute(delete(SearchBlock))
    indexed = 0
    for batch in _newest_versions(session):
        add(session, batch)
        indexed += len(batch)
    return indexed


def is_missing(session: Session) -> bool:
    """Whether there are policies but no index: they are from before there was one."""
    block = select(SearchBlock.id).exists()
    return bool(session.scalar(select(select(PolicyVersion.id).exists() & ~block)))


def _fetch(session: Session, words: list[str]) -> dict[str, Postings]:
    # Past SQLAlchemy, for the binary format: in the other one bytes travel as twice as many digits.
    with _connection(session).cursor(binary=True) as cursor:
        rows = cast("list[tuple[str, bytes, bytes]]", cursor.execute(_FETCH, [words]).fetchall())
    return {word: Postings.from_bytes(versions, impacts) for word, versions, impacts in rows}


def _newest_versions(session: Session) -> Iterator[list[Document]]:
    newest = (
        select(PolicyVersion.id, Policy.title, Policy.doc_number, Policy.agency, PolicyVersion.text)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .ext(distinct_on(PolicyVersion.policy_id))
        .order_by(PolicyVersion.policy_id, PolicyVersion.number.desc())
        .execution_options(yield_per=BATCH)
    )
    for rows in session.execute(newest).partitions():
        yield [Document(number, title, f"{doc} {agency}", body) for number, title, doc, agency, body in rows]


def _open_block(session: Session, documents: int) -> int:
    return session.scalars(insert(SearchBlock).values(documents=documents).returning(SearchBlock.id)).one()


def _too_many(session: Session) -> list[Row[int, int]]:
    """The blocks (id, documents) of the smallest size of which there are too many; [] where there is none."""
    blocks = session.execute(select(SearchBlock.id, SearchBlock.documents)).all()
    by_size = groupby(sorted(blocks, key=lambda block: block[1]), key=lambda block: int(log(block[1], TOGETHER)))
    return next((found for found in (list(same) for _, same in by_size) if len(found) >= TOGETHER), [])


def _merge(session: Session, blocks: list[Row[int, int]]) -> None:
    old = [block for block, _ in blocks]
    session.execute(delete(SearchBlock).where(SearchBlock.id.in_(old)))
    new = _open_block(session, sum(documents for _, documents in blocks))
    session.execute(_MERGE, {"old": old, "new": new})


def _connection(session: Session) -> "Connection[tuple[object, ...]]":
    return cast("Connection[tuple[object, ...]]", session.connection().connection.driver_connection)
