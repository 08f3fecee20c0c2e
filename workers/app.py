"""The Celery application: four queues, short tasks that carry (push, channel) and are only wake-ups."""

from celery import Celery

QUEUES = ("urgent", "bulk", "receipts", "periodic")


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
