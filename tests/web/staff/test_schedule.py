"""The schedule at the desk: what runs when, run now, let rest, go on."""

from datetime import timedelta

from sqlalchemy import select

from core.database import Sessions, unit_of_work
from tests.web.conftest import NOW
from tests.web.forms import Page
from tests.web.staff.conftest import Staff, read
from web.models import AuditEntry
from workers.models import Job, JobRun, RunState


def press(page: Page, ending: str) -> Page:
    [form] = [n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith(ending)]
    return page.submit({}, form=form)


def test_what_ran_and_what_comes_is_shown(staff: Staff, sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        began = NOW - timedelta(hours=1)
        session.add(
            JobRun(
                job="reminders",
                due_at=began,
                queued_at=began,
                started_at=began,
                finished_at=began + timedelta(seconds=2.5),
                state=RunState.DONE,
                outcome="提醒7人",
            )
        )
    page = read(staff("editor"), "/staff/schedule")
    assert "截止提醒" in page.words
    assert "提醒7人" in page.words
    assert "用时 2.5 秒" in page.words
    assert "下次 12月" in page.words or "下次 11月" in page.words
    assert page.root.xpath("//main//form") == []  # an editor looks on


def test_a_job_is_run_now_and_let_rest(staff: Staff, sessions: Sessions) -> None:
    browser = staff("admin")
    page = read(browser, "/staff/schedule")
    for _ in range(2):
        press(page, "/reminders/run")
    assert "已暂停" in press(page, "/digest/pause").words
    paused = read(browser, "/staff/schedule")
    with sessions() as session:
        assert [(run.job, run.by) for run in session.scalars(select(JobRun))] == [("reminders", "admin")]
        assert session.get_one(Job, "digest").paused
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("schedule.")).order_by("id"))
        assert list(acts) == ["schedule.run", "schedule.run", "schedule.pause"]
    assert "已暂停" not in press(paused, "/digest/resume").words


def test_a_job_that_is_not_there(staff: Staff) -> None:
    browser = staff("admin")
    page = read(browser, "/staff/schedule")
    token = page.root.xpath("//input[@name='csrf']/@value")[0]
    answer = browser.post("/staff/schedule/tea/run", data={"csrf": token})
    assert (answer.status_code, "没有叫 tea 的定时任务" in answer.text) == (404, True)
