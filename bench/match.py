"""How fast one policy is put to everybody: our index, the best PostgreSQL query, and bare bits, in one run.

The three must give the same sets, or the benchmark fails.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pyroaring import BitMap

from bench.match_bits import Scan, numbers_in
from bench.match_held import hold
from bench.match_people import Population
from bench.match_policies import Policy, make_policies
from bench.match_postgres import Ids, Table
from bench.timing import best, spread
from core.embedded import EmbeddedStack
from core.errors import ZhidaError
from core.settings import Settings
from core.vocabulary.load import Vocabulary, load_vocabulary
from matcher.applicant import Applicant
from matcher.audience.best import iterate_best
from matcher.audience.building import Builder
from matcher.audience.index import Audience, Row, read_row
from matcher.audience.matching import Match, match
from matcher.audience.preview import preview
from matcher.audience.sets import union
from matcher.audience.shelf import Shelf
from matcher.audience.slices import NumberColumn
from matcher.decision import Offer, Wish
from matcher.explain import list_reasons
from matcher.facets import Facets
from matcher.rules import judge

_CHUNK = 20_000
_EXPLAINED = 2_000
_NEWCOMERS = 100
_TODAY = date(2026, 3, 1)


def run(
    profiles: int,
    policies: int,
    settings: Settings | None = None,
    *,
    postgres: bool = True,
    open_policies: int = 20_000,
) -> dict[str, Any]:
    """The figures of one run; `identical` is always true, for a difference raises ZhidaError.

    Times are of one policy put to everybody, in milliseconds, warm, the best of a few. Ours answers both verdicts of
    everybody and who of them subscribed; PostgreSQL only the latter. `bytes_per_profile` is what the index holds in
    memory. Without `postgres` its figures are None (a table of ten million takes long to make). `preview_ms` is all
    that an editor sees of a policy; `held` is what a process takes that reads the audience from a snapshot and
    answers the same policies; `newcomer_ms` is one newcomer against so many open policies, the ten best of them.
    """
    vocabulary = load_vocabulary(settings.vocabulary_dir if settings else None)
    asked = make_policies(vocabulary, policies)
    with ExitStack() as closing:
        table = closing.enter_context(_table(settings)) if postgres else None
        scan = Scan(asked)
        audience, build_seconds = _fill(profiles, vocabulary, scan, table)
        ours, limit, sql = [], [], []
        for number, policy in enumerate(asked):
            ours.append(best(partial(_ask, audience, policy)))
            leaves = scan.leaves(policy.demand)
            limit.append(best(partial(leaves.verdicts, policy.demand)))
            compare_bits(number, audience, match(audience, policy.demand), leaves.verdicts(policy.demand))
            if table is not None:
                sql.append(table.milliseconds(policy))
                compare_ids(number, _sets(audience, policy), table.ids(policy))
    return {
        "profiles": profiles,
        "policies": policies,
        "ours_ms": spread(ours),
        "postgres_ms": spread(sql) if sql else None,
        "limit_ms": spread(limit),
        "ratio_postgres": round(_median_ratio(sql, ours), 1) if sql else None,
        "ratio_limit": round(_median_ratio(ours, limit), 2),
        "bytes_per_profile": round(memory_of(audience) / max(1, profiles), 1),
        "build_seconds": round(build_seconds, 1),
        "held": hold(audience, policies),
        "explain_us": round(_explaining(vocabulary, asked), 1),
        "refresh_ms": round(_refreshing(vocabulary, audience), 3),
        "preview_ms": spread(_previewing(audience, asked)),
        "newcomer_ms": spread(_newcomers(vocabulary, open_policies)),
        "identical": True,
    }


@contextmanager
def _table(settings: Settings | None) -> Iterator[Table]:
    """A table on the server that the settings name, else on one made for this run."""
    with ExitStack() as closing:
        url = settings.database_url if settings else None
        if not url:
            folder = closing.enter_context(TemporaryDirectory(prefix="zhida-bench-"))
            Path(folder).chmod(0o711)  # as root the server runs as another account, which must get in
            url = closing.enter_context(EmbeddedStack(Path(folder), fast=True, redis=False)).database_url
        table = Table(url.replace("postgresql+psycopg://", "postgresql://", 1))
        closing.callback(table.close)
        yield table


def _fill(profiles: int, vocabulary: Vocabulary, scan: Scan, table: Table | None) -> tuple[Audience, float]:
    """The audience of all rows, and the seconds that went into it; the other two take in the same rows."""
    facets = Facets(vocabulary)
    builder, spent = Builder(facets), 0.0
    rows = Population(vocabulary).rows(profiles)
    while chunk := list(islice(rows, _CHUNK)):
        start = time.perf_counter()
        people: list[tuple[Row, Applicant]] = [(row, read_row(row, facets)) for row in chunk]
        for row, applicant in people:
            builder.take(row, applicant)
        spent += time.perf_counter() - start
        scan.add([applicant for _, applicant in people])
        if table is not None:
            table.load(people)
    start = time.perf_counter()
    audience = builder.finish()
    spent += time.perf_counter() - start
    if table is not None:
        table.index()
    return audience, spent


def _ask(audience: Audience, policy: Policy) -> tuple[Match, BitMap, BitMap, BitMap]:
    """Both verdicts of everybody; of those who subscribed, who fits, fits in their favour, isn't ruled out."""
    found = match(audience, policy.demand)
    subscribed = union(audience.topics.get(topic, BitMap()) for topic in policy.topics)
    return found, subscribed & found.yes, subscribed & found.favourable_yes, subscribed - found.no


