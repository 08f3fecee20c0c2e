"""The console in Chromium: a policy from the file to the phone by two people, and every page judged by axe-core."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from redis import Redis
from sqlalchemy import select

from channels.message import Channel
from channels.simulators.serve import RunningSimulators
from core.database import Sessions, unit_of_work
from core.embedded import Addresses
from core.settings import Settings
from matcher.matching import match
from matcher.models import Targeting, TargetingState
from policies.samples import SAMPLES
from tests.web.browser import (
    CHROMIUM,
    REQUIRED,
    WIDTHS,
    keep_screenshot,
    overflow,
    serving,
    small_targets,
    tightest_lines,
    violations,
)
from tests.web.conftest import NOW
from tests.web.rows import Rows
from tests.web.staff.conftest import PASSWORD
from tests.web.staff.saved_page import save_page
from web.app import create_app
from web.staff.accounts import add_account
from workers.inquiries import store_inquiry
from workers.models import Delivery, DeliveryState, Push
from workers.plan import plan_pushes
from workers.rescue import rescue
from workers.runtime import Runtime, open_runtime
from workers.tasks import run_delivery

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="no Chromium here: apt-get install chromium"),
]
SignIn = Callable[[str], Page]


@pytest.fixture
def sms_and_mail() -> Iterator[RunningSimulators]:
    with RunningSimulators() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, sms_and_mail: RunningSimulators) -> Settings:
    ports = {"simulator_port": sms_and_mail.port, "simulator_smtp_port": sms_and_mail.smtp_port}
    return settings.model_copy(update={**ports, "approve_above": 0})


@pytest.fixture
def workers(
    settings: Settings, sessions: Sessions, database_url: str, redis_url: str, broker_url: str
) -> Iterator[Runtime]:
    """What a worker process works with, here on the clock of the tests."""
    addresses = Addresses(database_url, redis_url, broker_url)
    with open_runtime(settings, addresses, lambda: NOW) as opened:
        yield opened


@pytest.fixture
def woken() -> list[tuple[int, str]]:
    return []


@pytest.fixture
def base(settings: Settings, sessions: Sessions, redis: Redis, woken: list[tuple[int, str]]) -> Iterator[str]:
    app = create_app(
        settings,
        sessions,
        redis,
        lambda: NOW,
        wake=lambda push_id, channels, urgent: woken.extend((push_id, channel) for channel in channels),
    )
    with serving(app) as address:
        yield address


@pytest.fixture
def sign_in(chromium: Browser, base: str, sessions: Sessions) -> Iterator[SignIn]:
    """`sign_in("editor")`: a window of somebody with that role, at the console."""
    with ExitStack() as stack:

        def open_window(*roles: str) -> Page:
            name = "、".join(roles)
            with unit_of_work(sessions) as session:
                add_account(session, name, PASSWORD, roles, NOW)
            context = chromium.new_context(base_url=base, locale="zh-CN", viewport={"width": 1280, "height": 900})
            stack.callback(context.close)
            page = context.new_page()
            page.goto("/staff")
            page.get_by_label("账号").fill(name)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            expect(page.get_by_role("heading", name="今天")).to_be_visible()
            return page

        yield open_window


@dataclass(frozen=True)
class Told:
    """What the page of a policy holds, a condition of it that the clerk corrects, and two whom it concerns.

    `other`: who would be told before the correction, and isn't after it.
    """

    title: str
    condition: str
    corrected: str
    side: str
    one: dict[str, Any]
    other: dict[str, Any]


def firm(founded: str) -> dict[str, Any]:
    """A firm of Hangzhou that wants to hear of research."""
    return {
        "profile": {"region": "330106", "founding_date": founded, "qualification": ["tech-sme"], "rd_ratio_pct": 30.0},
        "region": "330106",
        "topics": ["E0404"],
    }


def graduate(born: str) -> dict[str, Any]:
    """Somebody with a degree who works in Wuxi, owns no home there, and wants to hear of buying one."""
    return {
        "kind": "individual",
        "name": "王女士",
        "profile": {
            "residence_region": "320211",
            "birth_date": born,
            "education": "bachelor",
            "social_insurance_months": 30,
            "owns_home": False,
        },
        "region": "320211",
        "topics": ["P0503"],
    }


PAGES = {
    "sample": Told("新雏鹰", "成立年限不超过 5 年", "3", "企业", firm("2024-05-01"), firm("2022-05-01")),
    "corpus": Told("购房补贴", "年龄不超过 40 周岁", "35", "个人", graduate("1998-05-01"), graduate("1988-05-01")),
}


@pytest.fixture(params=PAGES)
def page_of_policy(
    request: pytest.FixtureRequest, shared_material: Callable[[str], Path], tmp_path: Path
) -> tuple[Path, Told]:
    """A policy as a page saved from a browser: one of ours, and a real one where the optional material is there."""
    if request.param == "sample":
        return SAMPLES / "hangkegao-2024-50.html", PAGES["sample"]
    corpus = shared_material("corpus/housing_policies_local_2010_2026.jsonl")
    return save_page(corpus, "re-POL_6807B699AB5BD424AD25", tmp_path), PAGES["corpus"]


def test_a_policy_from_the_file_to_the_reader(
    sign_in: SignIn,
    rows: Rows,
    workers: Runtime,
    woken: list[tuple[int, str]],
    sms_and_mail: RunningSimulators,
    page_of_policy: tuple[Path, Told],
) -> None:
    file, told_of = page_of_policy
    one, other = rows.subscriber(**told_of.one), rows.subscriber(**told_of.other)
    clerk, releaser = sign_in("editor"), sign_in("releaser")

    clerk.get_by_role("link", name="导入政策").click()
    clerk.get_by_label("文件", exact=True).set_input_files(file)
    clerk.get_by_role("button", name="上传并读懂").click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text(told_of.title)
    told = clerk.locator("[data-count-now]")
    expect(told).to_have_text("2")

    clerk.get_by_role("link", name=f"修改：{told_of.condition}").click()
    clerk.get_by_label("数值").fill(told_of.corrected)
    clerk.get_by_role("button", name="保存条件").click()
    expect(told).to_have_text("1")
    expect(clerk.get_by_text("比修改前少 1 人")).to_be_visible()

    not_theirs = {"企业": "个人", "个人": "企业"}[told_of.side]
    clerk.get_by_label(not_theirs, exact=True).check()  # counted before anything is saved
    clerk.get_by_label(told_of.side, exact=True).uncheck()
    expect(told).to_have_text("0")
    clerk.reload()
    expect(told).to_have_text("1")

    clerk.get_by_role("button", name="确认定向").click()
    clerk.get_by_role("link", name="预览并推送").click()
    expect(told).to_have_text("1")
    keep_screenshot(clerk, "staff-push-preview")
    clerk.get_by_role("button", name="生成并提交审批").click()
    expect(clerk.get_by_text("等另一位发布人员审批")).to_be_visible()
    assert woken == []

    releaser.reload()
    releaser.get_by_role("link", name=told_of.title).click()
    releaser.get_by_role("button", name="审批通过，开始发送").click()
    expect(releaser.get_by_text("正在推送")).to_be_visible()
    for push_id, channel in woken:
        run_delivery(workers, push_id, Channel(channel))
    rescue(workers)
    expect(releaser.get_by_text("已完成")).to_be_visible()  # by itself: the page follows
    keep_screenshot(releaser, "staff-push-done")

    with workers.sessions() as session:
        gone = {d.subscriber_id: d.state for d in session.scalars(select(Delivery))}
    assert gone == {one: DeliveryState.ACCEPTED}
    assert other not in gone
    assert dict(sms_and_mail.providers.world.counts) == {"mail": 1}


def test_the_editor_works_without_javascript(
    chromium: Browser, sign_in: SignIn, base: str, rows: Rows, sessions: Sessions
) -> None:
    rows.policy(targeting={"state": TargetingState.DRAFT})
    cookies = sign_in("editor").context.cookies()
    context = chromium.new_context(base_url=base, java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]  # the same shape, named differently
    page = context.new_page()
    page.goto("/staff/targetings/1")
    page.get_by_role("button", name="删除：成立年限不超过 10 年").click()
    expect(page.locator(".node__words", has_text="成立年限不超过 10 年")).to_have_count(0)
    page.get_by_role("link", name="添加条件").first.click()
    page.get_by_label("要求的是什么").select_option("employees")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("数值").fill("20")
    page.get_by_role("button", name="保存条件").click()
    expect(page.locator(".node__words", has_text="从业人数不低于 20 人")).to_be_visible()
    context.close()
    with sessions() as session:
        assert session.scalars(select(Targeting)).one().conditions["all"][-1]["value"] == 20.0


def test_every_page_at_every_width(sign_in: SignIn, rows: Rows, sessions: Sessions, workers: Runtime) -> None:
    rows.policy("关于支持中小企业创新发展、稳定就业岗位的若干措施（试行）", kind="call")
    rows.policy("待确认的通知", targeting={"state": TargetingState.DRAFT})
    rows.policy("还没有读的通知", targeting=None)
    number = rows.subscriber()
    with unit_of_work(sessions) as session:
        store_inquiry(session, workers.keys, "wechat", "sim-reader", "人工 我的补贴为什么还没有到账？", NOW)
        store_inquiry(session, workers.keys, "sms", "13800000000", "几点上班？", NOW)
    page = sign_in("editor", "releaser", "service", "admin")
    look(page, "/staff/targetings/1/push", "staff-preview")
    push = planned(workers)
    pages = {
        "today": "/staff",
        "policies": "/staff/policies",
        "policies-none": "/staff/policies?q=没有这样的",
        "import": "/staff/policies/new",
        "unread": "/staff/policies/3",
        "editor": "/staff/targetings/2",
        "editor-confirmed": "/staff/targetings/1",
        "condition": "/staff/targetings/2/condition?path=1",
        "condition-place": "/staff/targetings/2/condition?path=0",
        "condition-new": "/staff/targetings/2/condition?new=1",
        "pushes": "/staff/pushes",
        "push": f"/staff/pushes/{push}",
        "people": "/staff/people",
        "person": f"/staff/people/{number}",
        "why": f"/staff/people/{number}/why?policy=1",
        "inquiries": "/staff/inquiries",
        "templates": "/staff/templates",
        "template-sms": "/staff/templates/sms-policy",
        "template-wechat": "/staff/templates/wechat-policy",
        "template-layout": "/staff/templates/layout-notice-html",
        "channels": "/staff/channels",
        "audit": "/staff/audit?check=1",
        "accounts": "/staff/accounts",
        "password": "/staff/password",
    }
    for name, path in pages.items():
        look(page, path, f"staff-{name}")
    look(page, "/staff/pushes/99", "staff-missing", status=404)
    page.get_by_role("button", name="退出").click()
    look(page, "/staff/sign-in", "staff-sign-in")


def planned(workers: Runtime) -> int:
    """The id of a push that waits for approval."""
    with unit_of_work(workers.sessions) as session:
        targeting = session.get_one(Targeting, 1)
        matching = match(session, targeting, workers.vocabulary, NOW.date())
        plan_pushes(session, [(targeting, matching)], workers.restraint, who="王", approve_above=0, now=NOW)
        return session.scalars(select(Push.id)).one()


def look(page: Page, path: str, name: str, status: int = 200) -> None:
    """Open `path` at all widths: nothing wider than the window, targets a thumb can hit, no objection of axe-core."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        keep_screenshot(page, f"{name}-{width}")
        assert overflow(page) == 0, f"{name} at {width}"
        assert small_targets(page) == [], f"{name} at {width}"
        assert tightest_lines(page) >= 1.5 - 0.01, f"{name} at {width}"
    assert violations(page) == [], name
