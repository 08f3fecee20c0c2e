"""The posts of the providers, word for word: receipts of template messages and SMS, followers' events, replies.

What becomes of a message is told by its address. SMS: a number that ends in 0001 refuses, 0002 is out of service, 0003
does not exist, 0004 is unlisted trouble of a carrier. WeChat: `sim-block…` has blocked us, `sim-fail…` fails at WeChat.
"""

import base64
import hashlib
import json
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from channels.simulators.world import Accepted
from core.clock import local_time

_ALIYUN_ENDS = {
    "0001": ("USER_REJECT", "用户已退订"),
    "0002": ("MOBILE_NOT_ON_SERVICE", "停机、空号、暂停服务、关机"),
    "0003": ("INVALID_NUMBER", "号码状态异常"),
    "0004": ("MK:0022", "运营商状态码"),
}
_WECHAT_ENDS = {"sim-block": "failed:user block", "sim-fail": "failed: system failed"}


@dataclass(frozen=True, slots=True)
class Post:
    """One post to us. WeChat's are signed, and encrypted where a key is agreed, when they go out."""

    url: str
    body: str
    thanks: Callable[[bytes], bool]
    kind: str = "application/json"
    wechat: bool = False

    def is_thanked(self, content: bytes) -> bool:
        """Did we answer as the provider wants?"""
        return self.thanks(content)

    def sealed(self, token: str, aes_key: str, appid: str, now: float) -> tuple[str, bytes]:
        """Address and body as they go over the wire."""
        if not self.wechat:
            return self.url, self.body.encode()
        nonce, moment = secrets.token_hex(5), str(int(now))
        query = {"signature": _sha1(token, moment, nonce), "timestamp": moment, "nonce": nonce}
        body = self.body
        if aes_key:
            text = _encrypt(body, aes_key, appid)
            query |= {"encrypt_type": "aes", "msg_signature": _sha1(token, moment, nonce, text)}
            body = f"<xml><ToUserName>gh_simulator</ToUserName><Encrypt>{text}</Encrypt></xml>"
        return f"{self.url}?{urlencode(query)}", body.encode()


def receipt_of(one: Accepted, wechat: str, aliyun: str, tencent: str) -> Post | None:
    """The receipt of an accepted message, if its provider sends any and somebody listens."""
    if one.provider == "aliyun" and aliyun:
        return _aliyun_receipt(one, aliyun)
    if one.provider == "tencent" and tencent:
        return _tencent_receipt(one, tencent)
    if one.channel == "wechat" and wechat and one.content.get("kind") == "bizsend":
        entry = {"TemplateId": one.content["template_id"], "MsgID": one.provider_id, "ErrorCode": 0}
        told = {"SubscribeMsgSentEvent": {"List": {**entry, "ErrorStatus": "success"}}}
        return wechat_event(wechat, one.address, "subscribe_msg_sent_event", told, one.at)
    if one.channel == "wechat" and wechat and one.content.get("kind") == "template":
        status = next((status for start, status in _WECHAT_ENDS.items() if one.address.startswith(start)), "success")
        fields = {"MsgID": one.provider_id, "Status": status}
        return wechat_event(wechat, one.address, "TEMPLATESENDJOBFINISH", fields, one.at)
    if wechat and one.content.get("kind") == "mass" and "total" in one.content:
        total, sent = one.content["total"], one.content["sent"]
        counts = {"TotalCount": total, "FilterCount": sent, "SentCount": sent, "ErrorCount": 0}
        fields = {"MsgID": one.provider_id, "Status": "send success", **counts}
        return wechat_event(wechat, "mphelper", "MASSSENDJOBFINISH", fields, one.at)
    return None


def wechat_event(url: str, openid: str, event: str, fields: dict[str, Any], at: float) -> Post:
    """An event, or a text message when `event` is `text`."""
    said = {"MsgType": "text", "MsgId": secrets.randbelow(1 << 60)}
    what = said if event == "text" else {"MsgType": "event", "Event": event}
    whole = {"ToUserName": "gh_simulator", "FromUserName": openid, "CreateTime": int(at), **what, **fields}
    return Post(url, f"<xml>{_xml(whole)}</xml>", lambda content: content in (b"", b"success"), "text/xml", wechat=True)


def sms_end(phone: str) -> tuple[str, str]:
    """What becomes of an SMS to this number: code and words."""
    return _ALIYUN_ENDS.get(phone[-4:], ("DELIVERED", "用户接收成功"))


def aliyun_reply(url: str, phone: str, text: str, at: float) -> Post:
    """A SmsUp push."""
    entry = {"phone_number": phone, "content": text, "send_time": stamp(at), "dest_code": "1069", "sequence_id": 1}
    return Post(url, json.dumps([entry]), _aliyun_thanks)


def _aliyun_receipt(one: Accepted, url: str) -> Post:
    code, words = sms_end(one.address)
    entry = {
        "phone_number": one.address,
        "send_time": stamp(one.at),
        "report_time": stamp(one.at),
        "success": code == "DELIVERED",
        "err_code": code,
        "err_msg": words,
        "sms_size": "1",
        "biz_id": one.provider_id,
        "out_id": one.key,
    }
    return Post(url, json.dumps([entry], ensure_ascii=False), _aliyun_thanks)


def _tencent_receipt(one: Accepted, url: str) -> Post:
    failed = one.address[-4:] in _ALIYUN_ENDS
    entry = {
        "user_receive_time": stamp(one.at),
        "nationcode": "86",
        "mobile": one.address,
        "report_status": "FAIL" if failed else "SUCCESS",
        "errmsg": "UNDELIV" if failed else "DELIVRD",
        "description": "",
        "sid": one.provider_id,
    }
    return Post(url, json.dumps([entry]), _tencent_thanks)


def _aliyun_thanks(content: bytes) -> bool:
    return _says(content, "code")


def _tencent_thanks(content: bytes) -> bool:
    return _says(content, "result")


def _says(content: bytes, name: str) -> bool:
    try:
        answer = json.loads(content)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get(name) == 0


def stamp(at: float) -> str:
    """As the SMS providers write a moment: 2026-11-21 10:00:00 in China."""
    return local_time(datetime.fromtimestamp(at, UTC)).strftime("%Y-%m-%d %H:%M:%S")


def _xml(fields: dict[str, Any]) -> str:
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            parts.append(f"<{name}>{_xml(one) if isinstance(one, dict) else escape(str(one))}</{name}>")
    return "".join(parts)


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's choice


def _encrypt(xml: str, aes_key: str, appid: str) -> str:
    """AES-256-CBC, PKCS#7 with blocks of 32: 16 random bytes, length, text, appid."""
    key = base64.b64decode(aes_key + "=")
    text = xml.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(text)) + text + appid.encode()
    padding = 32 - len(plain) % 32
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(sealer.update(plain + bytes([padding]) * padding) + sealer.finalize()).decode()
