"""The application over the test's own database and Redis, and rows to look at."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis
from sqlalchemy import Engine

from channels.simulators.providers import Providers
from channels.simulators.serve import RunningSimulators
from core.database import Base, Sessions
from core.privacy import Keys, load_keys
from core.settings import Settings
from tests.web.rows import Rows
from web import models
from web.app import create_app

with warnings.catch_warnings():
    # Starlette's test client would rather have httpx2; it is the same client with httpx.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """Ten in the morning of 21 November 2026 in China."""
    return NOW


@pytest.fixture
def settings(settings: Settings, running: RunningSimulators) -> Settings:
    """The test's settings, with the simulators as providers."""
    ports = {"simulator_port": running.port, "simulator_smtp_port": running.smtp_port}
    return settings.model_copy(update=ports)


@pytest.fixture
def sessions(sessions: Sessions, engine: Engine) -> Sessions:
    tables = [models.Engagement.__table__, models.Account.__table__, models.AuditEntry.__table__]
    Base.metadata.create_all(engine, tables=tables)  # a no-op where the migrations make them
    return sessions


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return load_keys(settings)


@pytest.fixture
def client(settings: Settings, sessions: Sessions, redis: Redis) -> Iterator[TestClient]:
    """A browser without JavaScript, at the service; it doesn't follow redirects by itself."""
    app = create_app(settings, sessions, redis, lambda: NOW)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def rows(sessions: Sessions, keys: Keys) -> Rows:
    """Writes policies, subscribers and deliveries."""
    return Rows(sessions, keys, NOW)


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSimulators]:
    """WeChat, SMS and mail providers on free ports."""
    with RunningSimulators() as simulators:
        yield simulators


@pytest.fixture
def simulators(running: RunningSimulators) -> Providers:
    """The providers, empty."""
    running.providers.reset()
    return running.providers
