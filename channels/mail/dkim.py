"""Signs mails so that mailboxes see whose they are: DKIM, relaxed/relaxed, with RSA or Ed25519.

Sources: RFC 6376 (DKIM), RFC 8463 (ed25519-sha256), RFC 8301 (RSA keys below 1,024 bits don't count).
"""

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from core.errors import ZhidaError

SIGNED = (
    *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
    *("auto-submitted", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
)
"""What a signature covers; RFC 8058 wants both headers of the unsubscription among them."""
ONCE = ("from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post")
"""Named once more than they stand in the mail: whoever adds another breaks the signature (RFC 6376 5.4.2)."""
LEAST_BITS = 2048

Field = tuple[str, bytes]
"""A header's name in small letters, and its whole line as it stands in the mail, without the last line end."""

_SPACES = re.compile(rb"[ \t]+")
_TRAILING = re.compile(rb"[ \t]+(?=\r\n|\Z)")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class DkimSigner:
    """Signs in the name of `domain`; the public half stands in DNS at `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """As in `a=`."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, mail: bytes, at: datetime) -> bytes:
        """`mail` (CRLF line ends, as channels.mail.mime builds it) with a DKIM-Signature before it."""
        fields, body = split_mail(mail)
        there = [name for name, _ in fields]
        names = [name for name in SIGNED if name in there] + [name for name in ONCE if name in there]
        unsigned = (
            f"DKIM-Signature: v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector}; t={int(at.timestamp())};\r\n"
            f" h={_folded_names(names)};\r\n bh={hash_body(body)};\r\n b="
        )
        signature = self.seal(signed_text(fields, names, unsigned.encode("ascii")))
        return unsigned.encode("ascii") + _folded(signature) + b"\r\n" + mail

    def seal(self, text: bytes) -> bytes:
        """The signature in base64 of what `signed_text` answers."""
        if isinstance(self.key, RSAPrivateKey):
            return base64.b64encode(self.key.sign(text, PKCS1v15(), SHA256()))
        return base64.b64encode(self.key.sign(hashlib.sha256(text).digest()))

    def record(self) -> tuple[str, str]:
        """The TXT record to publish: its name and its value."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"{self.selector}._domainkey.{self.domain}", f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"


def load_signer(path: Path, selector: str, domain: str) -> DkimSigner:
    """The signer with the private key in `path` (PEM, no password). Raises ZhidaError for anything else."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ZhidaError(f"DKIM 私钥文件 {path} 读不了：{error.strerror}") from None
    except (ValueError, TypeError):
        raise ZhidaError(f"{path} 不是没有密码的 PEM 私钥") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ZhidaError(f"{path} 要是 RSA 或 Ed25519 私钥")
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_BITS:
        raise ZhidaError(f"{path} 的 RSA 私钥只有 {key.key_size} 位，至少要 {LEAST_BITS} 位")
    return DkimSigner(domain, selector, key)


def split_mail(mail: bytes) -> tuple[list[Field], bytes]:
    """The headers in their order, and the body."""
    head, _, body = mail.partition(b"\r\n\r\n")
    lines = re.split(rb"\r\n(?![ \t])", head)
    return [(line.partition(b":")[0].strip().decode("latin-1").lower(), line) for line in lines if line], body


def hash_body(body: bytes) -> str:
    """`bh=`: SHA-256 of the body in relaxed form (RFC 6376 3.4.4), in base64."""
    plain = _SPACES.sub(b" ", _TRAILING.sub(b"", body)).rstrip(b"\r\n")
    return base64.b64encode(hashlib.sha256(plain + b"\r\n" if plain else b"").digest()).decode("ascii")


def signed_text(fields: Iterable[Field], names: Iterable[str], unsigned: bytes) -> bytes:
    """What is signed: the named headers, the lowest first where one comes twice, then the signature's own without `b=`.

    A name beyond the headers of that name stands for nothing (RFC 6376 5.4.2).
    """
    lines: defaultdict[str, list[bytes]] = defaultdict(list)
    for name, line in fields:
        lines[name].append(line)
    chosen = [relax(lines[name].pop()) + b"\r\n" for name in names if lines[name]]
    return b"".join(chosen) + relax(unsigned)


def relax(line: bytes) -> bytes:
    """A header in relaxed form (RFC 6376 3.4.2), without line end."""
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", _FOLD.sub(b"", value)).strip()


def _folded(signature: bytes) -> bytes:
    return b"\r\n  ".join(signature[start : start + 72] for start in range(0, len(signature), 72))


def _folded_names(names: list[str]) -> str:
    half = (len(names) + 1) // 2
    return ":".join(names[:half]) + ":\r\n  " + ":".join(names[half:])
