"""Waking up workers. A wake-up that is lost costs time, not a message: `rescue` finds what is due."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from celery import Celery
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

DELIVER = "workers.deliver"
APPLY_RECEIPTS = "workers.apply_receipts"
RESCUE = "workers.rescue"
MAINTAIN = "workers.maintain"


def wake_delivery(
    celery: Celery, push_id: int, channels: Iterable[str], *, urgent: bool, after: timedelta = timedelta(0)
) -> None:
    """Have the deliveries of a push on these channels sent, `after` some seconds at the most."""
    for channel in channels:
        wake(celery, DELIVER, "urgent" if urgent else "bulk", after, push_id=push_id, channel=channel)


def wake(celery: Celery, task: str, queue: str, after: timedelta = timedelta(0), **arguments: object) -> None:
    """Send a task; where the broker is away, say so and go on."""
    try:
        celery.send_task(task, kwargs=arguments, queue=queue, countdown=after.total_seconds(), retry=False)
    except OperationalError:
        log.warning("broker away: the wake-up %s is left to rescue", task)
