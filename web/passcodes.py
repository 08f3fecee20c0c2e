"""Six-digit codes that prove an address: sent, compared a few times, used once. Redis holds a keyed digest only."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redis import Redis
from starlette.requests import Request

from channels.compose import make_composer
from channels.imprint import Imprint
from channels.message import Channel, Message
from channels.notice import Notice, Personal, Purpose
from channels.sender import Sender
from channels.sources import Overrides
from core.errors import InputError
from core.privacy import Keys

LIFE_SECONDS = 600
PAUSE_SECONDS = 60
MOST_PER_HOUR = 5
MOST_FROM_ONE_PLACE = 30
MOST_TRIES = 5
CHANNELS = (Channel.SMS, Channel.MAIL)


def source_of(request: Request) -> str:
    """The network address that a request comes from (behind a proxy the one that the proxy names)."""
    return request.client.host if request.client else ""


@dataclass(frozen=True)
class Passcodes:
    """Sends and checks codes. `who` is the digest of the browser's cookie: a code is good in the browser it was for."""

    redis: Redis
    keys: Keys
    senders: Mapping[Channel, Sender]
    imprint: Imprint
    find_overrides: Callable[[], Overrides] = dict
    """The templates as staff have worded them by now."""

    def send(self, who: str, channel: Channel, address: str, source: str, *, known: bool = True) -> None:
        """Send a new code to a normalised address. InputError where it is too soon, too often, or not accepted.

        `source` is the network address that asks: so that nobody has codes sent to a list of strangers. To an address
        that isn't `known` nothing goes, and nothing tells the difference.
        """
        self._take_turn(channel, address, source)
        if not known:
            return
        code = f"{secrets.randbelow(1_000_000):06d}"
        name = self._name(who, channel, address)
        kept = self.keys.blind_index("passcode", f"{name}:{code}")
        self.redis.set(name, kept, ex=LIFE_SECONDS)
        self.redis.delete(f"{name}:tries")
        personal = Personal(passcode=code, minutes=LIFE_SECONDS // 60)
        content = make_composer(Notice(Purpose.CODE), channel, self.imprint, self.find_overrides()).fill(personal)
        outcome = self.senders[channel].send(Message(secrets.token_hex(16), channel, address, content))
        if not outcome.accepted:
            raise InputError("验证码没有发出去，请核对号码或稍后再试")

    def check(self, who: str, channel: Channel, address: str, code: str) -> None:
        """Use a code up. InputError for a wrong one, an old one, and after too many tries."""
        name = self._name(who, channel, address)
        kept = self.redis.get(name)
        if not isinstance(kept, bytes):
            raise InputError("验证码已失效，请重新获取")
        if self._count(f"{name}:tries", LIFE_SECONDS) > MOST_TRIES:
            self.redis.delete(name)
            raise InputError("输错太多次，请重新获取验证码")
        given = self.keys.blind_index("passcode", f"{name}:{code.strip()}")
        if not hmac.compare_digest(kept, given):
            raise InputError("验证码不对，请核对后再填")
        self.redis.delete(name, f"{name}:tries")

    def _take_turn(self, channel: Channel, address: str, source: str) -> None:
        """One code a minute and five an hour to one address, whoever asks; thirty an hour for one who asks."""
        origin = self.keys.blind_index("passcode-source", source).hex()
        if self._count(f"passcode-source:{origin}", 3600) > MOST_FROM_ONE_PLACE:
            raise InputError("从这里获取的验证码太多，请一小时后再试")
        whose = self.keys.blind_index("passcode-limit", f"{channel}:{address}").hex()
        if not self.redis.set(f"passcode-pause:{whose}", b"1", nx=True, ex=PAUSE_SECONDS):
            raise InputError("刚发过验证码，请一分钟后再试")
        if self._count(f"passcode-hour:{whose}", 3600) > MOST_PER_HOUR:
            raise InputError("一小时内获取次数太多，请稍后再试")

    def _count(self, name: str, seconds: int) -> int:
        pipe = self.redis.pipeline()
        pipe.set(name, 0, nx=True, ex=seconds)
        pipe.incr(name)
        return int(pipe.execute()[1])

    def _name(self, who: str, channel: Channel, address: str) -> str:
        return f"passcode:{who}:{channel}:{self.keys.blind_index('passcode', address).hex()}"
