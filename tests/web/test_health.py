"""Liveness and readiness."""

from redis import Redis
from starlette.testclient import TestClient

from core.database import Sessions, make_engine, make_sessions
from core.redis import make_redis
from core.settings import Settings
from tests.web.conftest import NOW
from web.app import create_app


def test_alive_and_ready_on_real_servers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


def test_without_redis_it_is_alive_but_not_ready(settings: Settings, sessions: Sessions) -> None:
    gone = make_redis("redis://127.0.0.1:1/0")
    client = TestClient(create_app(settings, sessions, gone, lambda: NOW))
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["Redis 连接不上"])


def test_without_a_database_it_is_not_ready(settings: Settings, redis: Redis) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    client = TestClient(create_app(settings, make_sessions(engine), redis, lambda: NOW))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["数据库连接不上"])
    engine.dispose()
