"""The Celery applications: one for wake-ups, short tasks that carry (push, channel); one for questions, which match
workers answer."""

from celery import Celery

SENDING = ("urgent", "bulk", "receipts", "periodic")
MATCH = "match"
QUEUES = (*SENDING, MATCH)
"""`match` is asked, not woken up: a worker of its own holds a share of all subscribers in memory (workers.matching)."""

KEPT_SECONDS = 60
"""How long an answer that nobody fetches is kept."""


def make_celery(broker_url: str) -> Celery:
    """An application on the broker at `broker_url`; without a result backend, since the rows hold every result.

    Tasks are acknowledged late and one is fetched at a time: a task of a killed worker comes again after the
    visibility timeout, and until then `rescue` finds its rows by their leases.
    """
    celery = Celery("zhida", broker=broker_url)
    celery.conf.update(
        task_default_queue="bulk",
        task_ignore_result=True,
        task_acks_late=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 900, "global_keyprefix": "zhida:"},
        timezone="UTC",
        enable_utc=True,
    )
    return celery


def make_asking_celery(broker_url: str) -> Celery:
    """An application for questions: the same broker also keeps the answers, for a short while.

    A question is as good as gone when its worker dies, since whoever asked has gone on; so it is acknowledged early.
    """
    celery = make_celery(broker_url)
    celery.conf.update(
        result_backend=broker_url,
        result_backend_transport_options={"global_keyprefix": "zhida:"},
        result_expires=KEPT_SECONDS,
        task_ignore_result=False,
        task_acks_late=False,
        task_default_queue=MATCH,
    )
    return celery
