"""From a confirmed targeting to messages: planned by one, approved by another, held and called off."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import Sessions, unit_of_work
from core.settings import Settings
from matcher.models import Targeting
from subscribers.models import Subscriber
from tests.web.conftest import NOW, TestClient
from tests.web.forms import Page
from tests.web.rows import Rows
from tests.web.staff.conftest import Clock, Staff, read, token_of
from web.models import AuditEntry, EngagementKind, PushBreakdown
from web.portal.deliveries import find_sent, record_engagement
from workers.models import Delivery, DeliveryState, Push, PushState
from workers.steering import CANCELLED

Woken = list[tuple[int, list[str]]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """More than one person needs a second member of staff."""
    return settings.model_copy(update={"approve_above": 1})


@pytest.fixture
def targeting(rows: Rows, sessions: Sessions) -> int:
    """A confirmed targeting that two firms meet."""
    rows.policy()
    rows.subscriber()
    rows.subscriber(name="北京近水制造有限公司")
    with sessions() as session:
        return session.scalars(select(Targeting.id)).one()


def plan(browser: TestClient, targeting: int) -> Page:
    return read(browser, f"/staff/targetings/{targeting}/push").submit()


def press(page: Page, ending: str) -> Page:
    form = next(n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith(ending))
    return page.submit(form=form)


def the_push(sessions: Sessions) -> Push:
    with sessions() as session:
        return session.scalars(select(Push)).one()


def states(sessions: Sessions) -> list[tuple[str, str]]:
    with sessions() as session:
        return [(d.state, d.detail) for d in session.scalars(select(Delivery).order_by(Delivery.id))]


def test_the_preview_says_how_many_who_and_why_and_writes_nothing(
    staff: Staff, targeting: int, sessions: Sessions
) -> None:
    page = read(staff("releaser"), f"/staff/targetings/{targeting}/push")
    assert page.root.xpath("string(//*[@data-count-now])") == "2"
    assert "北京＊＊＊＊＊＊公司" in page.words
    assert "北京远山智能科技有限公司" not in page.text
    assert "成立年限不超过 10 年" in page.words
    assert "成立时间不超过十年" in page.words
    assert "需要另一位发布人员审批" in page.words
    assert states(sessions) == []


def test_a_large_push_runs_only_when_a_second_person_approves(
    staff: Staff, targeting: int, sessions: Sessions, woken: Woken
) -> None:
    first, second = staff("releaser", name="甲"), staff("releaser", name="乙")
    page = plan(first, targeting)
    push = the_push(sessions)
    assert (push.state, push.created_by, push.audience_size) == (PushState.PLANNED, "甲", 2)
    assert woken == []
    assert "发起人不能审批自己的推送" in page.words
    answer = first.post(f"/staff/pushes/{push.id}/approve", data={"csrf": token_of(first)})
    assert answer.status_code == 409
    assert the_push(sessions).state == PushState.PLANNED
    page = press(read(second, f"/staff/pushes/{push.id}"), "/approve")
    push = the_push(sessions)
    assert (push.state, push.approved_by) == (PushState.RUNNING, "乙")
    assert woken == [(push.id, ["mail"])]


def test_approving_twice_approves_once(staff: Staff, targeting: int, sessions: Sessions, woken: Woken) -> None:
    plan(staff("releaser", name="甲"), targeting)
    page = read(staff("releaser", name="乙"), "/staff/pushes/1")
    for _ in range(2):
        assert press(page, "/approve").answer.status_code == 200
    assert len(woken) == 1
    with sessions() as session:
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.act == "push.approve")).all()) == 1


def test_a_small_push_of_a_releaser_runs_at_once(staff: Staff, rows: Rows, sessions: Sessions, woken: Woken) -> None:
    rows.policy()
    rows.subscriber()
    plan(staff("releaser"), 1)
    assert the_push(sessions).state == PushState.RUNNING
    assert woken == [(1, ["mail"])]


def test_an_editors_push_waits_for_a_releaser_however_small(
    staff: Staff, rows: Rows, sessions: Sessions, woken: Woken
) -> None:
    rows.policy()
    rows.subscriber()
    page = plan(staff("editor"), 1)
    assert the_push(sessions).state == PushState.PLANNED
    assert "等另一位发布人员审批" in page.words
    assert woken == []


def test_planning_twice_makes_one_push(staff: Staff, targeting: int, sessions: Sessions) -> None:
    page = read(staff("releaser"), f"/staff/targetings/{targeting}/push")
    assert page.submit().path == page.submit().path == "/staff/pushes/1"
    assert len(states(sessions)) == 2


@pytest.mark.parametrize("given", [{"state": "draft"}, {"pushable": False}])
def test_what_is_not_confirmed_or_not_to_be_pushed_is_not(
    staff: Staff, rows: Rows, sessions: Sessions, given: dict[str, object]
) -> None:
    rows.policy(targeting=given)
    browser = staff("releaser")
    assert read(browser, "/staff/targetings/1/push").answer.status_code == 409
    assert browser.post("/staff/targetings/1/push", data={"csrf": token_of(browser)}).status_code == 409
    assert states(sessions) == []


def test_holding_going_on_and_calling_off(staff: Staff, targeting: int, sessions: Sessions, woken: Woken) -> None:
    plan(staff("releaser", name="甲"), targeting)
    browser = staff("releaser", name="乙")
    page = press(read(browser, "/staff/pushes/1"), "/approve")
    page = press(page, "/pause")
    assert the_push(sessions).state == PushState.PAUSED
    page = press(page, "/resume")
    assert the_push(sessions).state == PushState.RUNNING
    assert len(woken) == 2
    page = press(page, "/cancel")
    assert "已取消" in page.words
    assert the_push(sessions).finished_at == NOW
    assert states(sessions) == [(DeliveryState.SUPPRESSED, CANCELLED)] * 2


def test_calling_off_leaves_what_has_gone(staff: Staff, targeting: int, sessions: Sessions) -> None:
    plan(staff("releaser", name="甲"), targeting)
    browser = staff("releaser", name="乙")
    page = press(read(browser, "/staff/pushes/1"), "/approve")
    with sessions() as session, session.begin():
        session.scalars(select(Delivery).order_by(Delivery.id)).first().state = DeliveryState.ACCEPTED  # type: ignore[union-attr]  # two were planned
    press(page, "/cancel")
    assert [state for state, _ in states(sessions)] == [DeliveryState.ACCEPTED, DeliveryState.SUPPRESSED]


@pytest.mark.parametrize(
    ("state", "act"), [("done", "pause"), ("done", "cancel"), ("planned", "resume"), ("cancelled", "pause")]
)
def test_what_a_push_can_not_do_any_more_is_told(
    staff: Staff, targeting: int, sessions: Sessions, state: str, act: str
) -> None:
    browser = staff("releaser")
    plan(browser, targeting)
    with sessions() as session, session.begin():
        session.scalars(select(Push)).one().state = state
    answer = browser.post(f"/staff/pushes/1/{act}", data={"csrf": token_of(browser)})
    assert answer.status_code == 409
    assert "请刷新页面" in answer.text
    assert the_push(sessions).state == state


def test_the_funnel_counts_what_came_of_it(staff: Staff, targeting: int, sessions: Sessions) -> None:
    browser = staff("releaser", name="甲")
    plan(staff("releaser", name="乙"), targeting)
    press(read(browser, "/staff/pushes/1"), "/approve")
    with sessions() as session, session.begin():
        first, second = session.scalars(select(Delivery).order_by(Delivery.id))
        first.state, second.state = DeliveryState.DELIVERED, DeliveryState.ACCEPTED
        for kind in (EngagementKind.OPENED, EngagementKind.CHECKED):
            record_engagement(session, kind, 1, find_sent(session, first.id), NOW)
    page = read(browser, "/staff/pushes/1/progress")
    counts = {
        "".join(bar.xpath("./div/span[1]/text()")): int(bar.xpath("string(./div/span[2]/text())"))
        for bar in page.root.find_class("bar")
    }
    assert counts == {
        "应送达": 2,
        "服务商已接收": 2,
        "已送达（有回执）": 1,
        "打开": 1,
        "核对“与我有关吗”": 1,
        "说“有用”": 0,
    }


def test_today_shows_what_waits_for_whom(staff: Staff, targeting: int, rows: Rows) -> None:
    rows.policy("待确认的通知", targeting={"state": "draft"})
    plan(staff("releaser", name="甲"), targeting)
    other = read(staff("releaser", name="乙"), "/staff")
    assert "待审批" in other.words
    assert "待确认的通知" not in other.words
    assert "待确认的通知" in read(staff("editor", name="丙"), "/staff").words
    press(read(staff("releaser", name="丁"), "/staff/pushes/1"), "/approve")
    assert "关于支持中小企业的若干措施" in read(staff("service", name="戊"), "/staff/running").text


def test_today_warns_of_late_messages(staff: Staff, targeting: int, clock: Clock) -> None:
    plan(staff("releaser", name="甲"), targeting)
    browser = staff("releaser", name="乙")
    press(read(browser, "/staff/pushes/1"), "/approve")
    assert "各渠道正常" in read(browser, "/staff").words
    clock.now = clock.now.replace(hour=clock.now.hour + 1)
    assert "有 2 条投递超过 15 分钟没有发出" in read(browser, "/staff").words


def test_the_figures_of_a_push_are_counted_once(staff: Staff, targeting: int, rows: Rows, sessions: Sessions) -> None:
    rows.delivery(rows.policy(targeting={"topics": []}), 1)  # somebody had another message this morning
    browser = staff("releaser")
    told = "七天内已收到过其他消息1人，占50%"
    assert told in plan(browser, targeting).words.replace(" ", "")
    with sessions() as session:
        push = session.scalars(select(Push).where(Push.targeting_id == targeting)).one()
        kept = session.get_one(PushBreakdown, push.id)
        assert (kept.channels, kept.places, kept.types, kept.told_lately) == ({"mail": 2}, {"": 2}, {}, 1)
    rows.delivery(rows.policy(targeting={"topics": []}), 2)
    assert told in read(browser, f"/staff/pushes/{push.id}").words.replace(" ", "")


def test_the_figures_of_a_push_that_workers_planned_are_counted_when_asked_for(
    staff: Staff, targeting: int, rows: Rows, sessions: Sessions
) -> None:
    plan(staff("releaser"), targeting)
    with unit_of_work(sessions) as session:
        session.delete(session.scalars(select(PushBreakdown)).one())
        session.get_one(Subscriber, 1).region = "110108"
    for browser in (staff("releaser", name="甲"), staff("releaser", name="乙")):
        words = read(browser, "/staff/pushes/1").words.replace(" ", "")
        assert "北京市1" in words
        assert "所在地未填写1" in words


def test_a_push_that_waits_for_the_morning_says_when_it_goes_on(
    staff: Staff, rows: Rows, sessions: Sessions, clock: Clock
) -> None:
    rows.policy()
    rows.subscriber()
    browser = staff("releaser")
    plan(browser, 1)
    assert "起继续" not in read(browser, "/staff/pushes/1").words
    with unit_of_work(sessions) as session:
        session.scalars(select(Delivery)).one().due_at = NOW + timedelta(hours=22)
    assert "11月22日 08:00起继续" in read(browser, "/staff/pushes/1").words
