"""A channel that must wait as a whole (its account is out of quota, or refused) is paused in Redis for all workers."""

from datetime import datetime

from redis import Redis


def pause(redis: Redis, channel: str, why: str, until: datetime | None, now: datetime) -> None:
    """Keep all workers off `channel` until then, one minute where no time is known."""
    seconds = max(1, int((until - now).total_seconds())) if until else 60
    redis.set(_key(channel), why or "paused", ex=seconds)


def is_paused(redis: Redis, channel: str) -> bool:
    """Raises redis.RedisError when Redis is away: then nothing is sent either."""
    return bool(redis.exists(_key(channel)))


def _key(channel: str) -> str:
    return f"zhida:pause:{channel}"
