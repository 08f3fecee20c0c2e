"""The public editions on the portal."""

from datetime import datetime
from io import BytesIO
from xml.etree import ElementTree

import pytest
from lxml import html
from playwright.sync_api import Browser
from pypdf import PdfReader
from redis import Redis
from starlette.testclient import TestClient

from core.database import Sessions, unit_of_work
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from tests.web.browser import (
    CHROMIUM,
    REQUIRED,
    WIDTHS,
    keep_screenshot,
    overflow,
    serving,
    small_targets,
    smallest_text,
    violations,
)
from tests.web.rows import Rows
from web.app import create_app
from workers.digest.drafting import draft, write_foreword
from workers.digest.periods import parse_period
from workers.digest.releasing import release


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Months are for the public, weeks only for subscribers."""
    return settings.model_copy(update={"digests": {"monthly": ["public", "personal"], "weekly": ["personal"]}})


class Press:
    """Drafts and releases editions."""

    def __init__(self, settings: Settings, sessions: Sessions, now: datetime) -> None:
        self.settings, self.sessions, self.now = settings, sessions, now
        self.vocabulary = load_vocabulary(settings.vocabulary_dir)

    def draft(self, label: str, foreword: str = "") -> int:
        with unit_of_work(self.sessions) as session:
            edition = draft(session, parse_period(label), self.vocabulary, "editor", self.now)
            write_foreword(session, edition.id, foreword, None, "editor", self.now)
            return edition.id

    def release(self, label: str, foreword: str = "") -> None:
        self.draft(label, foreword)
        with unit_of_work(self.sessions) as session:
            edition = draft(session, parse_period(label), self.vocabulary, "editor", self.now)
            release(session, edition, self.vocabulary, self.settings, "chief", self.now)


@pytest.fixture
def press(settings: Settings, sessions: Sessions, now: datetime) -> Press:
    return Press(settings, sessions, now)


def test_without_an_edition_the_list_says_so(client: TestClient) -> None:
    assert "还没有月报" in client.get("/digest").text
    assert list(ElementTree.fromstring(client.get("/digest/feed").text).iter("item")) == []  # noqa: S314 - our own


def test_a_released_edition_is_listed_and_can_be_read(client: TestClient, rows: Rows, press: Press) -> None:
    policy = rows.policy()
    press.release("2026-11", "这个月<b>不多</b>。")
    listed = html.fromstring(client.get("/digest").text)
    assert listed.xpath("//main//a[@href='/digest/2026-11']/text()") == ["一月政策 · 2026年11月"]
    assert "1项新政策" in listed.text_content()
    page = client.get("/digest/2026-11")
    root = html.fromstring(page.text)
    assert root.xpath("string(//h1)") == "2026年11月"
    assert f"/p/{policy}" in root.xpath("//article//a/@href")
    assert "2026年12月5日截止" in root.text_content()
    assert "这个月&lt;b&gt;不多&lt;/b&gt;。" in page.text
    assert client.get(f"/p/{policy}").status_code == 200


def test_it_can_be_taken_as_a_print(client: TestClient, rows: Rows, press: Press, settings: Settings) -> None:
    rows.policy("关于求职补贴的通知")
    press.release("2026-11")
    [address] = html.fromstring(client.get("/digest/2026-11").text).xpath("//a[contains(., 'PDF')]/@href")
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "关于求职补贴的通知" in words
    assert settings.public_url.partition("://")[2] in words
    assert client.get(address).content == answer.content
    assert client.get("/digest/2026-10.pdf").status_code == 404


def test_the_page_needs_nothing_that_the_content_policy_forbids(client: TestClient, rows: Rows, press: Press) -> None:
    rows.policy()
    press.release("2026-11")
    page = client.get("/digest/2026-11")
    root = html.fromstring(page.text)
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert len(root.xpath("//article//figure/*[local-name()='svg']")) == 2
    assert root.xpath("//style | //*[@style] | //script[not(@src)] | //*[starts-with(name(@*), 'on')]") == []
    for address in root.xpath("//link[@rel='stylesheet']/@href"):
        assert client.get(address).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("label", ["2026-11", "2026-10", "2026-13", "2026-W47", "draft", "9999-12"])
def test_what_is_not_released_in_public_is_not_there(client: TestClient, rows: Rows, press: Press, label: str) -> None:
    rows.policy()
    rows.policy("第47周的通知", published_date=press.now.date())
    press.draft("2026-11")
    press.release("2026-W47")
    assert client.get(f"/digest/{label}").status_code == 404
    assert "还没有月报" in client.get("/digest").text
    assert "<item>" not in client.get("/digest/feed").text


def test_the_feed_has_the_newest_first_with_whole_addresses(
    client: TestClient, rows: Rows, press: Press, settings: Settings
) -> None:
    rows.policy("十月的通知", published_date=press.now.date().replace(month=10))
    policy = rows.policy("甲 & 乙")
    for label in ("2026-11", "2026-10"):
        press.release(label)
    answer = client.get("/digest/feed")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    first, second = ElementTree.fromstring(answer.text).iter("item")  # noqa: S314 - our own
    base = settings.public_url.rstrip("/")
    assert [one.findtext("link") for one in (first, second)] == [f"{base}/digest/2026-11", f"{base}/digest/2026-10"]
    assert first.findtext("pubDate") == "Sat, 21 Nov 2026 02:00:00 +0000"
    assert f'href="{base}/p/{policy}">甲 &amp; 乙' in str(first.findtext("description"))


def test_every_page_of_the_portal_leads_to_it(client: TestClient) -> None:
    root = html.fromstring(client.get("/").text)
    assert root.xpath("//footer//a[@href='/digest']/text()") == ["一月政策"]


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="no Chromium here: apt-get install chromium")
def test_list_and_edition_at_every_width(
    chromium: Browser, settings: Settings, sessions: Sessions, redis: Redis, rows: Rows, press: Press
) -> None:
    rows.policy("关于进一步支持中小微企业和个体工商户纾困发展若干措施的通知" * 2)
    press.release("2026-11", "编者的话。")
    with serving(create_app(settings, sessions, redis, lambda: press.now)) as base:
        page = chromium.new_page(base_url=base, locale="zh-CN")
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        for path, name in (("/digest", "digests"), ("/digest/2026-11", "digest")):
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(path)
                keep_screenshot(page, f"{name}-{width}")
                assert (overflow(page), small_targets(page)) == (0, []), f"{name} at {width}"
                assert smallest_text(page) >= 12, f"{name} at {width}"  # words in the charts, too
            assert violations(page) == []
        page.close()
    assert refused == []
