"""The unit of work, aware datetimes, and what the engine sets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import StatementError

from core.clock import SHANGHAI
from core.database import Base, Sessions, UTCDateTime, make_engine, make_sessions, on_commit, unit_of_work

moments = Table("test_moments", MetaData(), Column("id", Integer, primary_key=True), Column("at", UTCDateTime()))


@pytest.fixture
def marks(engine: Engine) -> Iterator[Sessions]:
    """Sessions over a database with the table `test_moments`, which goes with the test."""
    moments.create(engine)
    yield make_sessions(engine)
    moments.drop(engine)


def stored(sessions: Sessions) -> list[datetime | None]:
    with sessions() as session:
        return list(session.scalars(select(moments.c.at).order_by(moments.c.id)))


def test_a_datetime_comes_back_as_the_same_moment_in_utc(marks: Sessions) -> None:
    eight_in_shanghai = datetime(2026, 10, 1, 8, 0, tzinfo=SHANGHAI)
    with unit_of_work(marks) as session:
        session.execute(insert(moments), [{"at": eight_in_shanghai}, {"at": None}])
    at, nothing = stored(marks)
    assert at == datetime(2026, 10, 1, 0, 0, tzinfo=UTC)
    assert at is not None
    assert at.utcoffset() == timedelta(0)
    assert nothing is None


def test_a_naive_datetime_is_refused(marks: Sessions) -> None:
    naive = datetime(2026, 10, 1)  # noqa: DTZ001 - this is what must be refused
    with pytest.raises(StatementError, match="naive"), unit_of_work(marks) as session:
        session.execute(insert(moments).values(at=naive))
    assert stored(marks) == []


def test_acts_run_in_order_after_the_rows_can_be_seen_by_others(marks: Sessions) -> None:
    seen: list[tuple[str, int]] = []
    with unit_of_work(marks) as session:
        session.execute(insert(moments).values(at=datetime.now(UTC)))
        on_commit(session, lambda: seen.append(("first", len(stored(marks)))))
        on_commit(session, lambda: seen.append(("second", len(stored(marks)))))
        assert seen == []
    assert seen == [("first", 1), ("second", 1)]


def test_a_rollback_drops_rows_and_acts(marks: Sessions) -> None:
    seen: list[str] = []

    def break_off() -> None:
        with unit_of_work(marks) as session:
            session.execute(insert(moments).values(at=None))
            on_commit(session, lambda: seen.append("never"))
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        break_off()
    assert seen == []
    assert stored(marks) == []


def test_a_failing_act_is_heard_and_the_rows_stay(marks: Sessions) -> None:
    def fail() -> None:
        raise ConnectionError("no broker")

    def write() -> None:
        with unit_of_work(marks) as session:
            session.execute(insert(moments).values(at=None))
            on_commit(session, fail)

    with pytest.raises(ConnectionError, match="no broker"):
        write()
    assert stored(marks) == [None]


def test_an_act_may_open_a_unit_of_work_of_its_own(marks: Sessions) -> None:
    def write_more() -> None:
        with unit_of_work(marks) as inner:
            inner.execute(insert(moments).values(at=None))

    with unit_of_work(marks) as session:
        on_commit(session, write_more)
    assert stored(marks) == [None]


def test_connections_speak_utc_and_say_who_they_are(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW timezone")) == "UTC"
        assert connection.scalar(text("SHOW application_name")) == "zhida"


def test_a_connection_that_the_server_closed_is_replaced(engine: Engine) -> None:
    backend = select(func.pg_backend_pid())
    with engine.connect() as connection:
        lost = connection.scalar(backend)
    another_process = make_engine(engine.url.render_as_string())
    with another_process.connect() as connection:
        assert connection.scalar(select(func.pg_terminate_backend(lost, 5000))) is True
    another_process.dispose()
    with engine.connect() as connection:
        assert connection.scalar(backend) != lost


def test_constraints_have_names_that_a_migration_can_drop() -> None:
    unnamed = [
        f"{table.name}: {type(constraint).__name__}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []
