"""Personal data sealed, found without opening, and named in links without being in them.

Sealed: AES-256-GCM (NIST SP 800-38D). Found: a blind index, HMAC-SHA256 of the normalised value. Links: ids with an
HMAC-SHA256 truncated to 128 bits (RFC 2104 §5). No error here carries the value, the key or the token.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from core.errors import ZhidaError
from core.settings import Settings

KEY_BYTES: Final = 32
KEY_FILE: Final = "keys.json"
_NAMES: Final = ("seal_keys", "index_key", "link_key")
_HEAD = 12  # bytes of `v1|key id|`
_NONCE = 12
_TAG = 16
_MAC = 16
_EXPIRY = 5  # bytes of seconds since 1970


class SealError(ZhidaError):
    """Sealed bytes were changed, moved to another row, or sealed with a key that we don't hold."""

    def __init__(self) -> None:
        super().__init__("密封的数据无法解开：密钥不符，或数据被改动")


class LinkError(ZhidaError):
    """A link token was changed, belongs to another purpose, or has expired."""

    def __init__(self) -> None:
        super().__init__("链接无效或已过期")


def place(table: str, column: str, row: object) -> bytes:
    """The associated data that ties sealed bytes to where they are kept: `table:column:row`."""
    return f"{table}:{column}:{row}".encode()


class Keys:
    """The keys of one installation: sealing (the first seals, all open), blind index, links.

    A key's id is made from the key itself, so a rotation is: put the new key in front and keep the old one.
    Raises ValueError where a key isn't 32 bytes long or there is none to seal with.
    """

    def __init__(self, seal_keys: Sequence[bytes], index_key: bytes, link_key: bytes) -> None:
        if not seal_keys or any(len(key) != KEY_BYTES for key in (*seal_keys, index_key, link_key)):
            raise ValueError("keys are 32 bytes each, and at least one seals")
        self._sealers = {_head(key): AESGCM(key) for key in seal_keys}
        self._sealing = _head(seal_keys[0])
        self._index_key = index_key
        self._link_key = link_key

    def seal(self, plain: str, aad: bytes) -> bytes:
        """`v1|key id|` and then nonce (12 bytes), ciphertext, tag (16). `aad` is `place(...)`, needed to open again."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._sealers[self._sealing].encrypt(nonce, plain.encode(), aad)
        return self._sealing + nonce + sealed

    def open(self, sealed: bytes, aad: bytes) -> str:
        """What was sealed. Raises SealError for other keys, another `aad` or a changed byte."""
        head, nonce, rest = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        sealer = self._sealers.get(head)
        if sealer is None or len(rest) < _TAG:
            raise SealError
        try:
            return sealer.decrypt(nonce, rest, aad).decode()
        except InvalidTag:
            raise SealError from None

    def blind_index(self, kind: str, normalised: str) -> bytes:
        """32 bytes that are the same for the same value and say nothing of it; `kind` keeps the sorts apart."""
        return hmac.digest(self._index_key, f"{kind}:{normalised}".encode(), hashlib.sha256)

    def sign(self, purpose: str, ids: Sequence[int], expires: datetime) -> str:
        """A token for a link: letters, digits, `-` and `_`, about 36 long for two ids. `ids` aren't negative."""
        payload = int(expires.timestamp()).to_bytes(_EXPIRY) + b"".join(_pack(number) for number in ids)
        return _encode(payload + self.mac(purpose, payload))

    def verify(self, purpose: str, token: str, now: datetime) -> tuple[int, ...]:
        """The ids that were signed for `purpose`. Raises LinkError for anything else, and from `expires` on."""
        raw = _decode(token)
        payload, mac = raw[:-_MAC], raw[-_MAC:]
        if not hmac.compare_digest(mac, self.mac(purpose, payload)):
            raise LinkError
        if now.timestamp() >= int.from_bytes(payload[:_EXPIRY]):
            raise LinkError
        return _unpack(payload[_EXPIRY:])

    def mac(self, purpose: str, payload: bytes) -> bytes:
        """16 bytes that only holders of the link key can make for this payload; `purpose` keeps the uses apart."""
        return hmac.digest(self._link_key, purpose.encode() + b"\0" + payload, hashlib.sha256)[:_MAC]


def _head(key: bytes) -> bytes:
    """`v1|key id|`; the id is eight hexadecimal letters of the key's own hash."""
    return b"v1|%s|" % hashlib.sha256(b"zhida key id" + key).hexdigest()[:8].encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    """The bytes of a token that `_encode` wrote; no second spelling of the same bytes is taken."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise LinkError from None
    if len(raw) < _EXPIRY + _MAC or _encode(raw) != token:
        raise LinkError
    return raw


def _pack(number: int) -> bytes:
    """LEB128: seven bits a byte, lowest first, the top bit says that more follows."""
    if number < 0:
        raise ValueError("ids are not negative")
    packed = bytearray()
    while number > 0x7F:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _unpack(packed: bytes) -> tuple[int, ...]:
    numbers, number, shift = [], 0, 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number, shift = 0, 0
    return tuple(numbers)


def load_keys(settings: Settings) -> Keys:
    """The keys of this installation: all three settings, or none and then those of `var_dir/keys.json`.

    The file (mode 0600) is made once, whoever comes first. Raises ZhidaError where only some are set, where one isn't
    32 bytes in base64, and where the file is damaged or readable by others; no text carries a key.
    """
    given: dict[str, SecretStr | None] = {name: getattr(settings, name) for name in _NAMES}
    missing = [name for name, value in given.items() if not value]
    if not missing:
        return _make_keys({name: value.get_secret_value() for name, value in given.items() if value}, "设置")
    if len(missing) < len(_NAMES):
        raise ZhidaError("密钥只设置了一部分，还缺 " + "、".join(f"ZHIDA_{name.upper()}" for name in missing))
    path = settings.var_dir / KEY_FILE
    if not path.exists():
        _create_file(path)
    return _read_file(path)


def _make_keys(texts: dict[str, str], where: str) -> Keys:
    seals = [_read_key(text.strip(), "seal_keys", where) for text in texts["seal_keys"].split(",")]
    return Keys(seals, *(_read_key(texts[name].strip(), name, where) for name in _NAMES[1:]))


def _read_key(text: str, name: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ZhidaError(f"{where}中的密钥 {name} 无效：应为 {KEY_BYTES} 字节的 base64 文本")
    return key


def _create_file(path: Path) -> None:
    """Write a whole file aside and link it to its name: who comes second finds the first one's and leaves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    texts = {name: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() for name in _NAMES}
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(texts, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
    except FileExistsError:
        return  # another process was faster; its keys are the ones
    finally:
        aside.unlink(missing_ok=True)


def _read_file(path: Path) -> Keys:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ZhidaError(f"密钥文件 {path} 可被他人读取，请先执行 chmod 600 {path}")
    try:
        texts = json.loads(path.read_text(encoding="utf-8"))
        texts = {name: str(texts[name]) for name in _NAMES}
    except (ValueError, KeyError, TypeError):
        raise ZhidaError(f"密钥文件 {path} 已损坏，请从备份恢复；没有它，已保存的联系方式无法解开") from None
    return _make_keys(texts, f"密钥文件 {path} ")
