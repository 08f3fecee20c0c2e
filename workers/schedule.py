"""The clockwork: one process leads, the others stand by; each tick only wakes up a worker."""

import logging
from datetime import timedelta
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from core.clock import SHANGHAI
from workers.enqueue import MAINTAIN, RESCUE, wake
from workers.runtime import Runtime

log = logging.getLogger(__name__)

_LEADER = 7_043_102
RESCUE_EVERY = timedelta(seconds=5)


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


def _lead(runtime: Runtime, engine: Engine, stop: Event, poll_seconds: float) -> None:
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LEADER}):
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
    """The jobs of the service, in China's time. A missed tick is made up once, however many were missed."""
    scheduler = BackgroundScheduler(
        timezone=SHANGHAI,
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(
        wake, "interval", args=[runtime.celery, RESCUE, "periodic"], seconds=RESCUE_EVERY.total_seconds(), id="rescue"
    )
    scheduler.add_job(wake, "cron", args=[runtime.celery, MAINTAIN, "periodic"], hour=3, minute=30, id="maintain")
    return scheduler
