"""The schedule: what is due when, once, recorded; down for days, paused, pressed by hand; one leader."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.clock import SHANGHAI
from core.database import unit_of_work
from core.errors import ZhidaError
from subscribers.erasing import erase
from tests.workers.conftest import NOON, add_push, add_reader
from tests.workers.rows import HAIDIAN, at, published
from workers.bundles import store_bundle, to_all
from workers.feedback import note
from workers.jobs import list_jobs
from workers.models import Bundle, Edition, Feedback, FeedbackKind, Habit, JobRun, RunState
from workers.runs import list_runs, run_job, set_paused, trigger
from workers.runtime import Runtime
from workers.schedule import run_schedule, tick


def china(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def recorded(session: Session) -> dict[str, list[datetime]]:
    """By job: when its runs were due, on China's clock."""
    runs: dict[str, list[datetime]] = {}
    for run in session.scalars(select(JobRun).order_by(JobRun.due_at)):
        runs.setdefault(run.job, []).append(run.due_at)
    return runs


def test_a_run_is_due_once_at_its_hour(runtime: Runtime, session: Session) -> None:
    assert tick(at(runtime, china(11, 23, 3))) == []
    assert tick(at(runtime, china(11, 23, 3, 29))) == []
    assert len(tick(at(runtime, china(11, 23, 3, 30)))) == 1
    assert tick(at(runtime, china(11, 23, 3, 31))) == []
    assert recorded(session) == {"maintain": [china(11, 23, 3, 30)]}


def test_three_days_down_is_caught_up_once(runtime: Runtime, session: Session) -> None:
    tick(at(runtime, china(11, 23, 4)))
    tick(at(runtime, china(11, 26, 4)))
    daily = {name: due for name, due in recorded(session).items() if name not in ("silent", "welcome")}
    assert daily["maintain"] == [china(11, 26, 3, 30)]
    assert daily["reminders"] == [china(11, 25, 9)]
    assert all(len(due) == 1 for due in recorded(session).values())


def test_more_than_a_week_down_makes_up_for_the_last_week_only(runtime: Runtime, session: Session) -> None:
    tick(at(runtime, china(11, 23, 12)))
    tick(at(runtime, china(12, 8, 9, 30)))
    assert recorded(session)["silent"] == [china(12, 7, 10)]


def test_a_run_says_when_and_what_came_of_it(runtime: Runtime, session: Session) -> None:
    tick(at(runtime, china(11, 23, 6, 59)))
    [run_id] = tick(at(runtime, china(11, 23, 7)))
    assert run_job(at(runtime, china(11, 23, 7, 1)), run_id) is RunState.DONE
    assert run_job(at(runtime, china(11, 23, 7, 2)), run_id) is None
    [run] = list_runs(session)
    assert (run.job, run.by, run.outcome) == ("digest_draft", "", "没有到起草时间的月报")
    assert (run.started_at, run.finished_at) == (china(11, 23, 7, 1), china(11, 23, 7, 1))


def test_a_lost_wake_up_is_repeated_and_a_dead_process_replaced(runtime: Runtime) -> None:
    tick(at(runtime, china(11, 23, 6, 59)))
    [run_id] = tick(at(runtime, china(11, 23, 7)))
    assert tick(at(runtime, china(11, 23, 7, 1))) == []
    assert tick(at(runtime, china(11, 23, 7, 2))) == [run_id]
    with unit_of_work(runtime.sessions) as session:
        run = session.get_one(JobRun, run_id)
        run.state, run.started_at = RunState.RUNNING, china(11, 23, 7, 3)
    assert tick(at(runtime, china(11, 23, 7, 30))) == []
    assert run_id in tick(at(runtime, china(11, 23, 8, 4)))


def test_what_is_paused_does_not_run_and_is_not_made_up_for(runtime: Runtime, session: Session) -> None:
    tick(at(runtime, china(11, 23, 3)))
    with unit_of_work(runtime.sessions) as changing:
        set_paused(changing, runtime.settings, "maintain", True, NOON)
    assert tick(at(runtime, china(11, 23, 4))) == []
    with unit_of_work(runtime.sessions) as changing:
        set_paused(changing, runtime.settings, "maintain", False, NOON)
    assert tick(at(runtime, china(11, 23, 5))) == []
    assert recorded(session) == {}


def test_a_job_is_triggered_by_hand(runtime: Runtime, session: Session) -> None:
    with unit_of_work(runtime.sessions) as pressing:
        run_id = trigger(pressing, runtime.settings, "reminders", "editor", NOON)
    assert run_job(runtime, run_id) is RunState.DONE
    assert [(run.job, run.by, run.outcome) for run in list_runs(session)] == [
        ("reminders", "editor", "今天没有要提醒的")
    ]
    with unit_of_work(runtime.sessions) as pressing:
        soon = NOON + timedelta(minutes=1)
        again = trigger(pressing, runtime.settings, "reminders", "editor", soon)
        assert trigger(pressing, runtime.settings, "reminders", "editor", soon) == again  # pressed twice
    assert again in tick(at(runtime, soon))  # the next tick wakes it
    with pytest.raises(ZhidaError, match="没有叫 tea 的定时任务"):
        trigger(session, runtime.settings, "tea", "editor", NOON)


