"""Delivery on the simulators, three ways in one run: our pipeline, one task per message, and the bare sender loop.

All three send the same number of template messages by the real WeChat sender, from two processes, to one simulator in
a process of its own. The ratios of the three are what counts: the machine's speed cancels out.
"""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import numpy as np
import psutil
from sqlalchemy import func, select, text

from bench import deliver_peer
from bench.deliver_load import add_people, add_rows_beside, add_targeting
from bench.simulators import measure as simulators_limit
from channels.message import Channel, Message
from channels.registry import make_senders
from channels.simulators.client import SimulatorClient
from core import schema
from core.clock import system_clock
from core.database import unit_of_work
from core.embedded import Addresses, open_stack
from core.errors import ZhidaError
from core.processes import Children, child_environment, free_ports
from core.redis import make_redis
from core.settings import Settings
from matcher.matching import Matching
from matcher.models import Targeting
from workers.claims import claim_due
from workers.deliver import BATCH, LEASE
from workers.enqueue import tasks_for, wake_delivery
from workers.models import Delivery, DeliveryState, Push, PushState
from workers.plan import plan_pushes
from workers.runtime import Runtime, open_runtime

PROCESSES = 2
_THREADS = 8
_SMALL_PUSHES = 30
_PLANNED = 100_000
_PATIENCE_SECONDS = 1_800


