"""The schedule: which jobs there are, when they ran and run next, what came of it; run now, let rest, go on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.errors import ZhidaError
from web.dependencies import PartsDep, SessionDep
from web.staff.audit import record
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.showing import show
from workers.jobs import list_jobs
from workers.models import JobRun, RunState
from workers.runs import list_paused, list_runs, set_paused, trigger

router = APIRouter(route_class=StaffRoute)
SHOWN = 60
STATES = {
    RunState.QUEUED: ("等待", "soft"),
    RunState.RUNNING: ("进行中", ""),
    RunState.DONE: ("完成", "good"),
    RunState.FAILED: ("失败", "bad"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A job with its last run and its next time."""

    name: str
    label: str
    paused: bool
    next_at: datetime | None
    last: JobRun | None


@router.get("/staff/schedule")
def schedule_page(request: Request, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    jobs, now, paused = list_jobs(parts.settings), parts.clock(), list_paused(session)
    last = {run.job: run for run in session.scalars(_last_runs())}
    rows = [Row(job.name, job.label, job.name in paused, job.next_due(now), last.get(job.name)) for job in jobs]
    return show(
        request,
        member,
        "schedule.html",
        rows=rows,
        runs=list_runs(session, SHOWN),
        labels={job.name: job.label for job in jobs},
        states=STATES,
        may_steer=member.may("POST", "/staff/schedule/{name}/run"),
    )


@router.post("/staff/schedule/{name}/run")
def run(name: str, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """Run a job at once, beside its times."""
    now = parts.clock()
    return _do(session, member, "run", name, now, lambda: trigger(session, parts.settings, name, member.name, now))


@router.post("/staff/schedule/{name}/pause")
def pause(name: str, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """What would run meanwhile is not made up for."""
    now = parts.clock()
    return _do(session, member, "pause", name, now, lambda: set_paused(session, parts.settings, name, True, now))


@router.post("/staff/schedule/{name}/resume")
def resume(name: str, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    now = parts.clock()
    return _do(session, member, "resume", name, now, lambda: set_paused(session, parts.settings, name, False, now))


def _do(session: Session, member: Member, act: str, name: str, now: datetime, change: Callable[[], object]) -> Response:
    """Do it to a job, write it down, and show the schedule."""
    try:
        change()
    except ZhidaError as error:
        raise Refused(404, str(error)) from error
    record(session, member.name, f"schedule.{act}", f"job {name}", now)
    return RedirectResponse("/staff/schedule", 303)


def _last_runs() -> Select[JobRun]:
    return select(JobRun).ext(distinct_on(JobRun.job)).order_by(JobRun.job, JobRun.due_at.desc(), JobRun.id.desc())
