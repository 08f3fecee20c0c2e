"""Waking up workers. A wake-up that is lost costs time, not a message: `rescue` finds what is due."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis

log = logging.getLogger(__name__)

DELIVER = "workers.deliver"
APPLY_RECEIPTS = "workers.apply_receipts"
RESCUE = "workers.rescue"
RUN_JOB = "workers.run_job"


AWAKE_SECONDS = 15
"""For so long after a batch has begun the rescue sends nobody else to the same push and channel."""

SHARE = 2_000
MOST_TASKS = 4
"""A push gets a task for each so many people, and no more than so many on one channel."""


def tasks_for(audience: int) -> int:
    """How many tasks share the deliveries of a push."""
    return max(1, min(MOST_TASKS, audience // SHARE))


def wake_delivery(
    celery: Celery, push_id: int, channels: Iterable[str], *, urgent: bool, after: timedelta = timedelta(0)
) -> None:
    """Have the deliveries of a push on these channels sent, `after` some seconds at the most."""
    for channel in channels:
        wake(celery, DELIVER, "urgent" if urgent else "bulk", after, push_id=push_id, channel=channel)


def note_awake(redis: Redis, push_id: int, channel: str) -> bool:
    """Say that somebody is about to send this; False where somebody is at it, so that nobody else need come.

    Asking does not prolong it: what nobody sends any more is free after 15 seconds, however often the rescue asks.
    """
    return bool(redis.set(_awake(push_id, channel), 1, nx=True, ex=AWAKE_SECONDS))


def stay_awake(redis: Redis, push_id: int, channel: str) -> None:
    """Say that one is sending this right now."""
    redis.set(_awake(push_id, channel), 1, ex=AWAKE_SECONDS)


def _awake(push_id: int, channel: str) -> str:
    return f"zhida:awake:{push_id}:{channel}"


def wake(celery: Celery, task: str, queue: str, after: timedelta = timedelta(0), **arguments: object) -> None:
    """Send a task; where the broker is away, say so and go on."""
    try:
        celery.send_task(task, kwargs=arguments, queue=queue, countdown=after.total_seconds(), retry=False)
    except OperationalError:
        log.warning("broker away: the wake-up %s is left to rescue", task)
