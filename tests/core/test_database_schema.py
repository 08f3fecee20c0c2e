"""Migrations from an empty database, and what `check` has to say."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import NullPool, create_engine, insert, text

from core import schema
from core.database import Base

POLICY = {
    "key": "〔2026〕1号",
    "kind": "document",
    "state": "in_force",
    "title": "关于支持创业的通知",
    "stem": "",
    "doc_number": "",
    "agency": "",
    "region": "",
    "url": "",
    "created_at": datetime(2026, 10, 1, tzinfo=UTC),
}


def run(url: str, statement: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement))


def test_migrations_and_models_agree(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)
    assert schema.check(empty_database_url) == []
    assert len(Base.metadata.tables) > 10


def test_an_empty_database_lacks_every_migration(empty_database_url: str) -> None:
    missing = schema.check(empty_database_url)
    assert missing
    assert all(line.startswith("缺少迁移 ") for line in missing)


def test_upgrading_twice_changes_nothing(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)
    with create_engine(empty_database_url, poolclass=NullPool).begin() as connection:
        connection.execute(insert(Base.metadata.tables["policies"]).values(POLICY))
    schema.upgrade(empty_database_url)
    with create_engine(empty_database_url, poolclass=NullPool).connect() as connection:
        assert connection.scalar(text("SELECT title FROM policies")) == POLICY["title"]


def test_two_processes_may_upgrade_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(schema.upgrade, [empty_database_url] * 2))
    assert schema.check(empty_database_url) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE TABLE stranger (id int)", "stranger"),
        ("ALTER TABLE policies ADD COLUMN stranger int", "stranger"),
        ("ALTER TABLE policies ALTER COLUMN created_at TYPE timestamp", "created_at"),
    ],
)
def test_check_names_what_differs(empty_database_url: str, statement: str, told: str) -> None:
    schema.upgrade(empty_database_url)
    run(empty_database_url, statement)
    assert told in "".join(schema.check(empty_database_url))


def test_month_partitions_belong_to_no_model(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)
    run(
        empty_database_url,
        "CREATE TABLE deliveries_p209901 PARTITION OF deliveries FOR VALUES FROM ('2099-01-01Z') TO ('2099-02-01Z')",
    )
    assert schema.check(empty_database_url) == []
