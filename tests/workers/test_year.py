"""A whole year on the injected clock: twelve editions, every step of the ladder once, nothing in quiet hours."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from channels.message import Channel
from channels.simulators.serve import RunningSimulators
from core.clock import SHANGHAI, local_time
from core.database import unit_of_work
from matcher.matching import match
from matcher.models import Targeting
from tests.workers.conftest import add_reader
from tests.workers.rows import HAIDIAN, at, lines_of, policy_of, published
from workers.feedback import note
from workers.models import Announcement, Delivery, Edition, FeedbackKind, JobRun, Push, PushKind, RunState
from workers.plan import plan_pushes
from workers.runs import run_job
from workers.runtime import Runtime
from workers.schedule import tick
from workers.tasks import run_delivery

YEAR = 2026
MORNING, DAY, EVENING = time(7), time(9, 20), time(21, 30)
"""In the quiet hours, after the jobs of the day, in the quiet hours again."""
DOWN = (date(YEAR, 6, 30), date(YEAR, 7, 3))
"""The schedule stands still over the end of a month: from the first of these days to before the second."""


def moments() -> Iterator[datetime]:
    """Each day of the year and the day after it by day, and once in its quiet hours, by turns before and after."""
    day = date(YEAR, 1, 1)
    while day <= date(YEAR + 1, 1, 1):
        if not DOWN[0] <= day < DOWN[1]:
            hours = (MORNING, DAY) if day.day % 2 else (DAY, EVENING)
            yield from (datetime.combine(day, hour, SHANGHAI) for hour in hours)
        day += timedelta(days=1)


def deliver_due(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.sessions() as session:
        due = session.execute(
            select(Delivery.push_id, Delivery.channel)
            .where(Delivery.state.in_(("planned", "retry")), Delivery.due_at <= now)
            .distinct()
        ).all()
    for push_id, channel in due:
        run_delivery(runtime, push_id, Channel(channel))


def publish(runtime: Runtime, day: date) -> Targeting:
    """A policy of that month, pushed on the 10th at 22:00, in the quiet hours; its window ends 40 days later."""
    now = datetime.combine(day, time(22), SHANGHAI)
    with unit_of_work(runtime.sessions) as session:
        targeting = published(session, f"{day.month}月政策", day, closes=day + timedelta(days=40))
        published(session, f"{day.month}月没人推的政策", day, closes=None)
        matching = match(session, targeting, runtime.vocabulary, day)
        plan_pushes(session, [(targeting, matching)], runtime.restraint, who="editor", approve_above=1000, now=now)
    return targeting


def test_a_year(runtime: Runtime, simulators: RunningSimulators) -> None:
    runtime = replace(runtime, settings=runtime.settings.model_copy(update={"auto_publish": True}))
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, HAIDIAN, channels=["mail"], reference="R")
        targetings = []
    for moment in moments():
        now = at(runtime, moment)
        for run_id in tick(now):
            run_job(now, run_id)
        if moment.day == 10 and moment.time() == EVENING and moment.year == YEAR:
            targetings.append(publish(now, moment.date()))
            with unit_of_work(now.sessions) as session:  # or they would be asked whether to go on
                note(session, reader.id, None, FeedbackKind.OPENED, moment)
        deliver_due(now)
    with runtime.sessions() as session:
        editions = session.scalars(select(Edition).order_by(Edition.starts)).all()
        assert [edition.starts for edition in editions if edition.state == "released"] == [
            date(YEAR, month, 1) for month in range(1, 13)
        ]
        digests = session.scalars(select(Push).where(Push.kind == PushKind.DIGEST).order_by(Push.id)).all()
        assert [push.key for push in digests] == [f"digest:{YEAR}-{month:02}" for month in range(1, 13)]
        for month, push in enumerate(digests, 1):
            assert f"{month}月没人推的政策" in [line.title for line in lines_of(session, push, reader.id)]
        sent = session.scalars(select(Delivery).where(Delivery.state == "accepted")).all()
        hours = [local_time(one.accepted_at).time() for one in sent if one.accepted_at]
        assert len(hours) == len(sent) > 40
        assert all(time(8) <= hour < time(21) for hour in hours)
        june = session.scalars(select(Delivery).where(Delivery.push_id == digests[5].id)).one()
        assert june.accepted_at is not None
        assert local_time(june.accepted_at).date() == DOWN[1]
        told = Counter(session.scalars(select(Announcement.policy_id).where(Announcement.push_id.is_not(None))))
        ended = [one for one in targetings if one.closes and one.closes < date(YEAR, 12, 31)]
        assert {policy_of(session, one).id: told[policy_of(session, one).id] for one in ended} == {
            policy_of(session, one).id: 2 for one in ended
        }
        runs = session.scalars(select(JobRun)).all()
        assert {run.state for run in runs} == {RunState.DONE}
        assert len({(run.job, run.due_at) for run in runs}) == len(runs)
    assert simulators.providers.world.counts["mail"] == len(sent)
