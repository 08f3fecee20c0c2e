"""A Redis server on a unix socket whose data survive on disk."""

import time

from redis import BusyLoadingError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.embedded.account import Account
from core.embedded.places import Places
from core.embedded.programs import find_redis
from core.embedded.sockets import SocketFolder
from core.errors import ZhidaError

START_SECONDS = 60


class RedisServer:
    """The Redis of one instance. Celery and redis-py write the same socket differently, hence two addresses."""

    name = "Redis"

    def __init__(self, places: Places, account: Account, *, fast: bool = False) -> None:
        self._account = account
        self._fast = fast
        self._sockets = SocketFolder(f"{places.name}-redis", account)
        self._socket = self._sockets.path / "redis.sock"
        self.data = places.data / "redis"
        self._note = self.data / "redis.pid"
        self.redis_url = f"unix://{self._socket}?db=0"
        self.broker_url = f"redis+socket://{self._socket}?virtual_host=0"

    def answers(self) -> bool:
        if not self._sockets.exists():
            return False
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            try:
                with self._client() as client:
                    return bool(client.ping())
            except BusyLoadingError:
                time.sleep(0.05)
            except RedisError:
                return False
        return False

    def start(self, alive: int) -> None:
        program = find_redis(self._account)
        if not self.data.exists():
            self._account.make_folder(self.data)
        self._note.unlink(missing_ok=True)  # that of a killed one: the number may be another program's by now
        self._sockets.renew()
        done = self._account.run([str(program), *self._options()], self.data, fds=(alive,))
        if done.returncode != 0:
            raise ZhidaError(f"Redis 未能启动：{done.stdout.strip().splitlines()[-1]}")
        give_up = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > give_up:
                raise ZhidaError(f"Redis 在 {START_SECONDS} 秒内没有应答，日志在 {self.data / 'redis.log'}")
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM makes Redis write everything out and end. Sent with no more than the rights of its account."""
        if self._note.exists():
            self._account.run(["/bin/sh", "-c", 'kill "$1"', "sh", self._note.read_text().strip()])

    def tidy(self) -> None:
        self._sockets.remove()

    def _client(self) -> Redis:
        once = Retry(NoBackoff(), 0)
        return Redis(unix_socket_path=str(self._socket), socket_connect_timeout=2, socket_timeout=5, retry=once)

    def _options(self) -> list[str]:
        """Every write goes to the append-only file, which is flushed each second and at the end."""
        keep = "no" if self._fast else "yes"
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": keep,
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "yes",
            "pidfile": str(self._note),
            "logfile": str(self.data / "redis.log"),
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]
