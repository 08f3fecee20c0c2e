"""PostgreSQL 18 on a unix socket: made, started, asked and stopped with the programs of the wheel."""

import shlex
import shutil
import time
from pathlib import Path

from psycopg import pq

from core.embedded.account import Account
from core.embedded.places import Places
from core.embedded.programs import find_postgres
from core.embedded.sockets import SocketFolder
from core.errors import ZhidaError

MAJOR = "18"
START_SECONDS = 300
"""Long enough to go through 2 GB of log after a crash."""

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log names neither the statement that failed nor the row that it failed on: both may hold personal data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "logging_collector": "on",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}
"""For tests: a crash of the machine may lose everything."""


class Postgres:
    """The database server of one instance. `data` is its cluster, `database_url` what clients open."""

    name = "PostgreSQL"

    def __init__(self, places: Places, account: Account, *, fast: bool = False) -> None:
        self._home = places.data
        self._sockets = SocketFolder(f"{places.name}-pg", account)
        self._account = account
        self._fast = fast
        self._settings = SETTINGS | {"unix_socket_directories": str(self._sockets.path)} | (FAST if fast else {})
        self.data = places.data / "postgres"
        self.database_url = f"postgresql+psycopg://postgres@/zhida?host={self._sockets.path}&port=5432"

    def answers(self) -> bool:
        if not self._sockets.exists():
            return False
        give_up = time.monotonic() + START_SECONDS
        while (state := self._state()) == pq.Ping.REJECT and time.monotonic() < give_up:
            time.sleep(0.05)
        return state == pq.Ping.OK

    def start(self, alive: int) -> None:
        programs = find_postgres(self._account)
        if self.data.exists():
            self._refuse_other_version()
            self._drop_stale_pid()
        else:
            self._make(programs, alive)
        self._sockets.renew()
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in self._settings.items())
        pg_ctl = [str(programs / "pg_ctl"), "start", "-D", ".", "-w", "-t", str(START_SECONDS)]
        done = self._account.run([*pg_ctl, "-l", "start.log", "-o", options], self.data, fds=(alive,))
        if done.returncode != 0:
            raise ZhidaError(f"PostgreSQL 未能启动：{_last_line(self.data / 'start.log')}（日志在 {self.data}）")

    def stop(self) -> None:
        if self.data.exists():  # else what lives is `initdb`, which ends by itself
            programs = find_postgres(self._account)
            self._account.run([str(programs / "pg_ctl"), "stop", "-D", ".", "-W", "-m", "fast"], self.data)

    def tidy(self) -> None:
        self._sockets.remove()

    def _state(self) -> pq.Ping:
        target = f"host='{self._sockets.path}' port=5432 user=postgres dbname=zhida connect_timeout=5"
        return pq.Ping(pq.PGconn.ping(target.encode()))

    def _make(self, programs: Path, alive: int) -> None:
        """Make the cluster with its database under a passing name: one that was broken off is never taken for whole.

        The programs that do it hold `alive` too, so that nobody begins anew while one is still writing.
        """
        unfinished = self._home / "postgres.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        self._account.make_folder(unfinished)
        initdb = [str(programs / "initdb"), "-D", ".", "--username=postgres", "--auth=trust", "--no-instructions"]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        single = [str(programs / "postgres"), "--single", "-D", ".", "template1"]
        sync = ["--no-sync"] if self._fast else []
        for step, given in (([*initdb, *locale, *sync], ""), (single, "CREATE DATABASE zhida\n")):
            done = self._account.run(step, unfinished, fds=(alive,), given=given)
            if done.returncode != 0 or "ERROR:" in done.stdout:
                raise ZhidaError(f"PostgreSQL 数据目录未能建立：{done.stdout.strip().splitlines()[-1]}")
        unfinished.rename(self.data)

    def _refuse_other_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise ZhidaError(
                f"{self.data} 是 PostgreSQL {found} 的数据，现在的程序是 {MAJOR}：请用 pg_dump 导出后重新导入"
            )

    def _drop_stale_pid(self) -> None:
        """Drop a `postmaster.pid` for which PostgreSQL would not start although its process is not in the way.

        The number is by now another program's, or the killed server was never fetched by its parent (the first
        process of a container often fetches nobody). Where the process is gone PostgreSQL sees that itself; where
        it is a PostgreSQL that somebody started by hand on these data, the file must stay.
        """
        note = self.data / "postmaster.pid"
        try:
            process = Path("/proc") / note.read_text().split("\n", 1)[0] / "stat"
            name, state = process.read_text().partition("(")[2].rpartition(")")[::2]  # proc_pid_stat(5)
        except FileNotFoundError:
            return
        if name != "postgres" or state.split()[0] in "ZX":
            note.unlink()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "没有更多信息"
