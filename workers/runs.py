"""Runs of jobs: the row is what has to be done, the wake-up a hint; each says when, how long, and what came of it."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.database import unit_of_work
from core.errors import ZhidaError
from core.settings import Settings
from workers.jobs import MISSED_FOR, ScheduledJob, list_jobs
from workers.models import Job, JobRun, RunState
from workers.runtime import Runtime

log = logging.getLogger(__name__)

LOST = timedelta(minutes=2)
"""A run that nobody has taken up for so long is woken again."""
DEAD = timedelta(hours=1)
"""A run that hasn't ended for so long was left by a process that died; no job takes as long."""


def follow(session: Session, jobs: Sequence[ScheduledJob], now: datetime) -> list[int]:
    """Write down the runs that are due since the clock was last followed, each job once however often it was missed.

    Answers the runs to be woken: the new ones, and those whose wake-up or process was lost. A job that is seen for the
    first time begins now; what a paused one misses is not made up for.
    """
    known = {job.name: job for job in session.scalars(select(Job).with_for_update())}
    fresh = [{"name": job.name, "followed_until": now} for job in jobs if job.name not in known]
    if fresh:
        session.execute(insert(Job).values(fresh).on_conflict_do_nothing())
    due = {job.name: job.last_due(known[job.name].followed_until, now) for job in jobs if job.name in known}
    passed = {name: moment for name, moment in due.items() if moment is not None}
    if passed:
        session.execute(update(Job).where(Job.name.in_(passed)).values(followed_until=now))
    runs = [
        {"job": name, "due_at": moment, "queued_at": now} for name, moment in passed.items() if not known[name].paused
    ]
    if runs:
        session.execute(insert(JobRun).values(runs).on_conflict_do_nothing())
    return _to_wake(session, now)


def run_job(runtime: Runtime, run_id: int) -> RunState | None:
    """Take up a queued run, do it, and write down what came of it; None where another process has it or had it."""
    with unit_of_work(runtime.sessions) as session:
        taken = session.execute(
            update(JobRun)
            .where(JobRun.id == run_id, JobRun.state == RunState.QUEUED)
            .values(state=RunState.RUNNING, started_at=runtime.clock())
            .returning(JobRun.job)
        ).scalar()
    if taken is None:
        return None
    state, outcome = _act(runtime, taken)
    with unit_of_work(runtime.sessions) as session:
        session.execute(
            update(JobRun)
            .where(JobRun.id == run_id, JobRun.state == RunState.RUNNING)
            .values(state=state, finished_at=runtime.clock(), outcome=outcome)
        )
    return state


def trigger(session: Session, settings: Settings, name: str, who: str, now: datetime) -> int:
    """Queue a run of a job by hand; the next tick of the schedule wakes it. Answers its id; one that waits already is
    not queued twice. Raises ZhidaError for an unknown job."""
    _get(settings, name)
    waiting = select(JobRun.id).where(JobRun.job == name, JobRun.state == RunState.QUEUED, JobRun.by != "")
    if (queued := session.scalar(waiting.where(JobRun.due_at > now - LOST))) is not None:
        return queued
    run = JobRun(job=name, due_at=now, queued_at=now - LOST, by=who)
    session.add(run)
    session.flush()
    return run.id


def set_paused(session: Session, settings: Settings, name: str, paused: bool, now: datetime) -> None:
    """Let a job rest, or let it go on. Raises ZhidaError for an unknown job."""
    _get(settings, name)
    row = insert(Job).values(name=name, paused=paused, followed_until=now)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"paused": paused}))


def list_paused(session: Session) -> set[str]:
    """The names of the jobs that rest."""
    return set(session.scalars(select(Job.name).where(Job.paused)))


def list_runs(session: Session, most: int = 100) -> list[JobRun]:
    """The last runs, newest first."""
    return list(session.scalars(select(JobRun).order_by(JobRun.due_at.desc(), JobRun.id.desc()).limit(most)))


def _act(runtime: Runtime, name: str) -> tuple[RunState, str]:
    try:
        return RunState.DONE, _get(runtime.settings, name).act(runtime)
    except ZhidaError as error:
        return RunState.FAILED, str(error)
    except Exception as error:  # a defect must not stop the schedule; the console shows that the run failed
        log.exception("the job %s failed", name)
        return RunState.FAILED, f"内部错误（{type(error).__name__}），详见日志"


def _get(settings: Settings, name: str) -> ScheduledJob:
    for job in list_jobs(settings):
        if job.name == name:
            return job
    raise ZhidaError(f"没有叫 {name} 的定时任务")


def _to_wake(session: Session, now: datetime) -> list[int]:
    dead = update(JobRun).where(JobRun.state == RunState.RUNNING, JobRun.started_at < now - DEAD)
    session.execute(dead.values(state=RunState.QUEUED, queued_at=now - LOST))
    waiting = (JobRun.state == RunState.QUEUED) & ((JobRun.queued_at == now) | (JobRun.queued_at <= now - LOST))
    found = update(JobRun).where(waiting, JobRun.due_at > now - MISSED_FOR).values(queued_at=now)
    return sorted(session.scalars(found.returning(JobRun.id)))
