"""The request signatures of the SMS providers, checked as the providers check them.

TC3-HMAC-SHA256: cloud.tencent.com/document/api/382/52068
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


def find_tc3_problem(call: Call, secret_id: str, secret_key: str, now: float, skew: float) -> str | None:
    """Tencent's code for a wrong TC3-HMAC-SHA256 signature, or None (cloud.tencent.com/document/api/382/52068)."""
    scheme, _, rest = call.headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    credential = parts.get("Credential", "").split("/")
    if scheme != "TC3-HMAC-SHA256" or credential[0] != secret_id or len(credential) != 4:
        return "AuthFailure.SecretIdNotFound"
    timestamp = call.headers.get("x-tc-timestamp", "0")
    if abs(float(timestamp) - now) > skew:
        return "AuthFailure.SignatureExpire"
    names = parts.get("SignedHeaders", "").split(";")
    if not {"content-type", "host"} <= set(names):
        return "AuthFailure.SignatureFailure"
    headers = "".join(f"{name}:{call.headers.get(name, '').strip().lower()}\n" for name in names)
    canonical = "\n".join([call.method, "/", "", headers, ";".join(names), _sha256(call.body)])
    _, date, service, _ = credential
    text = "\n".join(["TC3-HMAC-SHA256", timestamp, f"{date}/{service}/tc3_request", _sha256(canonical.encode())])
    key = b"TC3" + secret_key.encode()
    for step in (date, service, "tc3_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(right, parts.get("Signature", "")) else "AuthFailure.SignatureFailure"
