"""Opening what WeChat posts to us: signature, plain or AES.

Source: developers.weixin.qq.com, 消息推送 / 消息加解密 (subscription/guide/dev/push/encryption).
"""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException


class CallbackError(ValueError):
    """The post is not WeChat's, or not for this account. Answer 403 and do nothing."""


@dataclass(frozen=True, slots=True)
class Callback:
    """The secrets under which one account is called back. `aes_key` is the 43-letter EncodingAESKey, or empty."""

    token: str = field(repr=False)
    appid: str
    aes_key: str = field(default="", repr=False)

    def echo(self, query: Mapping[str, str]) -> str:
        """The answer to WeChat's first GET. Raises CallbackError."""
        self._check(query.get("signature", ""), query)
        return query.get("echostr", "")

    def open(self, query: Mapping[str, str], body: bytes) -> str:
        """The XML of the message. With an AES key set, a plain post is refused. Raises CallbackError."""
        if query.get("encrypt_type") != "aes":
            if self.aes_key:
                raise CallbackError("应为密文")
            self._check(query.get("signature", ""), query)
            return _utf8(body)
        sealed = _sealed(body)
        self._check(query.get("msg_signature", ""), query, sealed)
        return self._decrypt(sealed)

    def _check(self, signature: str, query: Mapping[str, str], *more: str) -> None:
        parts = [self.token, query.get("timestamp", ""), query.get("nonce", ""), *more]
        right = hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's choice
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise CallbackError("签名不对")

    def _decrypt(self, sealed: str) -> str:
        if not self.aes_key:
            raise CallbackError("没有配置 EncodingAESKey")
        try:
            opened = PrpCrypto(base64.b64decode(self.aes_key + "=")).decrypt(sealed, self.appid)
        except InvalidAppIdException:
            raise CallbackError("不是发给本公众号的") from None
        except (ValueError, IndexError, struct.error, binascii.Error):
            raise CallbackError("密文解不开") from None
        return str(opened)


def read_xml(xml: str) -> dict[str, object]:
    """The fields below `<xml>`; entities are refused. Raises CallbackError."""
    try:
        fields = xmltodict.parse(xml)["xml"]
    except (ExpatError, ValueError, KeyError, TypeError):
        raise CallbackError("不是约定的 XML") from None
    if not isinstance(fields, dict):
        raise CallbackError("不是约定的 XML")
    return fields


def _sealed(body: bytes) -> str:
    sealed = read_xml(_utf8(body)).get("Encrypt")
    if not isinstance(sealed, str):
        raise CallbackError("没有密文")
    return sealed


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise CallbackError("不是 UTF-8") from None
