"""The one way to open a Redis client."""

from redis import Redis


def make_redis(url: str) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://PATH?db=N`; answers are bytes. Raises redis.RedisError in use.

    Two seconds to connect, five for an answer: a lost Redis must not hold up a request or a delivery.
    """
    return Redis.from_url(
        url,
        decode_responses=False,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=30,
    )
