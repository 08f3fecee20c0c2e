"""Every page of the portal in Chromium: at three widths, in both views, judged by axe-core; and the way through it."""

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page
from redis import Redis
from sqlalchemy import select

from channels.message import Channel
from channels.simulators.providers import Providers
from core.database import Sessions, unit_of_work
from core.embedded import Addresses
from core.settings import Settings
from matcher.matching import match
from matcher.models import Targeting
from tests.web.browser import (
    CHROMIUM,
    REQUIRED,
    WIDTHS,
    keep_screenshot,
    overflow,
    serving,
    small_targets,
    smallest_text,
    tightest_lines,
    violations,
)
from tests.web.conftest import NOW
from tests.web.rows import Rows
from tests.web.test_subscribe import CODE, last_code
from web.app import create_app
from workers.plan import plan_pushes
from workers.runtime import Runtime, open_runtime
from workers.tasks import run_delivery

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="no Chromium here: apt-get install chromium"),
]


@pytest.fixture
def base(settings: Settings, sessions: Sessions, redis: Redis, simulators: Providers) -> Iterator[str]:
    app = create_app(settings, sessions, redis, lambda: NOW)
    with serving(app) as address:
        yield address
    for sender in app.state.parts.senders.values():
        sender.close()


@pytest.fixture
def tab(chromium: Browser, base: str) -> Iterator[Page]:
    """A phone without JavaScript: everything a resident does works without."""
    context = chromium.new_context(
        base_url=base, viewport={"width": 360, "height": 740}, locale="zh-CN", java_script_enabled=False
    )
    yield context.new_page()
    context.close()


Look = Callable[[Page, str, str], None]


def look(page: Page, path: str, name: str, *, elder: bool = False) -> None:
    """Open `path` at all widths: no overflow, no violation, targets a thumb can hit, type and lines as they must be."""
    for width in WIDTHS[:1] if elder else WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (404 if path == "/nowhere" else 200), path
        view = f"{name}-elder" if elder else name
        keep_screenshot(page, f"{view}-{width}")
        assert overflow(page) == 0, f"{view} at {width}"
        assert small_targets(page) == [], f"{view} at {width}"
        assert tightest_lines(page) >= 1.5 - 0.01, f"{view} at {width}"
        assert smallest_text(page) >= (18 if elder else 14), f"{view} at {width}"
    assert violations(page) == []


@pytest.mark.parametrize("elder", [False, True], ids=["plain", "elder"])
def test_every_public_page_at_every_width(chromium: Browser, base: str, rows: Rows, elder: bool) -> None:
    policy = rows.policy("关于支持中小企业创新发展、稳定就业岗位的若干措施（试行）", kind="call")
    rows.relate(rows.policy("关于若干措施的政策解读", kind="interpretation"), policy, "interprets")
    old = rows.policy("已经废止的办法", state="repealed", targeting={"closes": date(2026, 11, 23)})
    subscriber = rows.subscriber()
    delivery = rows.delivery(policy, subscriber)
    page = chromium.new_context(base_url=base, locale="zh-CN").new_page()
    if elder:
        page.context.add_cookies([{"name": "zhida_view", "value": "elder", "url": base}])
    pages = {
        "home": "/",
        "policies": "/policies?q=措施&topic=E0407",
        "nothing-found": "/policies?q=没有这样的政策",
        "policy": f"/p/{policy}",
        "policy-from-message": rows.open_path(delivery),
        "policy-repealed": f"/p/{old}",
        "check": f"/p/{policy}/check",
        "unsubscribe": rows.refuse_path(subscriber, delivery),
        "subscribe-who": "/subscribe?kind=enterprise",
        "enter": "/mine/enter",
        "privacy": "/privacy",
        "help": "/help",
        "not-found": "/nowhere",
        "design": "/_design",
    }
    for name, path in pages.items():
        look(page, path, name, elder=elder)
    page.context.close()


@pytest.fixture
def workers(
    settings: Settings, sessions: Sessions, database_url: str, redis_url: str, broker_url: str
) -> Iterator[Runtime]:
    """What a worker process works with, here on the clock of the tests."""
    with open_runtime(settings, Addresses(database_url, redis_url, broker_url), lambda: NOW) as opened:
        yield opened


def push_by_mail(workers: Runtime) -> None:
    """Push the only targeting to those whom it reaches, and send their mails."""
    with unit_of_work(workers.sessions) as session:
        targeting = session.scalars(select(Targeting)).one()
        matching = match(session, targeting, workers.vocabulary, NOW.date())
        [planned] = plan_pushes(
            session, [(targeting, matching)], workers.restraint, who="王", approve_above=10, now=NOW
        )
        push_id = planned.push.id
    run_delivery(workers, push_id, Channel.MAIL)