def test_a_defect_fails_the_run_and_not_the_schedule(runtime: Runtime, session: Session) -> None:
    with unit_of_work(runtime.sessions) as breaking:
        run_id = trigger(breaking, runtime.settings, "reminders", "editor", NOON)
        breaking.execute(text("ALTER TABLE policies RENAME TO gone"))
    try:
        assert run_job(runtime, run_id) is RunState.FAILED
    finally:
        with unit_of_work(runtime.sessions) as mending:
            mending.execute(text("ALTER TABLE gone RENAME TO policies"))
    assert [run.outcome for run in list_runs(session)] == ["内部错误（ProgrammingError），详见日志"]


def test_the_names_of_the_jobs_differ(runtime: Runtime) -> None:
    jobs = list_jobs(runtime.settings)
    assert len({job.name for job in jobs}) == len(jobs)
    assert all(job.next_due(NOON) for job in jobs)


@pytest.mark.parametrize(
    ("now", "changed", "made"),
    [
        (china(11, 28, 7), {}, ["2026-11-01"]),
        (china(11, 27, 7), {}, []),
        (china(11, 27, 7), {"digest_draft_days": 4}, ["2026-11-01"]),
        (china(11, 22, 7), {"digests": {"weekly": ["public"]}, "digest_draft_days": 1}, ["2026-11-16", "2026-11-09"]),
        (china(12, 31, 7), {"digests": {"quarterly": ["public"]}}, ["2026-10-01"]),
    ],
)
def test_drafts_are_made_days_before(
    runtime: Runtime, session: Session, now: datetime, changed: dict[str, object], made: list[str]
) -> None:
    with unit_of_work(runtime.sessions) as pressing:
        run_id = trigger(pressing, runtime.settings, "digest_draft", "editor", NOON)
    run_job(replace(at(runtime, now), settings=runtime.settings.model_copy(update=changed)), run_id)
    assert [str(edition.starts) for edition in session.scalars(select(Edition).order_by(Edition.id))] == made


def test_a_missed_edition_is_made_up_for_within_a_week_and_not_later(runtime: Runtime, session: Session) -> None:
    with unit_of_work(runtime.sessions) as filling:
        add_reader(runtime, filling, HAIDIAN)
        published(filling, "海淀政策")
    automatic = runtime.settings.model_copy(update={"auto_publish": True})
    outcomes = []
    for number, day in enumerate((9, 4, 5)):
        later = replace(at(runtime, china(12, day, 9)), settings=automatic)
        with unit_of_work(runtime.sessions) as pressing:
            run_id = trigger(pressing, later.settings, "digest", "editor", china(12, 1, 0, number))
        run_job(later, run_id)
        outcomes.append(session.get_one(JobRun, run_id).outcome)
    assert outcomes == ["没有到发布时间的月报", "2026年11月发布，1人收到", "2026年11月已发布"]
    assert session.scalar(select(func.count()).select_from(Edition)) == 1


def test_two_schedulers_one_leads_and_the_other_takes_over(runtime: Runtime, session: Session) -> None:
    stops = Event(), Event()
    threads = [Thread(target=run_schedule, args=(runtime, stop), kwargs={"poll_seconds": 0.05}) for stop in stops]
    for thread in threads:
        thread.start()

    def leaders() -> int:
        return (
            session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7043102")) or 0
        )

    def until(count: int) -> bool:
        """Look until so many lead; a lock ends with its connection, a moment after the thread."""
        for _ in range(20_000):
            if leaders() == count:
                return True
            session.rollback()
        return False

    assert until(1)
    for stop, thread in zip(stops, threads, strict=True):
        assert until(1)  # the other one takes over
        stop.set()
        thread.join()
    assert until(0)


def test_the_clock_is_followed_in_chinas_time(runtime: Runtime) -> None:
    [draft] = [job for job in list_jobs(runtime.settings) if job.name == "digest"]
    assert draft.next_due(NOON) == china(11, 24, 8, 30)
    assert draft.last_due(NOON - timedelta(days=3), NOON) == china(11, 23, 8, 30)


def test_the_night_forgets_what_is_old_and_what_the_erased_did(runtime: Runtime, session: Session) -> None:
    with unit_of_work(runtime.sessions) as filling:
        stays, goes = (add_reader(runtime, filling, HAIDIAN).id for _ in range(2))
        for one in (stays, goes):
            note(filling, one, None, FeedbackKind.OPENED, NOON)
            filling.add(Habit(subscriber_id=one))
        for key, month in (("digest:old", date(2025, 1, 1)), ("digest:new", date(2026, 11, 1))):
            push = add_push(filling, key=key, month=month)
            store_bundle(filling, push.id, [], to_all(BitMap([stays])))
        filling.add(JobRun(job="maintain", due_at=NOON - timedelta(days=401), queued_at=NOON))
        erase(filling, goes, how="portal", now=NOON)
        run_id = trigger(filling, runtime.settings, "maintain", "editor", NOON)
    assert run_job(runtime, run_id) is RunState.DONE
    assert session.scalars(select(Feedback.subscriber_id)).all() == [stays]
    assert session.scalars(select(Habit.subscriber_id)).all() == [stays]
    assert len(session.scalars(select(Bundle)).all()) == 1
    assert [run.id for run in list_runs(session)] == [run_id]
