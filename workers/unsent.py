"""Which claimed messages have not been handed to a provider yet.

A killed process leaves a batch behind of which only a few messages were on their way. Only of those it is in doubt
whether they arrived; the rest is simply sent by the next one. Whoever takes a message out of the set here may send it
(or take it back), and nobody else: so a process that was only slow never sends what the rescue gave to another.

Redis holds the set. It is kept under the server's run id: after a restart that may have lost or revived entries all of
them count as in doubt, which is the safe side. Everything here raises redis.RedisError while Redis is away; then
nothing is sent.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID

from redis import Redis

_LIFE = timedelta(days=1)

_TAKE = """
local taken = {}
for _, id in ipairs(ARGV) do
    if redis.call('SREM', KEYS[1], id) == 1 then table.insert(taken, id) end
end
return taken
"""

Begin = Callable[[Sequence[UUID]], set[UUID]]
"""Called right before messages go out: which of them are still ours to send."""


def note_unsent(redis: Redis, attempt_ids: Sequence[UUID]) -> Begin:
    """Remember attempts that are about to be made; answers what each of them has to pass."""
    key = _key(redis)
    if attempt_ids:
        with redis.pipeline() as together:
            together.sadd(key, *(one.bytes for one in attempt_ids))
            together.expire(key, _LIFE)
            together.execute()
    return partial(_take, redis, key)


def take_unsent(redis: Redis, attempt_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the attempts that certainly weren't made, and now won't be."""
    return _take(redis, _key(redis), attempt_ids)


def _take(redis: Redis, key: str, attempt_ids: Sequence[UUID]) -> set[UUID]:
    taken = cast(list[bytes], redis.eval(_TAKE, 1, key, *(one.bytes for one in attempt_ids)))
    return {UUID(bytes=one) for one in taken}


def _key(redis: Redis) -> str:
    server = cast(dict[str, str], redis.info("server"))
    return f"zhida:unsent:{server['run_id']}"
