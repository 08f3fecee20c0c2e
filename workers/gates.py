"""A gate before every provider account: how many messages may go now, for all workers together.

One script in Redis answers, so that the count is exact: a token bucket for the account's rate, a shut gate while it
must wait (out of quota, refused, failing), and one message at a time while a gate that was shut for trouble is tried
again.
Raises redis.RedisError when Redis is away: then nothing is sent rather than too much.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis import Redis

PROBE_LIFE = timedelta(seconds=30)
_LIFE = timedelta(days=2)

_ADMIT = """
local now, rate, burst, want, life = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[6]
local g = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'shut', 'probing', 'probe')
local shut = tonumber(g[3] or 0)
if now < shut then return {0, math.ceil(shut - now)} end
if g[4] == '1' then
    local probe = tonumber(g[5] or 0)
    if now < probe then return {0, math.ceil(probe - now)} end
    redis.call('HSET', KEYS[1], 'probe', now + tonumber(ARGV[5]))
    want = math.min(want, 1)
end
local at = tonumber(g[2] or now)
local tokens = math.min(burst, tonumber(g[1] or burst) + math.max(0, now - at) * rate / 1000)
local granted = math.min(math.floor(tokens), want)
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', tostring(math.max(now, at)))
redis.call('PEXPIRE', KEYS[1], life)
if granted > 0 then return {granted, 0} end
return {0, math.ceil((1 - tokens) * 1000 / rate)}
"""

_GIVE_BACK = """
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens') or ARGV[2])
redis.call('HSET', KEYS[1], 'tokens', tostring(math.min(tonumber(ARGV[2]), tokens + tonumber(ARGV[1]))))
"""

_SHUT = """
local shut = tonumber(redis.call('HGET', KEYS[1], 'shut') or 0)
redis.call('HSET', KEYS[1], 'shut', math.max(shut, tonumber(ARGV[1])), 'why', ARGV[3])
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'probing', '1', 'probe', '0') end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, and how many may go at once after a pause."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Admission:
    """How many may go; where none, how long to wait before asking again."""

    granted: int
    wait: timedelta


def admit(redis: Redis, gate: str, rate: Rate, want: int, now: datetime) -> Admission:
    """Ask for up to `want` messages through `gate` (a provider account, or a provider and a receiving domain)."""
    answer = redis.eval(
        _ADMIT, 1, _key(gate), _ms(now), rate.per_second, rate.burst, want, _span(PROBE_LIFE), _span(_LIFE)
    )
    granted, wait = cast(list[int], answer)
    return Admission(granted, timedelta(milliseconds=wait))


def give_back(redis: Redis, gate: str, rate: Rate, unused: int) -> None:
    """Return what was admitted and not used."""
    if unused:
        redis.eval(_GIVE_BACK, 1, _key(gate), unused, rate.burst)


def shut(redis: Redis, gate: str, until: datetime, why: str, *, probe: bool) -> None:
    """Let nothing through until then; with `probe` only one at a time after it, until `reopen`."""
    redis.eval(_SHUT, 1, _key(gate), _ms(until), int(probe), why, _span(_LIFE))


def reopen(redis: Redis, gate: str) -> None:
    """A probe went well."""
    redis.hdel(_key(gate), "shut", "probing", "probe", "why")


def note_health(redis: Redis, gate: str, failed: int, total: int, now: datetime) -> tuple[int, int]:
    """Count answers of this minute; answers how many have failed in it, and how many there were."""
    key = f"zhida:health:{gate}:{int(now.timestamp()) // 60}"
    with redis.pipeline() as together:
        together.hincrby(key, "failed", failed)
        together.hincrby(key, "total", total)
        together.expire(key, 120)
        failures, answers, _ = together.execute()
    return int(failures), int(answers)


def count_within(redis: Redis, name: str, more: int, span: timedelta) -> int:
    """Add to a count that is forgotten `span` after its first; answers it."""
    with redis.pipeline() as together:
        together.set(f"zhida:count:{name}", 0, ex=span, nx=True)
        together.incrby(f"zhida:count:{name}", more)
        _, counted = together.execute()
    return int(counted)


def describe(redis: Redis, gate: str, now: datetime) -> str:
    """Why a gate is shut or tried again, in the provider's code; empty for an open one."""
    shut_until, probing, why = cast(list[bytes | None], redis.hmget(_key(gate), ["shut", "probing", "why"]))
    closed = float(shut_until or 0) > _ms(now) or probing == b"1"
    return (why or b"").decode() if closed else ""


def is_shut_for(redis: Redis, gate: str, span: timedelta, now: datetime) -> bool:
    """Whether nothing will go through a gate for at least `span` from now."""
    shut_until = cast(bytes | None, redis.hget(_key(gate), "shut"))
    return float(shut_until or 0) >= _ms(now + span)


def _key(gate: str) -> str:
    return f"zhida:gate:{gate}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _span(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
