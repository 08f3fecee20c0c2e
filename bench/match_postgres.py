"""The same question to PostgreSQL, with every index that helps: SQL's NULL is our unknown, so its AND and OR are ours.

Asked is only what a push needs: of those who subscribed to a topic of the policy, who fits, who fits in their favour,
and who isn't ruled out. The index under test answers that and the verdicts of everybody else too.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import ClientCursor
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from bench.match_policies import Policy
from core.vocabulary.codes import region_prefix
from core.vocabulary.fields import FIELDS, Field, Kind, Side, place_field
from matcher.applicant import Applicant
from matcher.audience.index import Row
from matcher.criteria import All, Atom, Demand, Node, Not
from matcher.rules import own_types
from matcher.truth import Truth
from matcher.values import Value

Ids = npt.NDArray[np.int64]

_SCHEMA = "zhida_bench_match"
_LISTS = ("qualification", "hardship")
_SPAN = "child_age"
"""A list of numbers is kept as its least and its greatest, which is all that `ge` and `le` ask."""
_SETTINGS = ("work_mem = '256MB'", "maintenance_work_mem = '512MB'", "max_parallel_workers_per_gather = 2")
_FIELDS = [field for field in FIELDS.values() if field.kind is not Kind.OPEN]
_NOTHING = SQL("NULL::boolean")


class Table:
    """Everybody in one table. Gone when closed."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, cursor_factory=ClientCursor)
        for setting in _SETTINGS:
            self._run(f"SET {setting}")
        self._run(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
        self._run(f"CREATE SCHEMA {_SCHEMA}")
        self._run(f"SET search_path = {_SCHEMA}")
        columns = ", ".join(f"{name} {kind}" for field in _FIELDS for name, kind in _columns(field))
        self._run(
            'CREATE UNLOGGED TABLE people (id bigint, kind text, place text COLLATE "C", types text[],'
            f" other_types text[], topics text[], {columns})"
        )

    def load(self, people: Iterable[tuple[Row, Applicant]]) -> None:
        """COPY some people in."""
        with self._connection.cursor().copy("COPY people FROM STDIN") as copy:
            for row, applicant in people:
                copy.write_row(_line(row, applicant))

    def index(self) -> None:
        """Make the indexes and the statistics."""
        for name in ("topics", "types", *_LISTS):
            self._run(f"CREATE INDEX ON people USING gin ({name})")
        plain = [name for field in _FIELDS for name, kind in _columns(field) if not kind.endswith("[]")]
        for name in ("id", "kind, place", *plain):
            self._run(f"CREATE INDEX ON people ({name})")
        self._run("VACUUM ANALYZE people")

    def close(self) -> None:
        self._run(f"DROP SCHEMA {_SCHEMA} CASCADE")
        self._connection.close()

    def milliseconds(self, policy: Policy, times: int = 3) -> float:
        """The best of several runs after a first one; only counts are fetched, so no time goes into transport."""
        query = SQL("SELECT count(*) FILTER (WHERE strict), count(*) FILTER (WHERE favour), count(*) FROM ({}) asked")
        return min([self._timed(query.format(_question(policy))) for _ in range(times + 1)][1:])

    def ids(self, policy: Policy) -> tuple[Ids, Ids, Ids]:
        """Of those who subscribed: who fits, who fits in their favour, who isn't ruled out; each in order."""
        rows = self._connection.execute(_question(policy)).fetchall()
        table = np.array([(one, strict is True, favour is True) for one, strict, favour in rows], dtype=np.int64)
        table = table.reshape(-1, 3)[np.argsort(table.reshape(-1, 3)[:, 0])]
        return table[table[:, 1] == 1, 0], table[table[:, 2] == 1, 0], table[:, 0]

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def _timed(self, query: Composed) -> float:
        start = time.perf_counter()
        self._connection.execute(query).fetchall()
        return (time.perf_counter() - start) * 1000


def _columns(field: Field) -> list[tuple[str, str]]:
    if field.name == _SPAN:
        return [(f"{_SPAN}_least", "float8"), (f"{_SPAN}_most", "float8")]
    if field.name in _LISTS:
        return [(field.name, "text[]")]
    if field.kind in (Kind.REGION, Kind.INDUSTRY):
        return [(field.name, 'text COLLATE "C"')]
    return [(field.name, {Kind.NUMBER: "float8", Kind.LEVEL: "int2", Kind.FLAG: "boolean"}.get(field.kind, "text"))]


def _line(row: Row, applicant: Applicant) -> list[Any]:
    place = applicant.values.get(place_field(applicant.side).name, (None,))[0]
    types = {truth: [code for code, is_of in applicant.types.items() if is_of is truth] for truth in Truth}
    line = [row.id, row.kind, place, types[Truth.YES], types[Truth.NO], list(row.topics)]
    return line + [cell for field in _FIELDS for cell in _cells(field, applicant.values.get(field.name))]


def _cells(field: Field, values: tuple[Value, ...] | None) -> list[Any]:
    if field.name == _SPAN:
        if values is None:
            return [None, None]
        return [min(values, default=float("inf")), max(values, default=float("-inf"))]
    if field.name in _LISTS:
        return [None if values is None else list(values)]
    if values is None:
        return [None]
    (value,) = values
    return [field.words.index(str(value)) if field.kind is Kind.LEVEL else value]


def _question(policy: Policy) -> Composed:
    demand = policy.demand
    frame = _frame(demand)
    strict = SQL("({} AND {})").format(frame, _node(demand.conditions, None))
    favour = SQL("({} AND {})").format(frame, _node(demand.conditions, Truth.YES))
    wanted = [SQL("topics && {}").format(_texts(policy.topics)), SQL("{} IS NOT FALSE").format(strict)]
    if demand.sides:
        wanted.append(SQL("kind = ANY({})").format(_texts([side.value for side in demand.sides])))
    if prefix := region_prefix(demand.region or "000000"):
        above = [prefix[:length].ljust(6, "0") for length in range(0, len(prefix), 2)]
        wanted.append(
            SQL("((place >= {} AND place <= {}) OR place = ANY({}) OR place IS NULL)").format(
                prefix.ljust(6, "0"), prefix.ljust(6, "9"), _texts(above)
            )
        )
    return SQL("SELECT id, {} AS strict, {} AS favour FROM people WHERE {}").format(
        strict, favour, SQL(" AND ").join(wanted)
    )


def _frame(demand: Demand) -> Composable:
    parts: list[Composable] = []
    if prefix := region_prefix(demand.region or "000000"):
        parts.append(_covered("place", [prefix], [prefix[:n].ljust(6, "0") for n in range(0, len(prefix), 2)]))
    for side in Side:
        if own := own_types(demand, side):
            parts.append(
                SQL(
                    "CASE WHEN kind <> {0} OR types && {1} THEN true WHEN other_types @> {1} THEN false ELSE NULL END"
                ).format(side.value, _texts(own))
            )
    return SQL("({})").format(SQL(" AND ").join(parts)) if parts else SQL("true")


def _node(node: Node, favour: Truth | None) -> Composable:
    if isinstance(node, Atom):
        if node.kind is Kind.OPEN:
            return _NOTHING if favour is None else SQL("true") if favour is Truth.YES else SQL("false")
        met = _atom(node)
        return SQL("NOT ({})").format(met) if node.op == "not_in" else met
    if isinstance(node, Not):
        return SQL("NOT {}").format(_node(node.child, None if favour is None else Truth(2 - favour)))
    if not node.children:
        return SQL("true") if isinstance(node, All) else SQL("false")
    joint = SQL(" AND ") if isinstance(node, All) else SQL(" OR ")
    return SQL("({})").format(joint.join([_node(child, favour) for child in node.children]))


def _atom(atom: Atom) -> Composable:
    if atom.covering:
        width = 6 if atom.kind is Kind.REGION else 0
        return _covered(atom.field, sorted(atom.within), [prefix.ljust(width, "0") for prefix in sorted(atom.above)])
    if atom.field in _LISTS:
        return SQL("{} && {}").format(Identifier(atom.field), _texts([str(value) for value in atom.values]))
    if atom.op not in ("ge", "le"):
        return SQL("{} = ANY({})").format(Identifier(atom.field), Literal(list(atom.values)))
    bound = atom.bound if atom.kind is Kind.NUMBER else FIELDS[atom.field].words.index(str(atom.value))
    name = atom.field if atom.field != _SPAN else f"{_SPAN}_{'most' if atom.op == 'ge' else 'least'}"
    return SQL("{} {} {}").format(Identifier(name), SQL(">=" if atom.op == "ge" else "<="), Literal(bound))


def _covered(name: str, within: Sequence[str], above: Sequence[str]) -> Composable:
    """True where the code begins with one of `within`, unknown where it is one of `above` or absent, else false."""
    begins = SQL(" OR ").join(SQL("{} LIKE {}").format(Identifier(name), Literal(f"{prefix}%")) for prefix in within)
    return SQL("CASE WHEN {0} THEN true WHEN {1} = ANY({2}) OR {1} IS NULL THEN NULL ELSE false END").format(
        begins, Identifier(name), _texts(above)
    )


def _texts(values: Sequence[str]) -> Composable:
    return SQL("{}::text[]").format(Literal(list(values)))
