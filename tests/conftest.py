"""Real servers for every test that asks for one: started by the first process that needs them, stopped by the last.

Each pytest-xdist worker has a database of its own, cloned from a template that was migrated once, and a number of its
own in Redis. Both are emptied after each test that used them.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg.sql import SQL, Identifier
from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from core import schema
from core.database import Sessions, make_engine, make_sessions
from core.embedded import EmbeddedStack
from core.redis import make_redis
from core.settings import Settings
from tests.told import Listener, find_told_in_redis

VAR = pytest.StashKey[Path]()
TEMPLATE = "zhida_template"


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the servers of the whole run, made by the process that began it and handed to the workers."""
    given = getattr(config, "workerinput", {}).get("var_dir")
    config.stash[VAR] = Path(given) if given else Path(tempfile.mkdtemp(prefix="zhida-tests-"))
    if given is None:
        config.stash[VAR].chmod(0o711)  # as root the servers run as another account, which must get in


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["var_dir"] = str(node.config.stash[VAR])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[VAR])


@pytest.fixture(scope="session", autouse=True)
def nobody_is_told() -> Iterator[Listener]:
    """After the whole run no log line, at INFO and above, held a phone, an address, an openid, a token or a link."""
    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    root.setLevel(logging.INFO)
    yield listener
    root.removeHandler(listener)
    assert sorted(set(listener.told)) == []


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0 for a run without pytest-xdist, else that of the worker."""
    return int(getattr(request.config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[EmbeddedStack]:
    """The servers of this run."""
    with EmbeddedStack(request.config.stash[VAR], fast=True) as started:
        yield started


@pytest.fixture(scope="session")
def template(stack: EmbeddedStack, request: pytest.FixtureRequest) -> str:
    """The name of the migrated database that others are cloned from; made by the first who asks."""
    with (request.config.stash[VAR] / "template.lock").open("a") as lock, server_session(stack) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            server.execute("CREATE DATABASE zhida_unfinished")
            schema.upgrade(url_of(stack, "zhida_unfinished"))
            server.execute(SQL("ALTER DATABASE zhida_unfinished RENAME TO {}").format(Identifier(TEMPLATE)))
    return TEMPLATE


@pytest.fixture(scope="session")
def worker_engine(stack: EmbeddedStack, template: str, worker_number: int) -> Iterator[Engine]:
    """The pool into the database of this worker."""
    with cloned_database(stack, f"zhida_gw{worker_number}", template) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(worker_engine: Engine) -> Iterator[Engine]:
    """Into a database with all tables, emptied after the test."""
    yield worker_engine
    with worker_engine.begin() as connection:
        connection.execute(text(EMPTY_TABLES))


@pytest.fixture
def database_url(engine: Engine) -> str:
    """The address of the same database, for what opens it by itself."""
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return make_sessions(engine)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A session that is rolled back at the end unless the test commits."""
    with sessions() as opened:
        yield opened


@pytest.fixture(scope="module")
def module_database_url(stack: EmbeddedStack, template: str, worker_number: int) -> Iterator[str]:
    """A database of the test module's own, for rows that are loaded once and read by many tests."""
    with cloned_database(stack, f"zhida_module_gw{worker_number}", template) as url:
        yield url


@pytest.fixture
def empty_database_url(stack: EmbeddedStack, worker_number: int) -> Iterator[str]:
    """A database without tables, for migrations."""
    with cloned_database(stack, f"zhida_empty_gw{worker_number}", "template1") as url:
        yield url


@pytest.fixture
def redis_url(stack: EmbeddedStack, worker_number: int) -> Iterator[str]:
    """This worker's number in Redis, emptied after the test."""
    url = stack.redis_url.replace("db=0", f"db={worker_number}")
    yield url
    with make_redis(url) as client:
        told = find_told_in_redis(client)
        client.flushdb()
    assert told == []


@pytest.fixture
def broker_url(redis_url: str, stack: EmbeddedStack, worker_number: int) -> str:
    """The same number, as Celery writes it."""
    return stack.celery_broker_url.replace("virtual_host=0", f"virtual_host={worker_number}")


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with make_redis(redis_url) as client:
        yield client


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with the servers of the test, untouched by the environment and `.env` of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("ZHIDA_")]:
        monkeypatch.delenv(name)
    return Settings(_env_file=None, database_url=database_url, redis_url=redis_url, var_dir=tmp_path / "var")


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A folder that the servers' account may enter, for a test that starts servers of its own.

    pytest's own `tmp_path` is closed to that account where we are root, and data would be kept in /var/lib/zhida.
    """
    folder = Path(tempfile.mkdtemp(prefix="zhida-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared_material() -> Callable[[str], Path]:
    """The optional material: `shared_material("gold/GUIDE.md")` is its path; skips the test where it is not there."""
    home = Path(os.environ.get("ZHIDA_SHARED", Path(__file__).parents[2] / "shared"))

    def find(name: str) -> Path:
        if not (home / name).exists():
            pytest.skip(f"optional material {name} is not there: set ZHIDA_SHARED to the folder that holds it")
        return home / name

    return find


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process: Playwright takes no second one beside it. Skips without Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


EMPTY_TABLES = """
DO $$
DECLARE
    name regclass;
    is_filled boolean;
    filled text[];
BEGIN
    SET LOCAL lock_timeout = '10s';  -- a test that leaves a transaction open fails here instead of hanging
    FOR name IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relname <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO is_filled;
        IF is_filled THEN
            filled := filled || name::text;
        END IF;
    END LOOP;
    IF filled IS NOT NULL THEN
        SET LOCAL session_replication_role = 'replica';  -- triggers that forbid to take back what is written
        EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' RESTART IDENTITY CASCADE';
    END IF;
END $$
"""


def url_of(stack: EmbeddedStack, name: str) -> str:
    return make_url(stack.database_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def server_session(stack: EmbeddedStack) -> Iterator[psycopg.Connection]:
    """A connection that may make and drop databases."""
    plain = make_url(stack.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


@contextmanager
def cloned_database(stack: EmbeddedStack, name: str, template: str) -> Iterator[str]:
    """The address of a copy of `template`, dropped at the end even if somebody is still connected."""
    with server_session(stack) as server:
        server.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(Identifier(name), Identifier(template))
        )
        try:
            yield url_of(stack, name)
        finally:
            server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
