"""PostgreSQL through SQLAlchemy: the declarative base, engine, sessions and the unit of work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Engine, MetaData, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

Sessions = sessionmaker[Session]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """`timestamptz` that takes aware datetimes only and answers in UTC. A naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every model derives from. `Mapped[datetime]` is UTCDateTime, `Mapped[dict[str, Any]]` is JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UTCDateTime(), dict[str, Any]: JSONB()}


def make_engine(url: str) -> Engine:
    """An engine for one process: at most 20 connections, each tested before use, in UTC. Make it after forking."""
    return create_engine(
        url,
        pool_size=5,
        max_overflow=15,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "zhida", "options": "-c timezone=UTC"},
    )


def make_sessions(engine: Engine) -> Sessions:
    """The session factory that is handed down; loaded rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def on_commit(session: Session, act: Callable[[], object]) -> None:
    """Have `act` called once the unit of work of `session` is committed, and never if it is rolled back."""
    session.info.setdefault("on_commit", []).append(act)


@contextmanager
def unit_of_work(sessions: Sessions) -> Iterator[Session]:
    """One transaction: commits at the end, then runs what `on_commit` collected, in order; an exception drops both.

    An act that raises stops those after it, and its error reaches the caller although the rows are stored: wake-ups
    are hints, so whoever may do without one catches its failure inside the act.
    """
    with sessions() as session:
        with session.begin():
            yield session
        for act in session.info.pop("on_commit", []):
            act()
