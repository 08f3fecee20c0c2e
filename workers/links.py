"""The links that messages carry: signed, expiring, useless to a stranger, and without an address in them.

The link to open is short, since an SMS is paid for by its letters: 31 bits of delivery id, hidden by a mask, and 40
bits of MAC are twelve letters and digits. The year of sending is not written in it but goes into the MAC.
"""

import hmac
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.message import Channel
from core.clock import local_date
from core.privacy import Keys, LinkError

OPEN = "open"
UNSUBSCRIBE = "unsubscribe"
SHORT, LONG = 12, 18
"""Letters of a code; the long form is for delivery ids from 2³¹ on."""
OPENS_IN_YEARS = 2
"""A link opens until the end of the year after that of its message."""
REFUSES_FOR = timedelta(days=3 * 365)
"""A refusal must still be possible long after the message; the address may be written to by then from elsewhere."""

_CHANNELS = tuple(Channel)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who refuses, on which channel, and the delivery that carried the link (0 where there was none)."""

    subscriber_id: int
    channel: Channel
    delivery_id: int


def open_link(keys: Keys, base: str, delivery_id: int, now: datetime) -> str:
    """`BASE/s/CODE`: the page of what was sent, with the reasons. The code has 12 letters and digits (at most 18)."""
    mac = _open_mac(keys, delivery_id, local_date(now).year)
    letters = SHORT if delivery_id < 1 << _ID_BITS[SHORT] else LONG
    hidden = delivery_id ^ _mask(keys, mac, _ID_BITS[letters])
    return f"{base.rstrip('/')}/s/{_write(hidden << _MAC_BITS | mac, letters)}"


def read_open(keys: Keys, token: str, now: datetime) -> int:
    """The delivery that the link was made for. Raises core.privacy.LinkError."""
    number = _read(token)
    hidden, mac = number >> _MAC_BITS, number & (1 << _MAC_BITS) - 1
    bits = _ID_BITS[len(token)]
    delivery_id = hidden ^ _mask(keys, mac, bits)
    year = local_date(now).year
    right = [_open_mac(keys, delivery_id, year - age) for age in range(OPENS_IN_YEARS)]
    if hidden >> bits or not any(hmac.compare_digest(_bytes(mac), _bytes(one)) for one in right):
        raise LinkError
    return delivery_id


def unsubscribe_link(keys: Keys, base: str, refusal: Refusal, now: datetime) -> str:
    """`BASE/u/CODE`: GET shows a page, POST acts (RFC 8058)."""
    ids = (refusal.subscriber_id, _CHANNELS.index(refusal.channel), refusal.delivery_id)
    return f"{base.rstrip('/')}/u/{keys.sign(UNSUBSCRIBE, ids, now + REFUSES_FOR)}"


def read_unsubscribe(keys: Keys, token: str, now: datetime) -> Refusal:
    """What the link was made for. Raises core.privacy.LinkError."""
    ids = keys.verify(UNSUBSCRIBE, token, now)
    if len(ids) != 3 or ids[1] >= len(_CHANNELS):
        raise LinkError
    return Refusal(ids[0], _CHANNELS[ids[1]], ids[2])


_ALPHABET = string.digits + string.ascii_letters
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_MAC_BITS = 40
_ID_BITS = {SHORT: 31, LONG: 63}


def _open_mac(keys: Keys, delivery_id: int, year: int) -> int:
    return int.from_bytes(keys.mac(OPEN, b"%d:%d" % (year, delivery_id))[: _MAC_BITS // 8])


def _mask(keys: Keys, mac: int, bits: int) -> int:
    """Hides the id, so that codes don't tell how many messages there are."""
    return int.from_bytes(keys.mac("open-mask", _bytes(mac))[:8]) >> 64 - bits


def _bytes(mac: int) -> bytes:
    return mac.to_bytes(_MAC_BITS // 8)


def _write(number: int, letters: int) -> str:
    written = []
    for _ in range(letters):
        number, digit = divmod(number, len(_ALPHABET))
        written.append(_ALPHABET[digit])
    return "".join(reversed(written))


def _read(code: str) -> int:
    if len(code) not in _ID_BITS or not set(code) <= _VALUES.keys():
        raise LinkError
    number = 0
    for letter in code:
        number = number * len(_ALPHABET) + _VALUES[letter]
    return number
