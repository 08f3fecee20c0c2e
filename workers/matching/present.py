"""Which match workers are there: each says so every few seconds, and is forgotten when it falls silent."""

from collections import defaultdict
from datetime import date
from typing import cast

from redis import Redis

from matcher.audience.loading import Shard

EVERY_SECONDS = 5
FORGOTTEN_SECONDS = 16
_KEY = "zhida:match:present"


def announce(redis: Redis, worker: str, shard: Shard, day: date) -> None:
    """Say that `worker` answers for a shard, for people as they are on `day`. Times are those of Redis."""
    now = _time(redis)
    with redis.pipeline() as pipe:
        pipe.zremrangebyscore(_KEY, 0, now)
        pipe.zadd(_KEY, {f"{day} {shard.of} {shard.number} {worker}": now + FORGOTTEN_SECONDS})
        pipe.execute()


def take_leave(redis: Redis, worker: str, shard: Shard, day: date) -> None:
    redis.zrem(_KEY, f"{day} {shard.of} {shard.number} {worker}")


def find_shards(redis: Redis, day: date) -> list[Shard]:
    """The shards that together hold everybody on `day`; empty where one of them is missing.

    While workers are being replaced by others with another division, there may be two complete ones: the finer is it.
    """
    numbers: dict[int, set[int]] = defaultdict(set)
    there = cast("list[bytes]", redis.zrangebyscore(_KEY, _time(redis), "+inf"))
    for member in there:
        said, of, number, _ = member.decode().split(" ")
        if said == str(day):
            numbers[int(of)].add(int(number))
    complete = [of for of, found in numbers.items() if len(found) == of]
    return [Shard(number, max(complete)) for number in range(max(complete))] if complete else []


def _time(redis: Redis) -> int:
    seconds, _ = redis.time()
    return int(seconds)
