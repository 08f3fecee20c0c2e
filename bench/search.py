"""How fast policies are found in a library of 50,000: our index, PostgreSQL's own full-text search, and ILIKE.

All three search the same policies in the same database. The baseline is what PostgreSQL offers: dictionary words
(jieba) in a `tsvector` with a GIN index, any word may match, ranked by `ts_rank_cd`. ILIKE looks for the words one by
one in title and text, newest first, without ranking.
"""

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any, cast

import numpy as np
import rjieba
from psycopg import Connection
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from bench.web import filled
from core.database import make_sessions
from core.vocabulary.load import Vocabulary, load_vocabulary
from policies.search.stored import find, rebuild
from policies.search.words import terms_of

FIRST = 10
SLOWER = 10
_WARM = 5
_FOUND = text("""
    SELECT version_id FROM dictionary_words, to_tsquery('simple', :any) AS asked
    WHERE words @@ asked ORDER BY ts_rank_cd(words, asked, 1) DESC, version_id DESC LIMIT :first
""")
_LIKE = text("""
    SELECT id FROM policy_versions
    WHERE (SELECT bool_and(title || text ILIKE '%' || word || '%') FROM unnest(CAST(:words AS text[])) word)
    ORDER BY published_date DESC NULLS LAST, id DESC LIMIT :first
""")
_SIZES = text("""
    SELECT pg_total_relation_size('search_postings'), pg_total_relation_size('dictionary_words')
""")


def run(policies: int, questions: int) -> dict[str, Any]:
    """Milliseconds of one search, warm, for each way, and seconds and megabytes that the indexes take.

    `own_title` is the share of searches for a policy's own title that have it first.
    """
    vocabulary = load_vocabulary()
    with filled(policies, 0, vocabulary) as (engine, _), make_sessions(engine)() as session:
        begun = perf_counter()
        rebuild(session)
        session.commit()
        ours_seconds = perf_counter() - begun
        begun = perf_counter()
        _index_by_dictionary(engine)
        dictionary_seconds = perf_counter() - begun
        ours, dictionary = _ours(session, vocabulary), _by_dictionary(session)
        asked = _questions(vocabulary, questions)
        few = asked[: max(1, questions // SLOWER)]  # those that take seconds are asked less
        titles = _titles(session, len(few))
        own, others = session.execute(_SIZES).one()
        return {
            "policies": policies,
            "questions": questions,
            "ours_ms": _spread(ours, asked),
            "tsvector_ms": _spread(dictionary, few),
            "ilike_ms": _spread(_by_like(session), few),
            "own_title": {"ours": _first(ours, titles), "tsvector": _first(dictionary, titles)},
            "index_seconds": {"ours": round(ours_seconds, 1), "tsvector": round(dictionary_seconds, 1)},
            "index_mb": {"ours": own >> 20, "tsvector": others >> 20},
        }


Search = Callable[[str], list[int]]
"""A question → the ids of the versions that answer best."""


def _ours(session: Session, vocabulary: Vocabulary) -> Search:
    return lambda question: [hit.document for hit in find(session, terms_of(question, vocabulary), FIRST)]


def _by_dictionary(session: Session) -> Search:
    return lambda question: list(
        session.scalars(_FOUND, {"any": " | ".join(_dictionary_words(question)), "first": FIRST})
    )


def _by_like(session: Session) -> Search:
    return lambda question: list(session.scalars(_LIKE, {"words": _dictionary_words(question), "first": FIRST}))


def _dictionary_words(words: str) -> list[str]:
    return [word for word in rjieba.cut_for_search(words) if word.isalnum()]


def _index_by_dictionary(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE dictionary_words (version_id bigint PRIMARY KEY, words tsvector)"))
        rows = connection.execute(text("SELECT id, title, text FROM policy_versions ORDER BY id")).all()
        driver = cast("Connection[tuple[object, ...]]", connection.connection.driver_connection)
        driver.execute("CREATE TEMP TABLE cut (version_id bigint, title text, body text)")
        with driver.cursor() as cursor, cursor.copy("COPY cut FROM STDIN") as copy:
            for row in _cut(cast("Iterable[tuple[int, str, str]]", rows)):
                copy.write_row(row)
        driver.execute("""
            INSERT INTO dictionary_words
            SELECT version_id,
                   setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', body), 'D')
            FROM cut
        """)
        driver.execute("CREATE INDEX ix_dictionary_words ON dictionary_words USING gin (words)")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _cut(rows: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    for version_id, title, body in rows:
        yield version_id, " ".join(_dictionary_words(title)), " ".join(_dictionary_words(body))


def _questions(vocabulary: Vocabulary, wanted: int) -> list[str]:
    """Short searches, long questions, and what people say, in equal shares."""
    random = np.random.default_rng(7)
    topics, trades = list(vocabulary.topics.values()), [one.name for one in vocabulary.industries.values()]

    def one(choices: Any) -> Any:
        return choices[int(random.integers(len(choices)))]

    kinds: list[Callable[[], str]] = [
        lambda: str(one(one(topics).keywords)),
        lambda: f"{one(trades)}企业可以申请哪些{one(one(topics).keywords)}支持？",
        lambda: str(one(vocabulary.colloquial).say),
    ]
    return [kinds[number % len(kinds)]() for number in range(wanted)]


def _titles(session: Session, wanted: int) -> list[tuple[str, int]]:
    some = text("SELECT title, id FROM policy_versions ORDER BY md5(id::text) LIMIT :wanted")
    return [(title, number) for title, number in session.execute(some, {"wanted": wanted})]


def _first(search: Search, titles: list[tuple[str, int]]) -> float:
    return round(sum(search(title)[:1] == [number] for title, number in titles) / len(titles), 3)


def _spread(search: Search, asked: list[str]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    for question in asked[:_WARM]:
        search(question)
    spent = []
    for question in asked:
        begun = perf_counter()
        search(question)
        spent.append((perf_counter() - begun) * 1000)
    return {"p50": round(float(np.percentile(spent, 50)), 2), "p95": round(float(np.percentile(spent, 95)), 2)}
