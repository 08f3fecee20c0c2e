"""WeChat's service-account API as it behaves: one valid token, followers, grants, templates, repeats known again.

Source: developers.weixin.qq.com; the behaviour of tokens from the page of getStableAccessToken.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.simulators.request import Call, Handler, Reply, Routes, json_reply
from channels.simulators.wechat_rules import find_violation
from channels.simulators.world import World
from channels.sources import read_table
from core.clock import SHANGHAI

LIFE, OVERLAP, AGAIN = 7200, 300, 600
FORCED_A_DAY, FORCED_APART = 20, 30
LONG_TERM = -1
"""A grant without an end."""
DAILY = {"token": 2000, "stable_token": 500_000, "template": 100_000, "bizsend": 100_000, "user_info": 5_000_000}


class RefusedError(Exception):
    """WeChat's way to say no: HTTP 200 and an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


@dataclass(slots=True)
class Follower:
    """A person at WeChat. `grants` maps a subscription template to the messages left (LONG_TERM: no end)."""

    follows: bool = True
    rejects: bool = False
    grants: dict[str, int] = field(default_factory=dict)
    spoke_at: float = 0.0
    tags: set[int] = field(default_factory=set)
    mass: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Token:
    value: str
    until: float


class WeChatSimulator:
    """One service account at the platform."""

    def __init__(self, world: World, appid: str, secret: str) -> None:
        self.world = world
        self.appid = appid
        self.secret = secret
        self.reset()

    def reset(self) -> None:
        """A new account with the shipped templates; openids that begin with `sim-` follow it."""
        self.open = True
        self.followers: dict[str, Follower] = {}
        self.templates = {f"TPL-{name.upper()}": list(fields) for name, fields in read_table("wechat.json").items()}
        self.notices: dict[str, list[str]] = {}
        self.limits: dict[str, int] = dict(DAILY)
        self.minute_limits: dict[str, int] = {}
        self.repeat_answers = "ok"
        self._valid: dict[str, float] = {}
        self._tokens: dict[str, _Token] = {}
        self._forced: list[float] = []
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}
        self._used: Counter[tuple[str, int]] = Counter()
        self._number = 200_000_000

    def routes(self) -> Routes:
        """The endpoints by method and path."""
        return {
            ("GET", "/cgi-bin/token"): self._answer(self.token),
            ("POST", "/cgi-bin/stable_token"): self._answer(self.stable_token),
            ("POST", "/cgi-bin/message/template/send"): self._answer(self.template_send),
            ("POST", "/cgi-bin/message/subscribe/bizsend"): self._answer(self.bizsend),
            ("GET", "/cgi-bin/user/info"): self._answer(self.user_info),
        }

    def follow(self, openids: Iterable[str]) -> None:
        """Let these people follow the account."""
        for openid in openids:
            self.followers.setdefault(openid, Follower()).follows = True

    def find_follower(self, openid: str) -> Follower | None:
        """The person with this openid; in an open account every `sim-…` is one."""
        known = self.followers.get(openid)
        if known is None and self.open and openid.startswith("sim-"):
            known = self.followers[openid] = Follower()
        return known

    def kill_tokens(self) -> None:
        """All tokens end now, as after a change of the secret."""
        self._valid.clear()
        self._tokens.clear()

    # Tokens

    def token(self, call: Call) -> dict[str, Any]:
        """GET token: every call makes a new one; the former lives five minutes on."""
        query = call.query
        self._check_secret(query.get("appid"), query.get("secret"))
        self.world.enter("wechat.token")
        self._count("token")
        return self._issue("token", OVERLAP)

    def stable_token(self, call: Call) -> dict[str, Any]:
        """POST stable_token: the same token until five minutes before its end, unless forced."""
        body = _json(call)
        self._check_secret(body.get("appid"), body.get("secret"))
        self.world.enter("wechat.stable_token")
        self._count("stable_token")
        now = self.world.now()
        current = self._tokens.get("stable")
        if body.get("force_refresh"):
            self._forced = [at for at in self._forced if now - at < 86400]
            if len(self._forced) >= FORCED_A_DAY or (self._forced and now - self._forced[-1] < FORCED_APART):
                raise RefusedError(45009, "reach max api daily quota limit")
            self._forced.append(now)
            return self._issue("stable", 0)
        if current and current.until - now > OVERLAP:
            return {"access_token": current.value, "expires_in": int(current.until - now)}
        return self._issue("stable", OVERLAP)

    def _issue(self, kind: str, overlap: float) -> dict[str, Any]:
        now = self.world.now()
        former = self._tokens.get(kind)
        if former:
            self._valid[former.value] = min(former.until, now + overlap)
        fresh = _Token(f"{secrets.token_hex(3)}_{secrets.token_urlsafe(96)}", now + LIFE)
        self._tokens[kind] = fresh
        self._valid[fresh.value] = fresh.until
        return {"access_token": fresh.value, "expires_in": LIFE}

    def _check_secret(self, appid: str | None, secret: str | None) -> None:
        if appid != self.appid:
            raise RefusedError(40013, "invalid appid")
        if secret != self.secret:
            raise RefusedError(40125, "invalid appsecret")

    def check_token(self, call: Call) -> dict[str, str]:
        """The query of a call with a valid token. Raises RefusedError 41001, 40001 or 42001."""
        query = call.query
        token = query.get("access_token")
        if not token:
            raise RefusedError(41001, "access_token missing")
        until = self._valid.get(token)
        if until is None:
            raise RefusedError(40001, "invalid credential, access_token is invalid or not latest")
        if until <= self.world.now():
            raise RefusedError(42001, "access_token expired")
        return query

    # Messages

    def template_send(self, call: Call) -> dict[str, Any]:
        """POST message/template/send."""
        self.check_token(call)
        body = _json(call)
        openid = str(body.get("touser", ""))
        self.world.enter("wechat.template", openid)
        self._count("template")
        fields = self.templates.get(str(body.get("template_id")))
        if fields is None:
            raise RefusedError(40037, "invalid template_id")
        follower = self._follower(openid)
        if follower.rejects:
            raise RefusedError(48002, "user reject message")
        _check_fields(fields, body.get("data"))
        number = self._take(openid, body, "template")
        self.world.leave("wechat.template", openid)
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    def bizsend(self, call: Call) -> dict[str, Any]:
        """POST message/subscribe/bizsend: uses up a one-off grant."""
        self.check_token(call)
        body = _json(call)
        openid, template = str(body.get("touser", "")), str(body.get("template_id"))
        self.world.enter("wechat.bizsend", openid)
        self._count("bizsend")
        fields = self.notices.get(template)
        if fields is None:
            raise RefusedError(40037, "invalid template_id")
        follower = self.find_follower(openid)
        if follower is None:
            raise RefusedError(40003, "invalid openid")
        left = follower.grants.get(template, 0)
        repeated = self._sent.get((openid, str(body.get("client_msg_id") or "")))
        if not left and not repeated:
            raise RefusedError(43101, "user refuse to accept the msg")
        _check_fields(fields, body.get("data"))
        before = self._number
        self._take(openid, body, "bizsend")
        if left > 0 and self._number != before:
            follower.grants[template] = left - 1
        self.world.leave("wechat.bizsend", openid)
        return {"errcode": 0, "errmsg": "ok"}

    def user_info(self, call: Call) -> dict[str, Any]:
        """GET user/info."""
        openid = self.check_token(call).get("openid", "")
        self.world.enter("wechat.user_info", openid)
        self._count("user_info")
        follower = self.find_follower(openid)
        if follower is None:
            raise RefusedError(40003, "invalid openid")
        if not follower.follows:
            return {"subscribe": 0, "openid": openid}
        return {
            "subscribe": 1,
            "openid": openid,
            "nickname": "",
            "language": "zh_CN",
            "tagid_list": sorted(follower.tags),
        }

    def _follower(self, openid: str) -> Follower:
        follower = self.find_follower(openid)
        if follower is None:
            raise RefusedError(40003, "invalid openid")
        if not follower.follows:
            raise RefusedError(43004, "require subscribe")
        return follower

    def _take(self, openid: str, body: dict[str, Any], kind: str) -> int:
        """Accept a message, or know it again by its client_msg_id."""
        key, now = str(body.get("client_msg_id") or ""), self.world.now()
        if key:
            at, number = self._sent.get((openid, key), (0.0, 0))
            if number and now - at < AGAIN:
                if self.repeat_answers == "ok":
                    return number
                raise RefusedError(45065, "clientmsgid exist")
        self._number += 1
        if key:
            self._sent[openid, key] = (now, self._number)
        content = {
            "kind": kind,
            "template_id": body["template_id"],
            "url": body.get("url") or body.get("page") or "",
            "data": {name: part["value"] for name, part in body["data"].items()},
        }
        self.world.accept("wechat", "wechat", str(self._number), key, openid, content, repr(content))
        return self._number

    def _count(self, api: str) -> None:
        """Daily and minute limits. Raises RefusedError 45009 or 45011."""
        now = self.world.now()
        day = datetime.fromtimestamp(now, SHANGHAI).toordinal()
        self._used[api, day] += 1
        if self._used[api, day] > self.limits.get(api, 1 << 60):
            raise RefusedError(45009, "reach max api daily quota limit")
        limit = self.minute_limits.get(api)
        if limit is not None:
            minute = -int(now // 60)
            self._used[api, minute] += 1
            if self._used[api, minute] > limit:
                raise RefusedError(45011, "api minute-quota reach limit, must slower, retry next minute")

    def _answer(self, act: Callable[[Call], dict[str, Any]]) -> Handler:
        def handle(call: Call) -> Reply:
            try:
                return json_reply(act(call))
            except RefusedError as no:
                rid = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
                return json_reply({"errcode": no.errcode, "errmsg": f"{no.errmsg} rid: {rid}"})

        return handle


def _json(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.body)
    except ValueError:
        raise RefusedError(47001, "data format error") from None
    if not isinstance(body, dict):
        raise RefusedError(47001, "data format error")
    if b"\\u" in call.body:
        raise RefusedError(47002, "data must be unescaped utf-8")
    return body


def _check_fields(fields: list[str], data: Any) -> None:
    if not isinstance(data, dict):
        raise RefusedError(47003, "argument invalid! data is empty")
    for name in fields:
        value = data.get(name)
        problem = find_violation(name, value.get("value") if isinstance(value, dict) else None)
        if problem:
            raise RefusedError(47003, problem)
