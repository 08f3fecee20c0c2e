"""The tasks: each loads what its arguments name, calls one act, and returns. Arguments are ids, never addresses."""

from collections.abc import Callable
from datetime import timedelta

from celery import Celery

from channels.message import Channel
from workers.composing import load_composing
from workers.deliver import deliver
from workers.enqueue import APPLY_RECEIPTS, DELIVER, RESCUE, RUN_JOB, wake_delivery
from workers.receipts import apply_receipts
from workers.rescue import rescue
from workers.runs import run_job
from workers.runtime import Runtime

SOON = timedelta(seconds=10)
"""Whatever has to wait longer is left to the rescue: long countdowns run twice when a broker re-delivers."""


def register_tasks(celery: Celery, runtime: Callable[[], Runtime]) -> None:
    """Give the application its tasks; `runtime` answers that of the process in which a task runs."""

    @celery.task(name=DELIVER)
    def deliver_push(push_id: int, channel: str) -> None:
        run_delivery(runtime(), push_id, Channel(channel))

    @celery.task(name=APPLY_RECEIPTS)
    def receipts() -> None:
        apply_receipts(runtime())

    @celery.task(name=RESCUE)
    def find_due() -> None:
        rescue(runtime())

    @celery.task(name=RUN_JOB)
    def run_scheduled(run_id: int) -> None:
        run_job(runtime(), run_id)


def run_delivery(runtime: Runtime, push_id: int, channel: Channel) -> None:
    """Send what is due of a push on a channel for a while, and come back for the rest."""
    with runtime.sessions() as session:
        errand, compose = load_composing(runtime, session, push_id, channel)
    again = deliver(runtime, errand, compose)
    if again is not None and again <= SOON:
        wake_delivery(runtime.celery, push_id, [channel], urgent=errand.urgent, after=again)
