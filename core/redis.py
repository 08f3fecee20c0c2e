"""The one way to open a Redis client."""

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry


def make_redis(url: str) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://PATH?db=N`; answers are bytes. Raises redis.RedisError in use.

    Two seconds to connect, five for an answer, one more try: a lost Redis must not hold up a request or a delivery
    (of itself redis-py tries eleven times).
    """
    return Redis.from_url(
        url,
        decode_responses=False,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=30,
        retry=Retry(ConstantBackoff(0.05), 1),
    )
