"""Real match workers: processes of their own, asked through the real broker."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from redis import Redis

from core.database import Sessions
from core.embedded import Addresses
from core.processes import child_environment
from core.settings import Settings
from matcher.audience.loading import Shard
from matcher.decision import Act
from matcher.matching import match_offer
from tests.workers.conftest import NOON
from tests.workers.matching.conftest import OFFERS, TODAY, VOCABULARY
from workers.matching import asking
from workers.matching.asking import Matchers
from workers.matching.everybody import match_everybody_offered
from workers.matching.present import FORGOTTEN_SECONDS, announce, find_shards, take_leave

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def matchers(broker_url: str, redis: Redis) -> Iterator[Matchers]:
    opened = Matchers(broker_url, redis)
    yield opened
    opened.close()


@pytest.fixture
def told() -> list[str]:
    """What the workers wrote into their logs while starting."""
    return []


@pytest.fixture
def start(settings: Settings, database_url: str, redis_url: str, broker_url: str, told: list[str]) -> Iterator[Start]:
    """Start `zhida worker --queues match --shard …`, and go on when it answers."""
    offset = (NOON - datetime.now(UTC)).total_seconds()
    here = settings.model_copy(update={"clock_offset_seconds": offset})
    environment = child_environment(here, Addresses(database_url, redis_url, broker_url))
    with ExitStack() as ending:

        def begin(shard: str) -> "subprocess.Popen[str]":
            command = [sys.executable, "-m", "cli", "--log-level", "INFO", "worker", "--queues", "match"]
            process = subprocess.Popen(
                [*command, "--shard", shard],
                env=environment,
                stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                text=True,
            )
            ending.callback(stop, process)
            assert process.stderr is not None
            for line in process.stderr:
                told.append(line)
                if "answers for" in line:
                    return process
            raise AssertionError("".join(told))

        yield begin


def stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


def test_two_workers_answer_for_everybody_and_sql_when_they_are_gone(
    people: int,
    start: Start,
    matchers: Matchers,
    redis: Redis,
    sessions: Sessions,
    told: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    processes = [start("0/2"), start("1/2")]
    assert find_shards(redis, TODAY) == [Shard(0, 2), Shard(1, 2)]
    for offer in OFFERS:
        found = matchers.match(offer, TODAY)
        assert found is not None
        with sessions() as session:
            expected = match_offer(session, offer, VOCABULARY, TODAY)
            assert match_everybody_offered(matchers, session, offer, VOCABULARY, TODAY) == expected
        assert (found.groups, found.ranks) == (expected.groups, expected.ranks)
        previewed = matchers.preview(offer, TODAY)
        assert previewed is not None
        assert previewed.acts[Act.PUSH] == len(expected.ranks)
    assert "matched by workers" in caplog.text
    assert not list(redis.scan_iter("*celery-task-meta*"))
    stop(processes[1])
    assert find_shards(redis, TODAY) == []
    with sessions() as session:
        assert match_everybody_offered(matchers, session, OFFERS[-1], VOCABULARY, TODAY) == expected
    assert "matched by SQL" in caplog.text
    assert "audience 1/2 built" in "".join(told)
    told.clear()
    start("1/2")
    assert "audience 1/2 taken from its snapshot" in "".join(told)
    again = matchers.match(OFFERS[-1], TODAY)
    assert again is not None
    assert (again.groups, again.ranks) == (expected.groups, expected.ranks)


def test_a_worker_that_falls_silent_is_not_waited_for_long(
    matchers: Matchers, redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asking, "MATCH_SECONDS", 0.2)
    announce(redis, "gone", Shard(), TODAY)
    assert matchers.match(OFFERS[0], TODAY) is None
    assert "did not answer" in caplog.text


def test_workers_count_only_where_together_they_hold_everybody(redis: Redis) -> None:
    announce(redis, "a", Shard(0, 2), TODAY)
    announce(redis, "b", Shard(1, 2), TODAY - timedelta(days=1))
    assert find_shards(redis, TODAY) == []
    announce(redis, "b", Shard(1, 2), TODAY)
    announce(redis, "c", Shard(1, 2), TODAY)
    assert find_shards(redis, TODAY) == [Shard(0, 2), Shard(1, 2)]
    take_leave(redis, "b", Shard(1, 2), TODAY)
    assert find_shards(redis, TODAY) == [Shard(0, 2), Shard(1, 2)]
    for number in range(3):
        announce(redis, "d", Shard(number, 3), TODAY)
    assert find_shards(redis, TODAY) == [Shard(0, 3), Shard(1, 3), Shard(2, 3)]


def test_who_says_nothing_for_a_while_is_forgotten(redis: Redis) -> None:
    announce(redis, "a", Shard(), TODAY)
    for member in cast("list[bytes]", redis.zrange("zhida:match:present", 0, -1)):
        redis.zincrby("zhida:match:present", -FORGOTTEN_SECONDS - 1, member.decode())
    assert find_shards(redis, TODAY) == []
    announce(redis, "b", Shard(), TODAY)
    assert redis.zcard("zhida:match:present") == 1
