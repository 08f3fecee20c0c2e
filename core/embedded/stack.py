"""The embedded servers together, and the choice between them and outside ones."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from core.embedded.account import server_account
from core.embedded.places import find_places
from core.embedded.postgres import Postgres
from core.embedded.redis import RedisServer
from core.embedded.share import Share
from core.embedded.terminate import exit_on_terminate
from core.settings import Settings


@dataclass(frozen=True)
class Addresses:
    """Where the servers are: for SQLAlchemy, for redis-py, and for Celery."""

    database_url: str
    redis_url: str
    broker_url: str


class EmbeddedStack:
    """PostgreSQL and Redis with their data under `var_dir`, shared by all processes that name the same folder.

    The first to start it starts the servers, the last to stop it stops them; left-over data and left-over servers of
    a killed process are taken up again. `fast` gives up durability, for tests. `postgres=False` or `redis=False`
    leaves one out. While it is started, SIGTERM and SIGHUP end this process in the orderly way.
    """

    def __init__(self, var_dir: Path, *, fast: bool = False, postgres: bool = True, redis: bool = True) -> None:
        """Makes `var_dir`. Raises ZhidaError where it can't be used."""
        account = server_account()
        places = find_places(var_dir, account)
        self._postgres = Postgres(places, account, fast=fast)
        self._redis = RedisServer(places, account, fast=fast)
        wanted = ((self._postgres, postgres), (self._redis, redis))
        self._shares = [Share(server, places.locks) for server, is_wanted in wanted if is_wanted]
        self._started = ExitStack()
        self.data_dir = places.data
        self.database_url = self._postgres.database_url
        self.redis_url = self._redis.redis_url
        self.celery_broker_url = self._redis.broker_url

    def start(self) -> None:
        """Returns when both servers answer. Raises ZhidaError, and then nothing of ours is left running."""
        with ExitStack() as undo:
            undo.enter_context(exit_on_terminate())
            atexit.register(self.stop)
            undo.callback(atexit.unregister, self.stop)
            for share in self._shares:
                undo.callback(share.leave)
                share.join()
            self._started = undo.pop_all()

    def stop(self) -> None:
        """Let go of the servers; returns when those that nobody else uses have ended."""
        self._started.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


@contextmanager
def open_stack(settings: Settings) -> Iterator[Addresses]:
    """The servers that the settings name, and embedded ones in place of those that they don't. Raises ZhidaError."""
    outside = settings.database_url, settings.redis_url
    if outside[0] and outside[1]:
        yield Addresses(outside[0], outside[1], broker_url(outside[1]))
        return
    with EmbeddedStack(settings.var_dir, postgres=not outside[0], redis=not outside[1]) as stack:
        redis_url = outside[1] or stack.redis_url
        yield Addresses(outside[0] or stack.database_url, redis_url, broker_url(redis_url))


def broker_url(redis_url: str) -> str:
    """How Celery writes the address of this Redis: a socket is `redis+socket://PATH?virtual_host=N` to it."""
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    return redis_url