def links_in_last_mail(simulators: Providers, address: str) -> list[str]:
    """The paths of the links in the text of the newest mail: to the policy, to refuse."""
    raw: bytes = simulators.world.list_accepted("mail", address)[0]["content"]["raw"]
    body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    return re.findall(r"https?://[^/\s]+(/[su]/\S+)", body.get_content())


def test_subscribe_receive_open_why_unsubscribe(tab: Page, simulators: Providers, rows: Rows, workers: Runtime) -> None:
    rows.policy(targeting={"topics": ["E0301"]})
    tab.goto("/")
    tab.get_by_role("link", name="我是企业或个体户").click()
    tab.get_by_label("统一社会信用代码").fill(CODE)
    tab.get_by_label("单位名称").fill("北京远山智能科技有限公司")
    tab.get_by_role("button", name="下一步").click()
    tab.get_by_role("link", name="北京市").click()
    tab.get_by_role("button", name="海淀区").click()
    tab.get_by_label("税费优惠与办税").check()
    tab.get_by_role("button", name="下一步").click()
    tab.get_by_label("电子邮箱").fill("boss@yuanshan.example")
    tab.get_by_role("button", name="获取验证码").last.click()
    tab.get_by_label("六位验证码").fill(last_code(simulators, "mail", "boss@yuanshan.example"))
    tab.get_by_role("button", name="验证", exact=True).click()
    tab.get_by_role("button", name="下一步").click()
    tab.get_by_label("同意政策直达按我选的主题").check()
    tab.get_by_role("button", name="确认订阅").click()
    assert tab.get_by_role("heading", name="订好了").is_visible()
    tab.get_by_role("link", name="去“我的”").click()
    assert tab.get_by_role("heading", name="北京远山智能科技有限公司").is_visible()
    push_by_mail(workers)
    opened, refused = links_in_last_mail(simulators, "boss@yuanshan.example")
    tab.goto(opened)
    assert tab.get_by_role("heading", name="为什么告诉您").is_visible()
    assert tab.get_by_text("您订阅了“税费优惠与办税”").is_visible()
    tab.goto(refused)
    tab.get_by_label("什么都不要发了").check()
    tab.get_by_role("button", name="确认").click()
    assert tab.get_by_text("不再给您发任何消息").is_visible()
    tab.goto("/mine")
    assert tab.get_by_text("已停").is_visible()


def test_the_own_pages_at_every_width(chromium: Browser, base: str, rows: Rows, simulators: Providers) -> None:
    policy = rows.policy()
    rows.delivery(policy, rows.subscriber())
    page = chromium.new_context(base_url=base, locale="zh-CN").new_page()
    page.goto("/mine")
    page.get_by_label("订阅时用的手机号或邮箱").fill("13800000000")
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("六位验证码").fill(last_code(simulators, "sms", "13800000000"))
    page.get_by_role("button", name="进入").click()
    page.wait_for_url("**/mine")
    pages = {
        "mine": "/mine",
        "mine-profile": "/mine/profile",
        "mine-topics": "/mine/topics",
        "mine-why": "/mine/why?q=措施",
        "mine-erase": "/mine/erase",
        "mine-phone": "/mine/address/sms",
        "mine-wechat": "/mine/address/wechat",
    }
    for name, path in pages.items():
        look(page, path, name)
    page.context.close()


def test_the_verdict_at_every_width(chromium: Browser, base: str, rows: Rows) -> None:
    policy = rows.policy()
    page = chromium.new_context(base_url=base, locale="zh-CN").new_page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/p/{policy}/check")
        page.get_by_label("其他地方").check()
        page.get_by_role("button", name="下一步").click()
        assert page.get_by_role("heading", name="不符合").is_visible()
        keep_screenshot(page, f"verdict-{width}")
        assert overflow(page) == 0
        assert violations(page) == []
    page.context.close()


def test_a_clause_is_shown_in_its_pane_without_moving_the_page(chromium: Browser, base: str, rows: Rows) -> None:
    text = "第一段。\n" * 60 + "给予一次性50万元奖励。\n" + "以后。\n" * 60
    start = text.index("给予")
    card = {"summary": {"text": "给予一次性50万元奖励", "start": start, "source": "text"}}
    policy = rows.policy(text=text, targeting={"card": card, "conditions": {"all": []}})
    page = chromium.new_context(base_url=base, viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"/p/{policy}")
    page.get_by_role("link", name="看原文").click()
    assert page.evaluate("scrollY") == 0
    assert page.locator(f"#e{start}").is_visible()
    assert page.evaluate(f"document.querySelector('#e{start}').getBoundingClientRect().top < innerHeight")
    page.context.close()


def test_keyboard_reaches_the_text_first(chromium: Browser, base: str) -> None:
    page = chromium.new_context(base_url=base).new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.context.close()
