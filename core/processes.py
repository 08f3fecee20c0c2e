"""Child processes that run our own command: started together, watched, and ended in order."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from core.embedded import Addresses
from core.errors import ZhidaError
from core.settings import Settings

_PATIENCE_SECONDS = 15


@dataclass
class Children:
    """The children by name. Each writes to `log_dir/NAME.log`; leaving the context ends all, the last started first."""

    environment: Mapping[str, str]
    log_dir: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _logs: list[IO[bytes]] = field(default_factory=list)

    def start(self, name: str, *arguments: str) -> None:
        """Start `zhida ARGUMENTS` as a process group of its own, so that Ctrl-C comes to us alone."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        log = (self.log_dir / f"{name}.log").open("ab")
        self._logs.append(log)
        self._running[name] = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "cli", *arguments],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def check(self) -> None:
        """Raise ZhidaError naming the first child that has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = self.log_dir / f"{name}.log"
                raise ZhidaError(f"{name} 意外退出（状态 {process.returncode}），详见 {log}")

    def stop(self) -> None:
        """Ask all to end; what hasn't after some seconds is killed with its group."""
        running = list(reversed(self._running.values()))
        for process in running:
            if process.poll() is None:
                process.terminate()
        for process in running:
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._running.clear()
        for log in self._logs:
            log.close()
        self._logs.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def child_environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """The environment of a process that joins this one: the same settings, the servers by their addresses."""
    given = {
        "ZHIDA_DATABASE_URL": addresses.database_url,
        "ZHIDA_REDIS_URL": addresses.redis_url,
        "ZHIDA_VAR_DIR": str(settings.var_dir),
        "ZHIDA_SIMULATOR_PORT": str(settings.simulator_port),
        "ZHIDA_SIMULATOR_SMTP_PORT": str(settings.simulator_smtp_port),
        "ZHIDA_PUBLIC_URL": settings.public_url,
        "ZHIDA_PORT": str(settings.port),
        "ZHIDA_CLOCK_OFFSET_SECONDS": str(settings.clock_offset_seconds),
        "ZHIDA_SEND_RATE": str(settings.send_rate),
        "ZHIDA_SEND_CONCURRENCY": str(settings.send_concurrency),
        "ZHIDA_QUIET_START": settings.quiet_start,
        "ZHIDA_QUIET_END": settings.quiet_end,
        "ZHIDA_DAILY_CAP": str(settings.daily_cap),
        "ZHIDA_WEEKLY_CAP": str(settings.weekly_cap),
    }
    return {**os.environ, **given, "PYTHONUNBUFFERED": "1"}


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nobody listens now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
