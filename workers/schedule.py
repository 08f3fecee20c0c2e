"""The clockwork: one process leads, the others stand by; it follows the clock and wakes up workers.

Which jobs there are is code (workers.jobs); up to when the clock was followed, what is paused and every run are rows,
so a schedule that was down knows what it missed, and the console sees and sets the same rows.
"""

import logging
from datetime import timedelta
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from core.clock import SHANGHAI
from core.database import unit_of_work
from core.locks import Lock
from workers.enqueue import RESCUE, RUN_JOB, wake
from workers.jobs import list_jobs
from workers.runs import follow
from workers.runtime import Runtime

log = logging.getLogger(__name__)

RESCUE_EVERY = timedelta(seconds=5)
FOLLOW_EVERY = timedelta(seconds=10)


def run_schedule(runtime: Runtime, stop: Event, *, poll_seconds: float = 2) -> None:
    """Wait until this process leads, then tick until `stop` is set or the lead is lost; then wait again.

    The lead is a session lock in PostgreSQL: it ends with its connection, so a dead leader needs no time-out.
    """
    engine = runtime.sessions.kw["bind"]
    while not stop.is_set():
        try:
            _lead(runtime, engine, stop, poll_seconds)
        except OperationalError:
            log.warning("the database is away; standing by")
        stop.wait(poll_seconds)


def tick(runtime: Runtime) -> list[int]:
    """Follow the clock once: write down what is due and wake a worker for each run; answers the runs woken."""
    with unit_of_work(runtime.sessions) as session:
        runs = follow(session, list_jobs(runtime.settings), runtime.clock())
    for run_id in runs:
        wake(runtime.celery, RUN_JOB, "periodic", run_id=run_id)
    return runs


def _lead(runtime: Runtime, engine: Engine, stop: Event, poll_seconds: float) -> None:
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": int(Lock.SCHEDULE)}):
            return
        connection.commit()
        scheduler = make_scheduler(runtime)
        scheduler.start()
        log.info("leading the schedule")
        try:
            while not stop.wait(poll_seconds):
                connection.execute(text("SELECT 1"))  # raises when the connection, and with it the lead, is gone
                connection.commit()
        finally:
            scheduler.shutdown()
            connection.invalidate()


def make_scheduler(runtime: Runtime) -> BackgroundScheduler:
    """The two pulses: the rescue of deliveries, and following the clock. A missed pulse is made up for by the next."""
    scheduler = BackgroundScheduler(
        timezone=SHANGHAI,
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    rescuing = [runtime.celery, RESCUE, "periodic"]
    scheduler.add_job(wake, "interval", args=rescuing, seconds=RESCUE_EVERY.total_seconds(), id="rescue")
    scheduler.add_job(tick, "interval", args=[runtime], seconds=FOLLOW_EVERY.total_seconds(), id="follow")
    return scheduler
