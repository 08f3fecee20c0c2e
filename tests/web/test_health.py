"""Liveness and readiness, and what people are told while a server is away."""

from collections.abc import Iterator

import pytest
from redis import Redis

from core.database import Sessions, make_engine, make_sessions
from core.redis import make_redis
from core.settings import Settings
from tests.web.conftest import NOW, TestClient
from tests.web.forms import open_page
from tests.web.rows import Rows
from web.app import create_app
from web.cookies import Remembered


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


@pytest.fixture
def without_redis(settings: Settings, sessions: Sessions) -> Iterator[TestClient]:
    """A browser that was signed in as a resident and as staff, at a service whose Redis is away."""
    gone = make_redis("redis://127.0.0.1:1/0")
    cookies = {f"zhida_{name}": Remembered("token", {}).token for name in ("resident", "staff", "draft", "entry")}
    app = create_app(settings, sessions, gone, lambda: NOW)
    with TestClient(app, cookies=cookies, follow_redirects=False, raise_server_exceptions=False) as opened:
        yield opened


def test_without_redis_policies_are_found_and_read_judged_and_refused(without_redis: TestClient, rows: Rows) -> None:
    policy, subscriber = rows.policy(), rows.subscriber()
    delivery = rows.delivery(policy, subscriber)
    paths = ["/", "/policies?q=措施", f"/p/{policy}", f"/p/{policy}/check", "/digest", "/help", "/privacy", "/_design"]
    for path in [*paths, rows.open_path(delivery), rows.refuse_path(subscriber, delivery)]:
        assert without_redis.get(path).status_code == 200, path
    refused = without_redis.post(rows.refuse_path(subscriber, delivery), data={"scope": "all"})
    assert refused.status_code in (200, 303)


@pytest.mark.parametrize("path", ["/subscribe/who", "/mine", "/mine/enter"])
def test_without_redis_residents_are_told_what_still_works(without_redis: TestClient, path: str) -> None:
    page = open_page(without_redis, "GET", path)
    assert page.answer.status_code == 503
    assert page.answer.headers["retry-after"] == "60"
    for words in ("登录和填写暂时用不了", "已经提交的都在", "退订照常", "再试一次"):
        assert words in page.words


def test_without_redis_staff_are_told_whom_to_call(without_redis: TestClient) -> None:
    page = open_page(without_redis, "GET", "/staff/pushes")
    assert page.answer.status_code == 503
    for words in ("Redis 连接不上", "没有丢失", "没发完的推送会自动继续"):
        assert words in page.words
    assert "Redis" in without_redis.get("/api/targetings/1/preview").json()["error"]


@pytest.mark.parametrize(
    ("path", "words"),
    [("/", "服务暂时打不开"), ("/p/1", "没有执行"), ("/staff/sign-in", "登录"), ("/help", "帮助")],
)
def test_without_a_database_every_page_says_so_in_chinese(
    settings: Settings, redis: Redis, path: str, words: str
) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(settings, make_sessions(engine), redis, lambda: NOW)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as browser:
        page = open_page(browser, "GET", path)
        assert page.answer.status_code == (200 if path in ("/staff/sign-in", "/help") else 503)
        assert words in page.words
        assert "Operational" not in page.text
        signed = browser.post("/staff/sign-in", data={"name": "王", "password": "x" * 12})
        assert signed.status_code == 503
        assert "数据库连接不上" in signed.text
    engine.dispose()
