"""Several processes and one set of servers; processes and servers that are killed."""

import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from core.embedded import EmbeddedStack
from core.errors import ZhidaError

REPOSITORY = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc"),
]

OWNER = """
import json, os, signal, sys
from pathlib import Path
from core.embedded import EmbeddedStack
# A shell that runs the tests in the background lets its children ignore these.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
var_dir, user, work, is_fast = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "True"
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
with EmbeddedStack(var_dir, fast=is_fast) as stack:
    print(json.dumps([stack.database_url, stack.redis_url, str(stack.data_dir)]), flush=True)
    if work == "fork":
        child = os.fork()
        if child == 0:
            stack.stop()
            sys.exit()
        os.waitpid(child, 0)
        print("child ended", flush=True)
    sys.stdin.readline()
print("left", flush=True)
"""


@dataclass
class Owner:
    """Another process that has the servers open."""

    process: subprocess.Popen[str]
    database: str
    redis: str
    data: Path

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def client(self) -> Redis:
        return Redis.from_url(self.redis)

    def servers(self) -> tuple[int, int]:
        """The process numbers of PostgreSQL and Redis."""
        postgres = int((self.data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        with self.client() as client:
            return postgres, int(client.info("server")["process_id"])

    def leave(self) -> None:
        """Go, in the orderly way."""
        said, _ = self.process.communicate("\n")
        assert said.strip().endswith("left")
        assert self.process.returncode == 0


Begin = Callable[..., "subprocess.Popen[str]"]
Start = Callable[..., Owner]


@pytest.fixture
def begin(var_dir: Path) -> Iterator[Begin]:
    """Starts a process that opens the servers, without waiting for it."""
    begun: list[subprocess.Popen[str]] = []

    def run(folder: Path = var_dir, user: int = 0, work: str = "", fast: bool = True) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", OWNER, str(folder), str(user), work, str(fast)]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()
    with EmbeddedStack(var_dir, fast=True):
        pass  # take up whatever the killed ones left, and end it


@pytest.fixture
def start(begin: Begin) -> Start:
    """Starts a process that opens the servers, and waits until it has them."""
    return lambda **how: opened(begin(**how))


def opened(process: "subprocess.Popen[str]") -> Owner:
    assert process.stdout is not None
    database, redis, data = json.loads(process.stdout.readline())
    return Owner(process, database.replace("+psycopg", ""), redis, Path(data))


def has_ended(process: int) -> bool:
    """Whether it runs no more; also true for one that only waits to be fetched by its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def kill(*processes: int) -> None:
    """End them at once; returns when they have gone."""
    for process in processes:
        handle = os.pidfd_open(process)
        os.kill(process, signal.SIGKILL)
        select.select([handle], [], [])
        os.close(handle)


def have_ended(processes: tuple[int, int]) -> bool:
    return all(has_ended(process) for process in processes)


def test_a_second_process_joins_and_the_last_one_out_stops(start: Start) -> None:
    first = start()
    second = start()
    servers = first.servers()
    assert second.servers() == servers
    first.leave()
    assert second.servers() == servers
    assert second.ask("SELECT 1") == [(1,)]
    third = start()
    second.leave()
    assert third.servers() == servers
    third.leave()
    assert have_ended(servers)


def test_processes_that_start_at_once_share_one_server(begin: Begin) -> None:
    owners = [opened(process) for process in [begin() for _ in range(4)]]
    (servers,) = {owner.servers() for owner in owners}
    for owner in owners:
        owner.leave()
    assert have_ended(servers)


def test_the_servers_of_a_killed_owner_are_adopted(start: Start) -> None:
    killed = start()
    servers = killed.servers()
    kill(killed.process.pid)
    heir = start()
    assert heir.servers() == servers
    heir.leave()
    assert have_ended(servers)


def test_what_was_committed_outlives_killed_servers(start: Start) -> None:
    first = start(fast=False)
    first.ask("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    with first.client() as client:
        client.set("kept", 1000)
    servers = first.servers()
    kill(first.process.pid, *servers)
    second = start(fast=False)
    assert second.ask("SELECT count(*) FROM kept") == [(1000,)]
    with second.client() as client:
        assert client.get("kept") == b"1000"
    second.leave()


def test_killed_servers_are_started_for_the_next_who_joins_and_serve_the_first_again(start: Start) -> None:
    first = start(fast=False)
    first.ask("CREATE TABLE kept (id int)")
    servers = first.servers()
    kill(*servers)
    second = start(fast=False)
    assert not set(second.servers()) & set(servers)
    assert first.ask("SELECT count(*) FROM kept") == [(0,)]
    second.leave()
    assert first.ask("SELECT count(*) FROM kept") == [(0,)]
    renewed = first.servers()
    first.leave()
    assert have_ended(renewed)


def test_orphans_whose_sockets_were_swept_away_are_replaced_without_loss(start: Start) -> None:
    killed = start(fast=False)
    killed.ask("CREATE TABLE kept (id int)")
    with killed.client() as client:
        client.set("kept", 1)
    servers = killed.servers()
    kill(killed.process.pid)
    shutil.rmtree(killed.database.partition("host=")[2].partition("&")[0])
    shutil.rmtree(Path(killed.redis.removeprefix("unix://")).parent)
    heir = start(fast=False)
    assert have_ended(servers)
    assert heir.ask("SELECT count(*) FROM kept") == [(0,)]
    with heir.client() as client:
        assert client.get("kept") == b"1"
    heir.leave()


def test_servers_in_use_that_cannot_be_reached_are_not_stopped(start: Start, var_dir: Path) -> None:
    user = start()
    servers = user.servers()
    folder = Path(user.redis.removeprefix("unix://")).parent
    folder.rename(folder.with_suffix(".aside"))
    with pytest.raises(ZhidaError, match="Redis 正被其他进程使用"):
        EmbeddedStack(var_dir, postgres=False).start()
    folder.with_suffix(".aside").rename(folder)
    assert user.servers() == servers
    user.leave()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_owner_leaves_nothing_running(start: Start, number: signal.Signals) -> None:
    owner = start()
    servers = owner.servers()
    owner.process.send_signal(number)
    said, _ = owner.process.communicate()
    assert said == ""
    assert owner.process.returncode in (128 + number, -number)
    assert have_ended(servers)


def test_a_signal_in_the_middle_of_the_first_start_leaves_nothing_running(begin: Begin, var_dir: Path) -> None:
    process = begin()
    while not (var_dir / "postgres.unfinished").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert not (var_dir / "postgres").exists()
    owner = opened(begin())
    assert owner.ask("SELECT 1") == [(1,)]
    owner.leave()


def test_the_terminals_ctrl_c_does_not_reach_the_servers(start: Start) -> None:
    owner = start()
    assert os.getsid(owner.process.pid) not in {os.getsid(server) for server in owner.servers()}
    owner.leave()


def test_a_forked_child_that_ends_stops_nothing(start: Start) -> None:
    owner = start(work="fork")
    servers = owner.servers()
    assert owner.process.stdout is not None
    assert owner.process.stdout.readline() == "child ended\n"
    assert owner.servers() == servers
    owner.leave()
    assert have_ended(servers)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_the_servers_as_himself(begin: Begin, var_dir: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    home = var_dir / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody, nobody)
    owner = opened(begin(folder=home / "var", user=nobody))
    servers = owner.servers()
    assert {Path(f"/proc/{server}").stat().st_uid for server in servers} == {nobody}
    assert owner.data == home / "var"
    assert {(owner.data / name).stat().st_mode & 0o777 for name in ("postgres", "redis")} == {0o700}
    assert home.stat().st_mode & 0o777 == 0o700
    owner.leave()
    assert have_ended(servers)
