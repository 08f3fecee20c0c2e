"""A small town under fire: real servers and processes that a test may kill, and people with real addresses."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import psutil
from redis import Redis, RedisError
from sqlalchemy import text

from channels.simulators.client import SimulatorClient
from core import schema
from core.database import make_engine
from core.embedded import Addresses, EmbeddedStack
from core.embedded.account import server_account
from core.embedded.programs import find_postgres, find_redis
from core.processes import child_environment, free_ports
from core.settings import Settings

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in China: the town's clock starts here, far from quiet hours."""


@dataclass
class Town:
    """The servers and processes, with the ways to harm them."""

    settings: Settings
    addresses: Addresses
    stack: EmbeddedStack
    redis_socket: Path
    dice: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    redis: subprocess.Popen[bytes] | None = None
    done: Counter[str] = field(default_factory=Counter)

    def start(self, name: str, *arguments: str) -> None:
        log = (self.settings.var_dir / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "cli", *arguments],
            env=child_environment(self.settings, self.addresses),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def start_worker(self, name: str) -> None:
        self.start(name, "worker", "--queues", "urgent,bulk,receipts,periodic", "--concurrency", "1")

    def start_redis(self) -> None:
        command = [str(find_redis(server_account())), "--port", "0", "--unixsocket", str(self.redis_socket)]
        self.redis = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(self._redis_answers)

    def kill_worker(self) -> None:
        """kill -9 at any point of its work: of the process that sends, or of the worker with all its processes."""
        name = self.dice.choice([name for name in self.processes if name.startswith("worker")])
        senders = psutil.Process(self.processes[name].pid).children(recursive=True)
        if senders and self.dice.random() < 0.7:
            with suppress(psutil.NoSuchProcess):
                self.dice.choice(senders).kill()
        else:
            kill(self.processes[name])
            self.start_worker(name)
        self.done["worker"] += 1

    def lose_redis(self) -> None:
        """Redis ends at once and comes back with nothing."""
        assert self.redis is not None
        kill(self.redis)
        self.start_redis()
        self.done["redis"] += 1

    def crash_postgres(self) -> None:
        """PostgreSQL ends as in a crash of the machine and recovers from its log."""
        account = server_account()
        pg_ctl = [
            str(find_postgres(account) / "pg_ctl"),
            "restart",
            "-D",
            ".",
            "-m",
            "immediate",
            "-w",
            "-l",
            "again.log",
        ]
        account.run(pg_ctl, self.stack.data_dir / "postgres")
        self.done["postgres"] += 1

    def fault(self, **fault: Any) -> None:
        self.control("faults", fault)
        self.done[f"{fault['endpoint']} {fault['action']}"] += 1

    def control(self, path: str, body: object) -> None:
        base = f"http://{self.settings.simulator_host}:{self.settings.simulator_port}/_sim"
        request = Request(f"{base}/{path}", json.dumps(body).encode(), {"content-type": "application/json"})
        with urlopen(request, timeout=10):
            pass

    def stop_workers(self) -> None:
        """The storm is over: what they held is left as it is."""
        for name in [name for name in self.processes if name.startswith(("worker", "scheduler"))]:
            kill(self.processes.pop(name))

    def stop_all(self) -> None:
        for process in self.processes.values():
            kill(process)
        if self.redis is not None:
            kill(self.redis)

    def _redis_answers(self) -> bool:
        with Redis(unix_socket_path=str(self.redis_socket)) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


@contextmanager
def open_town(folder: Path, seed: int) -> Iterator[Town]:
    """A town with simulators that post their receipts to its web process; nothing is left of it afterwards."""
    with ExitStack() as closing:
        stack = closing.enter_context(EmbeddedStack(folder, fast=True, redis=False))
        # A short name, for a socket's path is at most 107 characters long.
        socket = Path(closing.enter_context(TemporaryDirectory(prefix="zc-"))) / "redis.sock"
        addresses = Addresses(stack.database_url, f"unix://{socket}?db=0", f"redis+socket://{socket}?virtual_host=0")
        web, http, smtp = free_ports(3)
        settings = Settings(
            _env_file=None,
            var_dir=folder,
            port=web,
            public_url=f"http://127.0.0.1:{web}",
            simulator_port=http,
            simulator_smtp_port=smtp,
            daily_cap=99,
            weekly_cap=99,
            mail_domain_rate=10_000,
            mail_domain_rates={},
            clock_offset_seconds=(NOON - datetime.now(UTC)).total_seconds(),
        )
        town = Town(settings, addresses, stack, socket, random.Random(seed))
        closing.callback(town.stop_all)
        schema.upgrade(addresses.database_url)
        _keep_commits(addresses.database_url)
        town.start_redis()
        town.start("simulators", "simulators")
        town.start("web", "web")
        wait_for(SimulatorClient(settings).is_ready)
        wait_for(lambda: answers(f"http://127.0.0.1:{web}/healthz"))
        hook = f"http://127.0.0.1:{web}/hooks/aliyun/{settings.hook_secret.get_secret_value()}/report"
        town.control("hooks", {"aliyun_report": hook, "again": 2, "retry_seconds": 2})
        yield town


def _keep_commits(url: str) -> None:
    """The servers of tests answer before a commit is written; a claim that a crash takes back would be made again."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER ROLE CURRENT_USER SET synchronous_commit = on"))
    engine.dispose()


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a process with all that it started."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_for(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