def _sets(audience: Audience, policy: Policy) -> tuple[Ids, Ids, Ids]:
    _, yes, favourable, candidates = _ask(audience, policy)
    return audience.ids_of(yes), audience.ids_of(favourable), audience.ids_of(candidates)


def compare_bits(number: int, audience: Audience, found: Match, bits: Any) -> None:
    """Raises ZhidaError where the index and the scan differ on anybody."""
    (yes, no), (favourable_yes, favourable_no) = bits
    pairs = (
        (found.yes, yes),
        (found.no, no),
        (found.favourable_yes, favourable_yes),
        (found.favourable_no, favourable_no),
    )
    for members, expected in pairs:
        if not np.array_equal(audience.ids_of(members) - 1, numbers_in(expected, audience.count)):
            raise ZhidaError(f"第 {number} 条政策：索引与逐位扫描的结果不一致")


def compare_ids(number: int, found: tuple[Ids, Ids, Ids], expected: tuple[Ids, Ids, Ids]) -> None:
    """Raises ZhidaError where the index and PostgreSQL differ."""
    if not all(np.array_equal(mine, theirs) for mine, theirs in zip(found, expected, strict=True)):
        raise ZhidaError(f"第 {number} 条政策：索引与 PostgreSQL 的结果不一致")


def memory_of(audience: Audience) -> int:
    """Bytes that the sets, the numbers and the ids take."""
    points = sum(column.points.nbytes * 2 for column in audience.columns.values() if isinstance(column, NumberColumn))
    return audience.ids.nbytes + points + sum(_bytes(members) for members in audience.sets())


def _bytes(members: BitMap) -> int:
    counted = members.get_statistics()
    return (
        counted["n_bytes_array_containers"] + counted["n_bytes_run_containers"] + counted["n_bytes_bitset_containers"]
    )


def _explaining(vocabulary: Vocabulary, asked: list[Policy]) -> float:
    """Microseconds for one full explanation in words of one policy to one subscriber, on average."""
    facets = Facets(vocabulary)
    people = [read_row(row, facets) for row in Population(vocabulary, seed=3).rows(_EXPLAINED)]

    def explain() -> None:
        for number, applicant in enumerate(people):
            demand = asked[number % len(asked)].demand
            list_reasons(demand, applicant, judge(demand, applicant), vocabulary)

    return best(explain, times=3) / len(people) * 1000


def _refreshing(vocabulary: Vocabulary, audience: Audience) -> float:
    """Milliseconds until a changed profile counts, at the 95th percentile."""
    facets, spent = Facets(vocabulary), []
    for row in Population(vocabulary, seed=4).rows(200):
        start = time.perf_counter()
        audience.put(row, facets)
        spent.append((time.perf_counter() - start) * 1000)
    return float(np.percentile(spent, 95))


def _previewing(audience: Audience, asked: list[Policy]) -> list[float]:
    """Milliseconds for the figures of each policy, half of everybody having been told of something lately."""
    recent = BitMap(range(0, audience.count, 2))
    return [best(partial(preview, audience, _offer(policy), _TODAY, recent), times=2) for policy in asked]


def _newcomers(vocabulary: Vocabulary, open_policies: int) -> list[float]:
    """Milliseconds until a newcomer has the ten best of all open policies, decided and ranked."""
    facets = Facets(vocabulary)
    offers = {number: _offer(policy) for number, policy in enumerate(make_policies(vocabulary, open_policies, seed=6))}
    shelf = Shelf({number: offer.demand for number, offer in offers.items()})
    spent = []
    for row in Population(vocabulary, seed=5).rows(_NEWCOMERS):
        applicant, wish = read_row(row, facets), Wish(frozenset(row.topics), row.recommend)

        def choose(applicant: Applicant = applicant, wish: Wish = wish) -> list[Any]:
            return list(islice(iterate_best(shelf, offers, wish, applicant, _TODAY), 10))

        spent.append(best(choose, times=2))
    return spent


def _offer(policy: Policy) -> Offer:
    return Offer(policy.demand, dict.fromkeys(policy.topics, 1.0))


def _median_ratio(slow: list[float], fast: list[float]) -> float:
    """How many times the median of `fast` goes into that of `slow`."""
    return float(np.median(slow) / np.median(fast))
