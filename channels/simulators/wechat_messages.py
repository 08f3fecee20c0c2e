"""Template messages, subscription notices and answers at WeChat: fields, grants, windows, repeats known again."""

from typing import Any

from channels.simulators.request import Routes
from channels.simulators.wechat import RefusedError, WeChatSimulator
from channels.simulators.wechat_rules import find_violation

AGAIN = 600
FIRST_NUMBER = 200_000_000


class WeChatMessages:
    """The endpoints `message/template/send`, `message/subscribe/bizsend` and `message/custom/send`."""

    def __init__(self, account: WeChatSimulator) -> None:
        self._account = account
        self.reset()

    def reset(self) -> None:
        """Nothing sent yet."""
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}
        self._before: dict[tuple[str, str], tuple[float, int]] = {}
        self._turned = self._account.world.now()
        self._number = FIRST_NUMBER

    def routes(self) -> Routes:
        """By method and path."""
        authorised = self._account.authorised
        return {
            ("POST", "/cgi-bin/message/template/send"): authorised(self._template),
            ("POST", "/cgi-bin/message/subscribe/bizsend"): authorised(self._bizsend),
            ("POST", "/cgi-bin/message/custom/send"): authorised(self._custom),
            ("GET", "/cgi-bin/template/get_all_private_template"): authorised(self._list),
            ("GET", "/wxaapi/newtmpl/gettemplate"): authorised(self._list_notices),
        }

    def _template(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        account, openid = self._account, str(body.get("touser", ""))
        account.begin("template", openid)
        fields = account.templates.get(str(body.get("template_id")))
        if fields is None:
            raise RefusedError(40037, "invalid template_id")
        if account.get_follower(openid).rejects:
            raise RefusedError(48002, "user reject message")
        _check_fields(fields, body.get("data"))
        number, _fresh = self._take(openid, body, "template")
        account.world.leave("wechat.template", openid)
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    def _bizsend(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        account, openid, template = self._account, str(body.get("touser", "")), str(body.get("template_id"))
        account.begin("bizsend", openid)
        fields = account.notices.get(template)
        if fields is None:
            raise RefusedError(40037, "invalid template_id")
        follower = account.find_follower(openid)
        if follower is None:
            raise RefusedError(40003, "invalid openid")
        left = follower.grants.get(template, 0)
        if not left and self._find_repeated(openid, body) is None:
            raise RefusedError(43101, "user refuse to accept the msg")
        _check_fields(fields, body.get("data"))
        _number, fresh = self._take(openid, body, "bizsend")
        if fresh and left > 0:
            follower.grants[template] = left - 1
        account.world.leave("wechat.bizsend", openid)
        return {"errcode": 0, "errmsg": "ok"}

    def _custom(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """客服消息, only while a window is open."""
        account, openid = self._account, str(body.get("touser", ""))
        account.begin("custom", openid)
        text = str((body.get("text") or {}).get("content") or "")
        if body.get("msgtype") != "text":
            raise RefusedError(40008, "invalid message type")
        if not text or len(text.encode()) > 2048:
            raise RefusedError(45002, "content size out of limit")
        follower = account.get_follower(openid)
        if account.world.now() > follower.answers_until:
            raise RefusedError(45015, "response out of time limit or subscription is canceled")
        if follower.answers_left <= 0:
            raise RefusedError(45047, "out of response count limit")
        follower.answers_left -= 1
        content = {"kind": "custom", "text": text}
        account.world.accept("wechat_answer", "wechat", "", "", openid, content, text, asked_for=True)
        return {"errcode": 0, "errmsg": "ok"}

    def _list(self, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("templates")
        found = self._account.templates.items()
        return {
            "template_list": [{"template_id": name, "title": name, "content": _shown(fields)} for name, fields in found]
        }

    def _list_notices(self, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("templates")
        found = self._account.notices.items()
        shown = [{"priTmplId": name, "title": name, "content": _shown(fields), "type": 2} for name, fields in found]
        return {"errcode": 0, "errmsg": "ok", "data": shown}

    def _find_repeated(self, openid: str, body: dict[str, Any]) -> int | None:
        """The number of the same message sent within ten minutes."""
        key = (openid, str(body.get("client_msg_id") or ""))
        at, number = self._sent.get(key) or self._before.get(key) or (0.0, 0)
        return number if key[1] and number and self._account.world.now() - at < AGAIN else None

    def _take(self, openid: str, body: dict[str, Any], kind: str) -> tuple[int, bool]:
        """The message's number, and whether it is a new message."""
        repeated = self._find_repeated(openid, body)
        if repeated is not None:
            if self._account.repeat_answers == "ok":
                return repeated, False
            raise RefusedError(45065, "clientmsgid exist", msgid=repeated)
        self._number += 1
        self._remember(openid, body)
        content = {
            "kind": kind,
            "template_id": body["template_id"],
            "url": body.get("url") or body.get("page") or "",
            "data": {name: part["value"] for name, part in body["data"].items()},
        }
        key = str(body.get("client_msg_id") or "")
        self._account.world.accept("wechat", "wechat", str(self._number), key, openid, content, repr(content))
        return self._number, True

    def _remember(self, openid: str, body: dict[str, Any]) -> None:
        """In two generations of ten minutes, so that memory does not grow."""
        now = self._account.world.now()
        if now - self._turned >= AGAIN:
            self._before, self._sent, self._turned = self._sent, {}, now
        if body.get("client_msg_id"):
            self._sent[openid, str(body["client_msg_id"])] = (now, self._number)


def _shown(fields: list[str]) -> str:
    return "\n".join(f"{field}:{{{{{field}.DATA}}}}" for field in fields)


def _check_fields(fields: list[str], data: Any) -> None:
    if not isinstance(data, dict):
        raise RefusedError(47003, "argument invalid! data is empty")
    for name in fields:
        value = data.get(name)
        problem = find_violation(name, value.get("value") if isinstance(value, dict) else None)
        if problem:
            raise RefusedError(47003, problem)
