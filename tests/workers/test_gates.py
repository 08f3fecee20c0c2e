"""The gate before a provider: exact for all workers together, shut in trouble, tried again one by one."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from redis import Redis, RedisError

from core.redis import make_redis
from tests.workers.conftest import NOON
from workers.gates import PROBE_LIFE, Rate, admit, describe, give_back, reopen, shut

TEN = Rate(10, 10)
SECOND = timedelta(seconds=1)


def granted(redis: Redis, want: int, seconds: float = 0, rate: Rate = TEN) -> int:
    return admit(redis, "wechat", rate, want, NOON + seconds * SECOND).granted


def test_a_burst_and_then_the_rate(redis: Redis) -> None:
    assert [granted(redis, 7), granted(redis, 7), granted(redis, 7)] == [7, 3, 0]
    assert admit(redis, "wechat", TEN, 1, NOON).wait == timedelta(milliseconds=100)
    assert granted(redis, 7, seconds=0.5) == 5
    assert granted(redis, 99, seconds=100) == 10


def test_what_was_not_used_comes_back(redis: Redis) -> None:
    granted(redis, 10)
    give_back(redis, "wechat", TEN, 4)
    give_back(redis, "wechat", TEN, 0)
    assert granted(redis, 10) == 4


def test_gates_are_apart(redis: Redis) -> None:
    granted(redis, 10)
    assert admit(redis, "aliyun", TEN, 10, NOON).granted == 10


def test_many_workers_never_get_more_than_there_is(redis: Redis) -> None:
    barrier, got = Barrier(8), list[int]()

    def work() -> None:
        barrier.wait()
        for _ in range(20):
            got.append(granted(redis, 3, rate=Rate(0.001, 100)))

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 100


def test_a_shut_gate_lets_nothing_through_until_its_time(redis: Redis) -> None:
    shut(redis, "wechat", NOON + 60 * SECOND, "45011", probe=False)
    assert granted(redis, 5, seconds=59) == 0
    assert describe(redis, "wechat", NOON) == "45011"
    assert granted(redis, 5, seconds=60) == 5
    assert describe(redis, "wechat", NOON + 60 * SECOND) == ""


def test_an_earlier_end_does_not_open_a_gate_that_was_shut_for_longer(redis: Redis) -> None:
    shut(redis, "wechat", NOON + 60 * SECOND, "long", probe=False)
    shut(redis, "wechat", NOON + 1 * SECOND, "short", probe=False)
    assert granted(redis, 5, seconds=30) == 0


def test_after_trouble_one_probe_at_a_time_until_one_goes_well(redis: Redis) -> None:
    shut(redis, "wechat", NOON + 60 * SECOND, "48001", probe=True)
    assert granted(redis, 5, seconds=61) == 1
    assert granted(redis, 5, seconds=62) == 0
    assert granted(redis, 5, seconds=62 + PROBE_LIFE.total_seconds()) == 1
    reopen(redis, "wechat")
    assert granted(redis, 5, seconds=93) == 5


def test_without_redis_nothing_is_admitted() -> None:
    with make_redis("unix:///nowhere/redis.sock?db=0") as gone, pytest.raises(RedisError):
        granted(gone, 1)
