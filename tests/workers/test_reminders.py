"""The deadline ladder: which step falls on which day, to whom, once, and merged."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from channels.simulators.serve import RunningSimulators
from core.clock import SHANGHAI
from core.database import unit_of_work
from core.vocabulary.workdays import load_workdays
from matcher.models import Targeting
from policies.models import PolicyState
from tests.workers.conftest import NOON, add_reader, plan
from tests.workers.rows import HAIDIAN, lines_of, policy_of, published, reasons, retargeted, send
from workers.feedback import note
from workers.matched import Matched
from workers.models import FeedbackKind, Push
from workers.reminders import list_due, remind
from workers.runtime import Runtime

WORKDAYS = load_workdays()


def on(day: date) -> datetime:
    """09:00 in China."""
    return datetime.combine(day, time(9), SHANGHAI).astimezone(UTC)


def pushed(runtime: Runtime, session: Session, title: str, **values: Any) -> Targeting:
    """A policy that was pushed on 23 November 2026, closing on 31 December."""
    targeting = published(session, title, **values)
    plan(runtime, session, targeting)
    return targeting


def told(session: Session, day: date, person: int) -> list[tuple[str, str]]:
    return [(line.title, line.why) for line in lines_of(session, remind(session, WORKDAYS, on(day)), person)]


@pytest.mark.parametrize(
    ("window", "today", "steps"),
    [
        ((None, date(2026, 12, 31)), date(2026, 12, 16), []),
        ((None, date(2026, 12, 31)), date(2026, 12, 17), ["t14"]),
        ((None, date(2026, 12, 31)), date(2026, 12, 28), ["t14", "t3"]),
        ((None, date(2026, 10, 19)), date(2026, 9, 30), ["t14"]),  # 5 October is a holiday: the last workday before
        ((None, date(2026, 10, 24)), date(2026, 10, 10), ["t14"]),  # a Saturday that is worked
        ((date(2026, 12, 1), None), date(2026, 12, 1), ["opens"]),
        ((date(2026, 12, 1), date(2026, 12, 10)), date(2026, 12, 11), []),
        ((None, None), date(2026, 12, 11), []),
    ],
)
def test_the_day_of_a_step(window: tuple[date | None, date | None], today: date, steps: list[str]) -> None:
    targeting = Targeting(opens=window[0], closes=window[1])
    matched = Matched(first_told=date(2026, 9, 1))
    assert [due.step.value for due in list_due(targeting, targeting, matched, WORKDAYS, today)] == steps


def test_who_is_told_late_gets_no_step_that_lies_before() -> None:
    targeting = Targeting(closes=date(2026, 12, 31))
    matched = Matched(first_told=date(2026, 12, 20))
    assert not list(list_due(targeting, targeting, matched, WORKDAYS, date(2026, 12, 21)))
    [due] = list_due(targeting, targeting, matched, WORKDAYS, date(2026, 12, 28))
    assert due.step == "t3"


def test_every_step_comes_once_and_to_those_matched_who_have_not_done_it(runtime: Runtime, session: Session) -> None:
    reader, done, other = (add_reader(runtime, session, HAIDIAN) for _ in range(3))
    targeting = pushed(runtime, session, "海淀政策")
    policy_id = policy_of(session, targeting).id
    note(session, done.id, policy_id, FeedbackKind.DONE, NOON)
    note(session, other.id, policy_id, FeedbackKind.NOT_FOR_ME, NOON)
    days = [date(2026, 11, 24) + timedelta(days=n) for n in range(40)]
    seen = {}
    for day in days:
        push = remind(session, WORKDAYS, on(day))
        assert remind(session, WORKDAYS, on(day)) is None
        if push is not None:
            assert not lines_of(session, push, done.id)
            assert not lines_of(session, push, other.id)
            seen[day] = [line.why for line in lines_of(session, push, reader.id)]
    assert seen == {date(2026, 12, 17): ["t14"], date(2026, 12, 28): ["t3"]}


def test_a_schedule_that_was_down_takes_the_last_step_missed(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    pushed(runtime, session, "海淀政策")
    assert told(session, date(2026, 12, 20), reader.id) == [("海淀政策", "t14")]  # three days late
    assert told(session, date(2026, 12, 30), reader.id) == [("海淀政策", "t3")]


def test_after_a_long_silence_what_is_too_late_is_passed_over(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    pushed(runtime, session, "海淀政策")
    assert told(session, date(2026, 12, 26), reader.id) == []
    assert told(session, date(2026, 12, 29), reader.id) == [("海淀政策", "t3")]


def test_several_on_one_day_are_one_message(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, HAIDIAN)
        pushed(runtime, session, "求职补贴")
        pushed(runtime, session, "创业补贴")
        pushed(runtime, session, "租房补贴", opens=date(2026, 12, 17), closes=date(2027, 3, 1))
        push = remind(session, WORKDAYS, on(date(2026, 12, 17)))
    send(runtime, push, on(date(2026, 12, 17)))
    assert dict(simulators.providers.world.counts) == {"wechat": 1}
    with runtime.sessions() as session:
        said = reasons(session, push, reader.id)
    assert "租房补贴：今天起可以申请，2027年3月1日截止" in said
    assert "求职补贴" in said
    assert "创业补贴" in said


def test_one_alone_says_how_many_days_are_left(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN, channels=["sms"])
        pushed(runtime, session, "求职补贴")
        push = remind(session, WORKDAYS, on(date(2026, 12, 28)))
    send(runtime, push, on(date(2026, 12, 28)))
    [message] = simulators.providers.world.accepted
    assert "还有3天截止" in str(message.content)


@pytest.mark.parametrize(
    ("closes", "step", "words"),
    [
        (date(2027, 2, 10), "extended", "截止时间由2026年12月31日延长到2027年2月10日"),
        (date(2026, 12, 15), "early", "截止时间由2026年12月31日提前到2026年12月15日"),
    ],
)
def test_a_window_that_was_moved_is_told_once(
    runtime: Runtime, session: Session, closes: date, step: str, words: str
) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    retargeted(session, pushed(runtime, session, "海淀政策"), closes=closes)
    push = remind(session, WORKDAYS, on(date(2026, 11, 30)))
    assert [(line.why, line.change) for line in lines_of(session, push, reader.id)] == [(step, words)]
    assert told(session, date(2026, 12, 1), reader.id) != [("海淀政策", step)]


def test_nothing_is_told_of_a_policy_that_is_repealed(runtime: Runtime, session: Session) -> None:
    add_reader(runtime, session, HAIDIAN)
    policy_of(session, pushed(runtime, session, "海淀政策")).state = PolicyState.REPEALED
    session.flush()
    assert remind(session, WORKDAYS, on(date(2026, 12, 17))) is None


def test_a_full_cap_holds_a_reminder_back(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, HAIDIAN)
        pushed(runtime, session, "海淀政策")
        push: Push | None = remind(session, WORKDAYS, on(date(2026, 12, 17)))
        reader.daily_cap = 0
    send(runtime, push, on(date(2026, 12, 17)))
    assert not simulators.providers.world.counts
