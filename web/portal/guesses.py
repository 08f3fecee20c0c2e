"""The codes of links can't be tried out: who opens too many wrong ones from one place has to wait.

A code holds 40 bits that only the key makes, so this is a second lock; where Redis is away, links open all the same.
"""

import ipaddress
import logging

from redis import RedisError
from starlette.requests import Request

from core.privacy import LinkError
from web.parts import Parts
from web.passcodes import source_of
from workers.links import read_open

MOST_WRONG = 30
"""Wrong codes from one place within `SECONDS`; a message forwarded and mangled makes a few."""
SECONDS = 600
_IPV6_PREFIX = 64  # what one household or one server is given

log = logging.getLogger(__name__)


class TooManyGuessesError(LinkError):
    """From this place too many wrong codes came lately; no code is read."""


def read_guarded(request: Request, parts: Parts, token: str) -> int:
    """The delivery that the link was made for. Raises core.privacy.LinkError, of it TooManyGuessesError."""
    name = _name(parts, source_of(request))
    if _count(parts, name) >= MOST_WRONG:
        raise TooManyGuessesError
    try:
        return read_open(parts.keys, token, parts.clock())
    except LinkError:
        _note(parts, name)
        raise


def _count(parts: Parts, name: str) -> int:
    try:
        return int(parts.redis.get(name) or 0)
    except RedisError as error:
        log.warning("wrong codes of links aren't counted: %s", type(error).__name__)
        return 0


def _note(parts: Parts, name: str) -> None:
    try:
        pipe = parts.redis.pipeline()
        pipe.set(name, 0, nx=True, ex=SECONDS)
        pipe.incr(name)
        pipe.execute()
    except RedisError:
        return  # said when it was counted


def _name(parts: Parts, source: str) -> str:
    """The place without its address; of IPv6 the network."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        address = None
    if isinstance(address, ipaddress.IPv6Address):
        source = str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return f"wrong-codes:{parts.keys.blind_index('wrong-codes', source).hex()}"
