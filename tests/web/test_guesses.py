"""Trying out the codes of links: stopped at one place, harmless at the others, and never for want of Redis."""

import pytest
from redis import Redis
from starlette.testclient import TestClient

from core.database import Sessions
from core.settings import Settings
from tests.web.conftest import NOW
from tests.web.rows import Rows
from web.app import create_app
from web.portal.guesses import MOST_WRONG, SECONDS

WRONG = "AAAAAAAAAAAA"


@pytest.fixture
def link(rows: Rows) -> str:
    return rows.open_path(rows.delivery(rows.policy(), rows.subscriber()))


@pytest.fixture
def elsewhere(settings: Settings, sessions: Sessions, redis: Redis) -> dict[str, TestClient]:
    """Browsers at other addresses of the same service."""
    app = create_app(settings, sessions, redis, lambda: NOW)
    places = ("203.0.113.7", "2001:db8:1:2::a", "2001:db8:1:2::b", "2001:db8:1:3::a")
    return {place: TestClient(app, follow_redirects=False, client=(place, 5000)) for place in places}


def guess(client: TestClient, times: int) -> list[int]:
    return [client.get(f"/s/{WRONG}").status_code for _ in range(times)]


def test_after_many_wrong_codes_a_place_has_to_wait(
    client: TestClient, elsewhere: dict[str, TestClient], link: str, redis: Redis
) -> None:
    assert client.get(link).status_code == 200
    assert guess(client, MOST_WRONG) == [410] * MOST_WRONG
    answer = client.get(link)
    assert answer.status_code == 429
    assert "请稍等几分钟再试" in answer.text
    assert elsewhere["203.0.113.7"].get(link).status_code == 200
    [name] = redis.keys("wrong-codes:*")
    assert b"testclient" not in name
    assert 0 < redis.ttl(name) <= SECONDS
    redis.delete(name)  # the time is over
    assert client.get(link).status_code == 200


def test_a_guesser_finds_nothing_by_the_page_of_the_policy_either(client: TestClient, link: str) -> None:
    code = link.removeprefix("/s/")
    assert "为什么告诉您" in client.get(f"/p/1?t={code}").text
    for _ in range(MOST_WRONG):
        assert client.get(f"/p/1?t={WRONG}").status_code == 200
    page = client.get(f"/p/1?t={code}")
    assert page.status_code == 200
    assert "为什么告诉您" not in page.text


def test_a_network_of_ipv6_is_one_place(elsewhere: dict[str, TestClient], link: str) -> None:
    guess(elsewhere["2001:db8:1:2::a"], MOST_WRONG)
    assert elsewhere["2001:db8:1:2::b"].get(link).status_code == 429
    assert elsewhere["2001:db8:1:3::a"].get(link).status_code == 200


def test_without_redis_links_open(settings: Settings, sessions: Sessions, link: str) -> None:
    away = Redis(host="127.0.0.1", port=1)
    with TestClient(create_app(settings, sessions, away, lambda: NOW), follow_redirects=False) as browser:
        assert browser.get(f"/s/{WRONG}").status_code == 410
        assert browser.get(link).status_code == 200
