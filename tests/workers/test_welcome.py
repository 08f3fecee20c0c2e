"""The beginning, a changed profile, long silence and the return."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.simulators.serve import RunningSimulators
from core.database import unit_of_work
from subscribers.models import Subscriber
from tests.workers.conftest import NOON, add_delivery, add_push, add_reader, plan
from tests.workers.rows import HAIDIAN, lines_of, policy_of, published, send, states
from workers.feedback import note
from workers.models import DeliveryState, FeedbackKind, Habit, Push
from workers.runtime import Runtime
from workers.welcome import SILENCE, ask_silent, go_on, greet, note_returned


def greeted(runtime: Runtime, session: Session, person: Subscriber) -> list[str]:
    session.expire_all()  # the trigger stamps a changed profile
    pushes = greet(session, runtime.vocabulary, NOON)
    return [line.title for push in pushes for line in lines_of(session, push, person.id)]


def changed(session: Session, person: Subscriber, **facts: Any) -> None:
    person.profile = {**person.profile, **facts}
    session.commit()


def test_a_newcomer_gets_the_ten_best_of_what_is_open_once(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    for number in range(11):
        published(session, f"政策{number:02}", closes=None)
    published(session, "快截止", closes=date(2026, 11, 25))
    published(session, "已截止", closes=date(2026, 11, 1))
    published(session, "别处的", region="330302")
    session.commit()
    titles = greeted(runtime, session, reader)
    assert len(titles) == 10
    assert titles[0] == "快截止"
    assert not {"已截止", "别处的"} & set(titles)
    session.commit()
    assert greeted(runtime, session, reader) == []


def test_the_welcome_arrives(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN)
        published(session, "海淀政策")
        [push] = greet(session, runtime.vocabulary, NOON)
    send(runtime, push, NOON)
    [message] = simulators.providers.world.accepted
    assert "现在可办" in str(message.content)


def test_a_changed_profile_is_told_of_what_is_new_for_it_only(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, {**HAIDIAN, "education": "senior_high"})
    graduate = {"field": "education", "op": "ge", "value": "bachelor", "quote": ""}
    published(session, "人人都有")
    published(session, "本科以上", conditions={"all": [graduate]})
    pushed = published(session, "推送过的")
    plan(runtime, session, pushed)
    session.commit()
    assert greeted(runtime, session, reader) == ["人人都有"]
    session.commit()
    changed(session, reader, education="master")
    assert greeted(runtime, session, reader) == ["本科以上"]
    session.commit()
    changed(session, reader, employment="employed")
    assert greeted(runtime, session, reader) == []


def test_who_was_imported_is_greeted_only_when_something_changes(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, {"birth_date": "1990-01-01"}, reference="A-1")
    published(session, "海淀政策")
    session.commit()
    assert greeted(runtime, session, reader) == []
    session.commit()
    changed(session, reader, residence_region="110108")
    assert greeted(runtime, session, reader) == ["海淀政策"]


def silent_reader(runtime: Runtime, session: Session, key: str, **values: Any) -> Subscriber:
    """One who was written to 100 days and one day ago."""
    reader = add_reader(runtime, session, HAIDIAN, **values)
    push = add_push(session, key=key)
    for days in (100, 1):
        day = NOON - timedelta(days=days)
        push = add_push(session, key=f"{key}:{days}")
        add_delivery(session, push, reader.id, state=DeliveryState.ACCEPTED, accepted_at=day, updated_at=day)
    return reader


def asked(session: Session, days: int = 0) -> tuple[Push | None, int]:
    return ask_silent(session, NOON + timedelta(days=days))


def test_who_opened_nothing_for_ninety_days_is_asked_once(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        silent = silent_reader(runtime, session, "a", weekly_cap=9)
        lively = silent_reader(runtime, session, "b")
        policy = policy_of(session, published(session, "海淀政策"))
        note(session, lively.id, policy.id, FeedbackKind.OPENED, NOON - SILENCE / 2)
        add_reader(runtime, session, HAIDIAN)  # never written to
        push, quieted = asked(session)
        assert quieted == 0
        assert set(states(session, push)) == {silent.id}
        assert asked(session, 1) == (None, 0)
    send(runtime, push, NOON)
    [message] = simulators.providers.world.accepted
    assert "还要继续接收政策消息吗" in str(message.content)


def test_no_answer_for_two_weeks_leaves_the_digest_and_the_return_restores(runtime: Runtime, session: Session) -> None:
    reader = silent_reader(runtime, session, "a", daily_cap=5)
    asked(session)
    assert asked(session, 13)[1] == 0
    assert asked(session, 14)[1] == 1
    session.expire_all()
    assert reader.daily_cap == 0
    targeting = published(session, "海淀政策")
    [planned] = plan(runtime, session, targeting)
    assert planned.reasons == {"capped": 1}
    go_on(session, reader.id, NOON + timedelta(days=20))
    session.expire_all()
    assert reader.daily_cap == 5
    habit = session.get_one(Habit, reader.id)
    assert habit.digest_only_since is None
    assert note_returned(session) == 0


def test_an_answer_in_time_changes_nothing(runtime: Runtime, session: Session) -> None:
    reader = silent_reader(runtime, session, "a")
    asked(session)
    note(session, reader.id, None, FeedbackKind.OPENED, NOON + timedelta(days=2))
    assert note_returned(session) == 1
    assert asked(session, 14)[1] == 0
    session.expire_all()
    assert reader.daily_cap is None
    assert session.scalars(select(Habit.asked_at)).all() == [None]
