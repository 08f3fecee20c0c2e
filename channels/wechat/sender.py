"""Sends template messages and subscription notices of a WeChat service account."""

from dataclasses import replace
from typing import Any

from channels.message import Channel, Message, WeChatContent, WeChatKind
from channels.outcome import Outcome, OutcomeClass
from channels.redact import redact
from channels.wechat.client import ServiceAccount, WeChatError
from channels.wechat.codes import REFUSED, TEMPLATE_FORBIDDEN, UNCERTAIN_RECIPIENT
from channels.wechat.fields import FieldError, fit_fields


class WeChatSender:
    """The sender of one 服务号."""

    channel = Channel.WECHAT
    provider = "wechat"

    def __init__(self, account: ServiceAccount) -> None:
        self._account = account

    def send(self, message: Message) -> Outcome:
        """One notice; sent again with the same key within ten minutes it reaches the follower once."""
        content = message.content
        assert isinstance(content, WeChatContent)  # noqa: S101 - Message has checked it; this tells mypy
        try:
            answer = self._post(message, content)
        except FieldError as error:
            return Outcome(OutcomeClass.CONTENT, code="field", detail=str(error))
        except WeChatError as error:
            outcome = self._refused(error, message, content)
        else:
            outcome = Outcome(OutcomeClass.OK, provider_id=str(answer.get("msgid", "")), code="0")
        return outcome if content.kind is WeChatKind.TEMPLATE else replace(outcome, notice=content.template_id)

    def close(self) -> None:
        """Close the connections."""
        self._account.close()

    def _post(self, message: Message, content: WeChatContent) -> dict[str, Any]:
        body: dict[str, Any] = {
            "touser": message.address,
            "template_id": content.template_id,
            "data": {field: {"value": value} for field, value in fit_fields(content.data).items()},
            "client_msg_id": message.key,
        }
        if content.kind is WeChatKind.TEMPLATE:
            path, link = "message/template/send", "url"
        else:
            path, link = "message/subscribe/bizsend", "page"
        if content.url:
            body[link] = content.url
        answer: dict[str, Any] = self._account.post(path, data=body)
        return answer

    def _refused(self, error: WeChatError, message: Message, content: WeChatContent) -> Outcome:
        cls, detail = error.cls, redact(error.detail, message.address)
        if error.code == str(REFUSED) and content.kind is WeChatKind.ONE_OFF:
            return Outcome(OutcomeClass.WINDOW, code=error.code, detail="一次性订阅的次数已用完")
        if error.code.isdigit() and int(error.code) in UNCERTAIN_RECIPIENT and self._may_follow(message.address):
            cls = OutcomeClass.RECIPIENT_TEMP
        only_this = error.code.isdigit() and int(error.code) in TEMPLATE_FORBIDDEN
        return Outcome(cls, provider_id=error.known_id, code=error.code, detail=detail, personal=only_this)

    def _may_follow(self, openid: str) -> bool:
        """False only when WeChat itself says that this person is no follower."""
        try:
            return bool(self._account.get("user/info", params={"openid": openid, "lang": "zh_CN"}).get("subscribe"))
        except WeChatError as error:
            return not (error.code.isdigit() and int(error.code) in UNCERTAIN_RECIPIENT)
