"""The request signatures of the SMS providers, checked as the providers check them.

ACS3-HMAC-SHA256: help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature.
"""

import hashlib
import hmac
from urllib.parse import parse_qsl, quote

from channels.simulators.request import Call


def _percent(text: str) -> str:
    return quote(text, safe="-_.~")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def acs3_signature(call: Call, signed: list[str], secret: str) -> str:
    """The signature that Aliyun expects for `call` with these signed headers."""
    pairs = sorted(parse_qsl(call.raw_query.decode("ascii"), keep_blank_values=True))
    canonical = "\n".join(
        [
            call.method,
            call.path or "/",
            "&".join(f"{_percent(name)}={_percent(value)}" for name, value in pairs),
            "".join(f"{name}:{call.headers.get(name, '').strip()}\n" for name in signed),
            ";".join(signed),
            call.headers.get("x-acs-content-sha256", ""),
        ]
    )
    text = "ACS3-HMAC-SHA256\n" + _sha256(canonical.encode())
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def find_acs3_problem(call: Call, key_id: str, secret: str) -> str | None:
    """Aliyun's code for a wrong signature, or None when it is right."""
    scheme, _, rest = call.headers.get("authorization", "").partition(" ")
    parts = dict(part.partition("=")[::2] for part in rest.split(","))
    if scheme != "ACS3-HMAC-SHA256" or parts.get("Credential") != key_id:
        return "InvalidAccessKeyId.NotFound"
    if call.headers.get("x-acs-content-sha256") != _sha256(call.body):
        return "SignatureDoesNotMatch"
    signed = parts.get("SignedHeaders", "").split(";")
    if not {"x-acs-action", "x-acs-date", "x-acs-signature-nonce"} <= set(signed):
        return "SignatureDoesNotMatch"
    right = acs3_signature(call, signed, secret)
    return None if hmac.compare_digest(right, parts.get("Signature", "")) else "SignatureDoesNotMatch"
