"""Signing in inside WeChat, with the simulator's page in place of WeChat's."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from redis import Redis
from starlette.testclient import TestClient

from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from core.database import Sessions, unit_of_work
from core.privacy import Keys
from core.settings import Settings
from subscribers.contacts import set_contact
from tests.web.conftest import NOW
from tests.web.rows import Rows
from web.app import create_app

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
START = "/mine/enter/wechat"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": "http://z.cn"})


@pytest.fixture
def follower(simulators: Providers) -> str:
    simulators.wechat.followers[OPENID] = Follower()
    return OPENID


def subscribe(rows: Rows, sessions: Sessions, keys: Keys, **given: str) -> int:
    subscriber = rows.subscriber(**given)
    with unit_of_work(sessions) as session:
        set_contact(session, keys, subscriber, "wechat", OPENID, verified_at=NOW)
    return subscriber


def at_wechat(client: TestClient) -> str:
    """Where WeChat sends the person back to, as a path with its query."""
    leaving = client.get(START)
    assert leaving.status_code == 303
    address = leaving.headers["location"]
    assert dict(parse_qsl(urlsplit(address).query))["redirect_uri"] == f"http://z.cn{START}/back"
    [back] = re.findall(r'href="([^"]+)"', httpx.get(address).text)
    return unescape(back).removeprefix("http://z.cn")


def test_who_subscribed_by_wechat_is_in(
    client: TestClient, rows: Rows, sessions: Sessions, keys: Keys, follower: str
) -> None:
    subscribe(rows, sessions, keys)
    answer = client.get(at_wechat(client))
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine")
    page = client.get("/mine")
    assert page.status_code == 200
    assert OPENID not in page.text


def test_of_several_subscriptions_the_page_asks_which(
    client: TestClient, rows: Rows, sessions: Sessions, keys: Keys, follower: str
) -> None:
    subscribe(rows, sessions, keys)
    second = subscribe(rows, sessions, keys, name="北京近水制造有限公司")
    answer = client.get(at_wechat(client))
    assert answer.headers["location"] == "/mine/enter"
    assert "北京近水制造有限公司" in client.get("/mine/enter").text
    assert client.post("/mine/enter", data={"act": "choose", "subscriber": second}).headers["location"] == "/mine"


def test_another_is_shown_the_way(client: TestClient, follower: str) -> None:
    answer = client.get(at_wechat(client))
    assert answer.status_code == 404
    assert "这个微信还没有订阅" in answer.text
    assert client.get("/mine").status_code == 303


def test_a_code_counts_once_and_only_in_its_browser(
    client: TestClient, rows: Rows, sessions: Sessions, keys: Keys, follower: str, simulators: Providers
) -> None:
    subscribe(rows, sessions, keys)
    back = at_wechat(client)
    with TestClient(client.app, follow_redirects=False) as other:
        assert other.get(back).status_code == 400
        other.get(START)
        assert other.get(back).status_code == 400  # its own state is another
        assert other.get("/mine").status_code == 303
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 400
    state = dict(parse_qsl(urlsplit(client.get(START).headers["location"]).query))["state"]
    wrong = client.get(f"{START}/back", params={"code": "forged", "state": state})
    assert (wrong.status_code, "微信没有确认您的身份" in wrong.text) == (400, True)


def test_it_is_offered_where_it_works(client: TestClient, settings: Settings, sessions: Sessions, redis: Redis) -> None:
    assert START in client.get("/mine/enter").text  # WeChat is simulated
    real = settings.model_copy(update={"wechat_appid": "wx1", "wechat_secret": SecretStr("s")})
    with TestClient(create_app(real, sessions, redis, lambda: NOW), follow_redirects=False) as browser:
        assert START not in browser.get("/mine/enter").text
        inside = {"user-agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}
        assert START in browser.get("/mine/enter", headers=inside).text
        assert browser.get(START).headers["location"].startswith("https://open.weixin.qq.com/connect/oauth2/authorize")
