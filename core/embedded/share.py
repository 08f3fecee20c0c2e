"""One server for all processes of a checkout: the first starts it, the last one out stops it.

All rests on flock(2), which the kernel lets go when a process ends, however it ends. Three files per server:

- `gate` is held while somebody joins or leaves; starting and stopping never overlap.
- `users` is held shared by each process that uses the server. Who can have it alone is the last one.
- `alive` is handed down to the server and its children: held as long as one of them lives, also when whoever
  started it is long gone. A process number in a file could by now be anybody's.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from core.errors import ZhidaError

STOP_SECONDS = 120
DYING_SECONDS = 3
"""For the children of a server that was killed to notice it and end."""


class Server(Protocol):
    """What is shared. All calls come from within the gate."""

    @property
    def name(self) -> str:
        """How people call it; in small letters the name of its lock files."""

    def answers(self) -> bool:
        """Whether it serves at our address; waits while it is still reading its data."""

    def start(self, alive: int) -> None:
        """Start it, detached, handing it the file descriptor `alive`. Raises ZhidaError if it can't serve."""

    def stop(self) -> None:
        """Ask it to end without loss. Doesn't wait, and may be asked again."""

    def tidy(self) -> None:
        """Remove what is of no use without a running server."""


class Share:
    """This process's part in a server."""

    def __init__(self, server: Server, locks: Path) -> None:
        self._server = server
        self._locks = locks
        self._users: int | None = None
        self._joined_by = 0

    def join(self) -> None:
        """Use the server from now on; start it where it doesn't run. Raises ZhidaError, and then nothing is held."""
        with self._gate():
            users = self._open("users")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                if not self._server.answers():
                    self._replace(users)
            except BaseException:
                self._let_go(users)
                raise
            self._users, self._joined_by = users, os.getpid()

    def leave(self) -> None:
        """Use it no more; stop it if nobody else does. A forked child that inherited the share leaves nothing."""
        if self._users is None or self._joined_by != os.getpid():
            return
        users, self._users = self._users, None
        with self._gate():
            self._let_go(users)

    def _let_go(self, users: int) -> None:
        try:
            if _alone(users):
                if self._is_alive():
                    self._end()
                self._server.tidy()
        finally:
            _release(users)

    def _replace(self, users: int) -> None:
        """Start a server that doesn't answer, after ending one that lives but can't be reached."""
        if self._is_alive():
            alone = _alone(users)
            fcntl.flock(users, fcntl.LOCK_SH)
            if alone:
                self._end()
            elif not self._dies_within(DYING_SECONDS):
                raise ZhidaError(f"{self._server.name} 正被其他进程使用，但从这里无法连接：请先结束那些进程")
        alive = self._open("alive")
        try:
            fcntl.flock(alive, fcntl.LOCK_EX)
            self._server.start(alive)
        finally:
            os.close(alive)  # and don't release: the server shares this lock and keeps it

    def _end(self) -> None:
        """Ask again every second: one that is only just starting can't hear the first time."""
        for _ in range(STOP_SECONDS):
            self._server.stop()
            if self._dies_within(1):
                return
        raise ZhidaError(f"{self._server.name} 在 {STOP_SECONDS} 秒内没有停止")

    def _dies_within(self, seconds: float) -> bool:
        give_up = time.monotonic() + seconds
        while self._is_alive():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.01)
        return True

    def _is_alive(self) -> bool:
        """Whether any process of the server lives."""
        alive = self._open("alive")
        try:
            return not _alone(alive)
        finally:
            _release(alive)

    @contextmanager
    def _gate(self) -> Iterator[None]:
        gate = self._open("gate")
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
        finally:
            _release(gate)

    def _open(self, part: str) -> int:
        return os.open(self._locks / f"{self._server.name.lower()}.{part}", os.O_RDWR | os.O_CREAT, 0o600)


def _alone(lock: int) -> bool:
    """Take the lock for ourselves if nobody else has it. Where somebody has, what we held of it may be gone."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _release(lock: int) -> None:
    """Let go at once, even if a process forked in the meantime holds a copy of the descriptor."""
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)
