"""The page that shows a newcomer what was sent."""

import httpx
import pytest
from playwright.sync_api import Browser

from channels.compose import make_composer
from channels.examples import example_notice, example_personal
from channels.message import Channel, MailContent
from channels.notice import Purpose
from channels.sender import Sender
from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from channels.wechat.client import ServiceAccount
from channels.wechat.mass import Article, add_draft, get_tag, send_to_tag, tag_followers, upload_picture
from tests.channels.samples import ADDRESSES, IMPRINT, message


@pytest.fixture
def filled(senders: dict[Channel, Sender], account: ServiceAccount, simulators: Providers) -> None:
    for channel in Channel:
        assert senders[channel].send(message(channel)).accepted
    simulators.wechat.followers["o1"] = Follower()
    tag_followers(account, get_tag(account, "月报"), ["o1"])
    picture = upload_picture(account, "cover.png", b"\x89PNG")
    send_to_tag(account, add_draft(account, [Article("10月政策", "<p>好</p>", picture)]), 100, "2026-10")


def test_it_shows_every_channel(filled: None, base_url: str) -> None:
    page = httpx.get(f"{base_url}/_sim/inbox").text
    for text in ("新政策提醒", "推送理由", "【政策直达】", "2 条计费", "您可能符合条件：", "10月政策", "发给 1 人"):
        assert text in page
    assert all(address in page for address in ADDRESSES.values())


def test_it_shows_one_address(filled: None, base_url: str) -> None:
    page = httpx.get(f"{base_url}/_sim/inbox", params={"address": ADDRESSES[Channel.SMS]}).text
    assert "【政策直达】" in page
    assert "新政策提醒" not in page
    assert "还没有微信消息" in page


def test_what_was_sent_runs_nothing(simulators: Providers, base_url: str) -> None:
    simulators.world.accept("sms", "aliyun", "1", "k", "138", {"text": "<script>alert(1)</script>"}, "")
    assert "<script>" not in httpx.get(f"{base_url}/_sim/inbox").text


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("purpose", Purpose)
def test_a_mail_is_readable_on_a_phone_and_on_a_screen(chromium: Browser, purpose: Purpose, width: int) -> None:
    personal = example_personal(purpose, IMPRINT.link_prefix)
    made = make_composer(example_notice(purpose), Channel.MAIL, IMPRINT).fill(personal)
    assert isinstance(made, MailContent)
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.set_content(made.html)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate(
        "[...document.querySelectorAll('p, li, h1, h2, a')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 16
    page.close()


@pytest.mark.browser
def test_the_inbox_fits_a_phone(chromium: Browser, filled: None, base_url: str) -> None:
    page = chromium.new_page(viewport={"width": 400, "height": 900})
    page.goto(f"{base_url}/_sim/inbox")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.frame_locator("iframe").first.locator("h1").inner_text() == "中小微企业设备更新贷款贴息办法（试行）"
    page.close()
