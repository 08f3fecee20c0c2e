"""An edition arranged with the mouse: what lies over a button would only be noticed so."""

import pytest
from playwright.sync_api import Browser, Page, expect
from redis import Redis
from sqlalchemy import select

from core.database import Sessions, unit_of_work
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from tests.web.browser import CHROMIUM, REQUIRED, keep_screenshot, overflow, serving, small_targets, violations
from tests.web.conftest import NOW
from tests.web.rows import Rows
from tests.web.staff.conftest import PASSWORD
from web.app import create_app
from web.staff.accounts import add_account
from workers.digest.drafting import AUTOMATIC, draft
from workers.digest.periods import parse_period
from workers.models import EditionItem

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="no Chromium here: apt-get install chromium"),
]
PHONE = 360


def titles(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(EditionItem.title).order_by(EditionItem.place)))


def judge(page: Page, name: str) -> None:
    page.set_viewport_size({"width": PHONE, "height": 800})
    keep_screenshot(page, f"{name}-{PHONE}")
    assert (overflow(page), small_targets(page), violations(page)) == (0, [], []), name


def test_an_edition_is_arranged_and_read_on_a_phone(
    chromium: Browser, settings: Settings, sessions: Sessions, redis: Redis, rows: Rows
) -> None:
    for title in ("甲", "乙"):
        rows.policy(title)
    rows.subscriber()
    with unit_of_work(sessions) as session:
        vocabulary = load_vocabulary(settings.vocabulary_dir)
        edition = draft(session, parse_period("2026-11"), vocabulary, AUTOMATIC, NOW).id
        add_account(session, "王编辑", PASSWORD, ["editor", "releaser"], NOW)
    with serving(create_app(settings, sessions, redis, lambda: NOW)) as base:
        page = chromium.new_page(base_url=base, locale="zh-CN")
        page.goto("/staff")
        page.get_by_label("账号").fill("王编辑")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.goto(f"/staff/digests/{edition}")
        page.get_by_role("button", name="下移").first.click()
        expect(page.locator("ol.items .item__title").first).to_have_text("乙")
        assert titles(sessions) == ["乙", "甲"]
        page.get_by_text("改写").first.click()
        page.get_by_label("一句话").first.fill("一句话。")
        page.get_by_role("button", name="保存改写").first.click()
        expect(page.get_by_text("一句话。", exact=True).first).to_be_visible()
        judge(page, "edition")
        page.get_by_label("订阅者编号").fill("1")
        page.get_by_role("button", name="查看").click()
        expect(page.get_by_role("heading", name="消息的样子")).to_be_visible()
        judge(page, "edition-as-subscriber")
        page.goto("/staff/schedule")
        judge(page, "schedule")
        page.goto(f"/staff/digests/{edition}/public")
        judge(page, "edition-public")
        page.close()
