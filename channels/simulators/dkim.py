"""How a mailbox judges DKIM signatures (RFC 6376 section 6, RFC 8463), by records that a test publishes."""

import base64
import hashlib
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from channels.mail.dkim import Field, hash_body, signed_text, split_mail

_VALUE = re.compile(rb"(;\s*b\s*=)[^;]*")


def find_dkim_problems(mail: bytes, records: Mapping[str, str]) -> list[str] | None:
    """What is wrong with each signature of a mail (an empty text is well); None where it carries none.

    `records` are the TXT records by name.
    """
    fields, body = split_mail(mail)
    found = [_judge(line, fields, body, records) for name, line in fields if name == "dkim-signature"]
    return found or None


def _judge(line: bytes, fields: list[Field], body: bytes, records: Mapping[str, str]) -> str:
    try:
        return _check(line, fields, body, records)
    except (KeyError, ValueError):
        return "malformed"


def _check(line: bytes, fields: list[Field], body: bytes, records: Mapping[str, str]) -> str:
    tags = _tags(line.partition(b":")[2].decode("ascii"))
    names = [name.strip().lower() for name in tags["h"].split(":")]
    if tags["v"] != "1" or tags["c"] != "relaxed/relaxed" or "from" not in names:
        return "malformed"
    record = _tags(records.get(f"{tags['s']}._domainkey.{tags['d']}", ""))
    if not record.get("p"):
        return "no key"
    if hash_body(body) != "".join(tags["bh"].split()):
        return "body changed"
    text = signed_text(fields, names, _VALUE.sub(rb"\1", line))
    signature = base64.b64decode("".join(tags["b"].split()), validate=True)
    return "" if _fits(tags["a"], record, signature, text) else "signature wrong"


def _fits(algorithm: str, record: dict[str, str], signature: bytes, text: bytes) -> bool:
    public = base64.b64decode("".join(record["p"].split()), validate=True)
    try:
        if algorithm == "ed25519-sha256" and record.get("k") == "ed25519":
            Ed25519PublicKey.from_public_bytes(public).verify(signature, hashlib.sha256(text).digest())
            return True
        key = load_der_public_key(public)
        if algorithm != "rsa-sha256" or not isinstance(key, RSAPublicKey):
            return False
        key.verify(signature, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _tags(text: str) -> dict[str, str]:
    """`a=b; c=d` (RFC 6376 3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}