def run(messages: int, rows_beside: int = 0) -> dict[str, Any]:
    """The figures of delivery, with so many older deliveries in the same month beside.

    Raises ZhidaError where a message is missing at the simulator.
    """
    with TemporaryDirectory(prefix="zhida-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        return _run_in(folder, messages, rows_beside)


def _run_in(folder: Path, messages: int, rows_beside: int) -> dict[str, Any]:
    ports = free_ports(3)
    settings = Settings(
        var_dir=folder,
        port=ports[0],
        simulator_port=ports[1],
        simulator_smtp_port=ports[2],
        send_rate=1_000_000,
        quiet_start="00:00",
        quiet_end="00:00",
        daily_cap=1_000,
        weekly_cap=1_000,
        send_concurrency=_THREADS,
    )
    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        with Children(child_environment(settings, addresses), folder / "log") as children:
            children.start("simulators", "simulators")
            simulators = SimulatorClient(settings)
            _wait(simulators.is_ready)
            with open_runtime(settings, addresses, system_clock) as runtime:
                return _measure(runtime, settings, addresses, simulators, messages, rows_beside, folder)


def _measure(
    runtime: Runtime,
    settings: Settings,
    addresses: Addresses,
    simulators: SimulatorClient,
    messages: int,
    rows_beside: int,
    folder: Path,
) -> dict[str, Any]:
    with unit_of_work(runtime.sessions) as session:
        everybody = add_people(session, runtime.keys, max(messages, _PLANNED), runtime.clock())
        add_rows_beside(session, rows_beside, runtime.clock())
    people = everybody[:messages]
    with runtime.sessions.kw["bind"].connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    _, plan_seconds = _plan(runtime, "planned only", everybody)
    push, _ = _plan(runtime, "ours", people)
    claim_ms = _time_claims(runtime, push)
    environment = child_environment(settings, addresses)
    with Children(environment, folder / "log") as children:
        children.start("worker-urgent", "worker", "--queues", "urgent,receipts", "--concurrency", "1")
        children.start("worker-bulk", "worker", "--queues", "bulk,periodic", "--concurrency", str(PROCESSES))
        children.start("scheduler", "scheduler")
        _small_push(runtime, "warm", people[0])
        first = [_small_push(runtime, f"idle {n}", people[0]) for n in range(_SMALL_PUSHES)]
        # Before and after ours, since the machine may be faster at one time than at another.
        bare = [_bare(settings, addresses, messages, "before")]
        ours = _time_push(runtime, push, messages)
        bare.append(_bare(settings, addresses, messages, "after"))
        bulk, _ = _plan(runtime, "behind", people)
        _start(runtime, bulk)
        behind = [_small_push(runtime, f"urgent {n}", people[0]) for n in range(_SMALL_PUSHES)]
        workers = _workers_rss()
        _wait(lambda: _accepted(runtime, bulk) == messages)
    peer_push, _ = _plan(runtime, "peer", people)
    peer = _peer(runtime, peer_push, environment, addresses, messages)
    theirs = simulators.counts()["wechat"]
    # Bare twice, ours, behind, peer; small pushes and the warming up.
    mine = 5 * messages + len(first) + len(behind) + 1
    if theirs != mine:
        raise ZhidaError(f"模拟服务商收到 {theirs} 条，应为 {mine} 条")
    bare_seconds = sum(bare) / len(bare)
    return {
        "messages": messages,
        "rows_beside": rows_beside,
        "ours_per_s": round(messages / ours, 1),
        "one_task_per_message_per_s": round(messages / peer, 1),
        "bare_per_s": round(messages / bare_seconds, 1),
        "ratio_peer": round(peer / ours, 2),
        "ratio_bare": round(bare_seconds / ours, 3),
        "plan_rows_per_s": round(len(everybody) / plan_seconds),
        "simulator_per_s": simulators_limit(["wechat.template"])["wechat.template"],
        "claim_ms_p95": round(float(np.percentile(claim_ms, 95)), 2),
        "publish_to_first_ms": {
            "p50": round(float(np.percentile(first, 50))),
            "p99": round(float(np.percentile(first, 99))),
        },
        "urgent_behind_bulk_ms": {"p99": round(float(np.percentile(behind, 99)))},
        "rss_mb": round(workers),
        "bench_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _plan(runtime: Runtime, name: str, people: list[int], *, urgent: bool = False) -> tuple[Push, float]:
    """A planned push to these people, waiting to be started, and the seconds that planning took."""
    with unit_of_work(runtime.sessions) as session:
        targeting = add_targeting(session, f"{name} {len(people)}", runtime.clock())
    matching = Matching({}, dict.fromkeys(people, 0.5))
    started = perf_counter()
    with unit_of_work(runtime.sessions) as session:
        [planned] = plan_pushes(
            session,
            [(session.get_one(Targeting, targeting.id), matching)],
            runtime.restraint,
            who="bench",
            approve_above=0,
            now=runtime.clock(),
            urgent=urgent,
        )
    return planned.push, perf_counter() - started


def _start(runtime: Runtime, push: Push) -> None:
    with unit_of_work(runtime.sessions) as session:
        session.get_one(Push, push.id).state = PushState.RUNNING
    for _ in range(tasks_for(push.audience_size)):
        wake_delivery(runtime.celery, push.id, [Channel.WECHAT], urgent=push.urgent)


def _time_push(runtime: Runtime, push: Push, messages: int) -> float:
    started = perf_counter()
    _start(runtime, push)
    _wait(lambda: _accepted(runtime, push) == messages)
    return perf_counter() - started


def _small_push(runtime: Runtime, name: str, person: int) -> float:
    """Milliseconds from publishing (planning, the commit, the wake-up) until the first message is accepted."""
    started = perf_counter()
    push, _ = _plan(runtime, name, [person], urgent=True)
    _start(runtime, push)
    _wait(lambda: _accepted(runtime, push) == 1, pause=0.005)
    return (perf_counter() - started) * 1000


def _time_claims(runtime: Runtime, push: Push) -> list[float]:
    """Milliseconds of claims among all the rows that there are; each is rolled back."""
    times = []
    with runtime.sessions.begin() as session:
        session.get_one(Push, push.id).state = PushState.RUNNING
    for _ in range(40):
        with runtime.sessions() as session:
            started = perf_counter()
            claim_due(session, push.id, push.month, Channel.WECHAT, BATCH, LEASE, runtime.clock())
            times.append((perf_counter() - started) * 1000)
            session.rollback()
    with runtime.sessions.begin() as session:
        session.get_one(Push, push.id).state = PushState.PLANNED
    return times


def _bare(settings: Settings, addresses: Addresses, messages: int, name: str) -> float:
    """Seconds of the sender alone: no database, no queue, the same processes and threads."""
    share = messages // PROCESSES
    jobs = [
        (settings, addresses.redis_url, f"{name}-{n}-", share if n else messages - share * (PROCESSES - 1))
        for n in range(PROCESSES)
    ]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        list(processes.map(_warm, jobs))
        started = perf_counter()
        list(processes.map(_send_many, jobs))
        return perf_counter() - started


def _warm(job: tuple[Settings, str, str, int]) -> None:
    """Imports and the first connection are not what is measured."""


def _send_many(job: tuple[Settings, str, str, int]) -> None:
    settings, redis_url, keys, count = job
    with make_redis(redis_url) as redis:
        sender = make_senders(settings, redis)[Channel.WECHAT]
        with ThreadPoolExecutor(_THREADS) as threads:
            outcomes = threads.map(
                lambda n: sender.send(Message(f"{keys}{n}", Channel.WECHAT, f"sim-{keys}{n}", deliver_peer.CONTENT)),
                range(count),
            )
            if not all(outcome.accepted for outcome in outcomes):
                raise ZhidaError("模拟服务商拒绝了消息")
        sender.close()


def _peer(runtime: Runtime, push: Push, environment: dict[str, str], addresses: Addresses, messages: int) -> float:
    """Seconds of the peers' pattern with the same number of worker processes, from the first task to the last row."""
    environment = {**environment, "BENCH_BROKER": addresses.broker_url}
    with runtime.sessions() as session:
        rows = session.execute(select(Delivery.month, Delivery.id).where(Delivery.push_id == push.id)).all()
    command = [sys.executable, "-m", "celery", "-A", "bench.deliver_peer:app", "worker", "-Q", "bulk"]
    options = ["-c", str(PROCESSES), "--loglevel=error", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with _running([*command, *options], environment):
        _send_tasks(runtime, rows[:1])
        _wait(lambda: _accepted(runtime, push) == 1)  # the workers are up and warm
        started = perf_counter()
        _send_tasks(runtime, rows[1:])
        _wait(lambda: _accepted(runtime, push) == messages)
        return perf_counter() - started


def _send_tasks(runtime: Runtime, rows: Sequence[Any]) -> None:
    for month, delivery_id in rows:
        runtime.celery.send_task(deliver_peer.TASK, args=(month.isoformat(), delivery_id), queue="bulk")


def _accepted(runtime: Runtime, push: Push) -> int:
    counted = select(func.count()).where(
        Delivery.month == push.month, Delivery.push_id == push.id, Delivery.state == DeliveryState.ACCEPTED
    )
    with runtime.sessions() as session:
        return session.scalars(counted).one()


def _workers_rss() -> float:
    """MiB of all worker processes together."""
    ours = [p for p in psutil.Process().children(recursive=True) if "worker" in p.cmdline()]
    return float(sum(p.memory_info().rss for p in ours)) / 2**20


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait(done: Callable[[], bool], pause: float = 0.1) -> None:
    end = perf_counter() + _PATIENCE_SECONDS
    while not done():
        if perf_counter() > end:
            raise ZhidaError("没有在限定时间内完成")
        sleep(pause)
