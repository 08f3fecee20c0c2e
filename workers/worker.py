"""A worker process of Celery on some of the queues."""

from collections.abc import Sequence
from contextlib import ExitStack

from celery.signals import worker_process_init, worker_process_shutdown

from core.clock import Clock
from core.embedded import Addresses
from core.settings import Settings
from workers.app import make_celery
from workers.runtime import Runtime, open_runtime
from workers.tasks import register_tasks


def run_worker(
    settings: Settings, addresses: Addresses, clock: Clock, queues: Sequence[str], concurrency: int, log_level: str
) -> None:
    """Work until told to stop (SIGTERM ends after the task at hand). Each child process opens a runtime of its own."""
    opened = ExitStack()
    runtimes: list[Runtime] = []

    def start(**_: object) -> None:
        runtimes.append(opened.enter_context(open_runtime(settings, addresses, clock)))

    def stop(**_: object) -> None:
        opened.close()

    worker_process_init.connect(start, weak=False)
    worker_process_shutdown.connect(stop, weak=False)
    celery = make_celery(addresses.broker_url)
    register_tasks(celery, lambda: runtimes[0])
    celery.worker_main(
        [
            "worker",
            f"--queues={','.join(queues)}",
            f"--concurrency={concurrency}",
            f"--hostname={'-'.join(queues)}@%h",
            f"--loglevel={log_level}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
