"""Answers to followers who wrote, followed, scanned or chose: 客服消息, within the window that their act opened.

Source: developers.weixin.qq.com, 客服消息: after a message 5 within 48 hours; after a click, scan or follow 3 within a
minute.
"""

from channels.outcome import Outcome, OutcomeClass
from channels.redact import redact
from channels.wechat.client import ServiceAccount, WeChatError

LONGEST = 600
"""Characters; WeChat takes 2,048 bytes."""


def answer_text(account: ServiceAccount, openid: str, text: str) -> Outcome:
    """Send `text` (addresses in it can be tapped) to a follower. WINDOW when the time or the number is used up."""
    body = {"touser": openid, "msgtype": "text", "text": {"content": text[:LONGEST]}}
    try:
        account.post("message/custom/send", data=body)
    except WeChatError as error:
        return Outcome(error.cls, code=error.code, detail=redact(error.detail, openid))
    return Outcome(OutcomeClass.OK, code="0")
