"""Names on a mail that we know again: its Message-ID and the address to which a bounce comes back."""

import base64
import hashlib
import hmac
import re

_MAC = 6
_PREFIX = "b+"
_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9._-]{1,32})\.([0-9a-f]{8})@")


def message_id(key: str, domain: str, secret: bytes) -> str:
    """`<key.hmac8@domain>`: the same for every try of one message, and not to be guessed by others."""
    return f"<{key}.{_mac(key, secret).hex()[:8]}@{domain}>"


def find_message_key(text: str, secret: bytes) -> str | None:
    """The key in a Message-ID of ours, or None."""
    found = _MESSAGE_ID.search(text)
    if found and hmac.compare_digest(_mac(found[1], secret).hex()[:8], found[2]):
        return found[1]
    return None


def bounce_address(key: str, domain: str, secret: bytes) -> str:
    """The envelope sender (VERP): a local part that tells which message came back.

    Base32, since relays may change the case of a local part; the longest key makes 63 characters of the 64 allowed.
    """
    token = base64.b32encode(_mac(key, secret)[:_MAC] + key.encode("ascii")).decode("ascii").rstrip("=").lower()
    return f"{_PREFIX}{token}@{domain}"


def find_bounced_key(address: str, secret: bytes) -> str | None:
    """The key in a bounce address of ours; None when it is foreign, mangled or forged."""
    local = address.strip("<> ").rsplit("@", 1)[0].lower()
    if not local.startswith(_PREFIX):
        return None
    token = local[len(_PREFIX) :].upper()
    try:
        raw = base64.b32decode(token + "=" * (-len(token) % 8))
        key = raw[_MAC:].decode("ascii")
    except ValueError:
        return None
    return key if key and hmac.compare_digest(_mac(key, secret)[:_MAC], raw[:_MAC]) else None


def _mac(key: str, secret: bytes) -> bytes:
    return hmac.new(secret, key.encode("ascii"), hashlib.sha256).digest()
