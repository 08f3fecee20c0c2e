"""A WeChat service account as the platform keeps it: one valid token of each kind, followers, templates, limits.

Source: developers.weixin.qq.com; the behaviour of tokens from the page of getStableAccessToken.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels.simulators.request import Call, Handler, Reply, Routes, json_reply
from channels.simulators.world import World
from channels.sources import read_table
from core.clock import local_date, local_time

LIFE, OVERLAP = 7200, 300
FORCED_A_DAY, FORCED_APART = 20, 30
LONG_TERM = -1
"""A grant without an end."""
DAILY = {
    "token": 2000,
    "stable_token": 500_000,
    "template": 100_000,
    "bizsend": 100_000,
    "user_info": 5_000_000,
    "mass": 100,
    "preview": 100,
    "draft_add": 1000,
    "qrcode": 100_000,
    "menu": 1000,
}


class RefusedError(Exception):
    """WeChat's way to say no: HTTP 200 and an errcode."""

    def __init__(self, errcode: int, errmsg: str, **more: Any) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg
        self.more = more


@dataclass(slots=True)
class Follower:
    """A person at WeChat. `grants` maps a subscription template to the messages left (LONG_TERM: no end)."""

    follows: bool = True
    rejects: bool = False
    grants: dict[str, int] = field(default_factory=dict)
    tags: set[int] = field(default_factory=set)
    mass: Counter[str] = field(default_factory=Counter)
    """Messages to many received, by month."""
    answers_until: float = 0.0
    answers_left: int = 0

    def open_window(self, event: str, now: float) -> None:
        """The person did something: we may answer for a while."""
        if event == "text":
            self.answers_until, self.answers_left = now + 172_800, 5
        elif event in ("subscribe", "SCAN", "CLICK"):
            self.answers_until, self.answers_left = max(self.answers_until, now + 60), max(self.answers_left, 3)


@dataclass(slots=True)
class _Token:
    value: str
    until: float


Act = Callable[[dict[str, str], dict[str, Any]], dict[str, Any]]
"""What an endpoint does with the query and the JSON body."""


class WeChatSimulator:
    """One service account at the platform. The endpoints for messages, jobs and the rest are modules beside this."""

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
        self._used: Counter[tuple[str, int]] = Counter()

    def routes(self) -> Routes:
        """The endpoints of tokens and followers."""
        return {
            ("GET", "/cgi-bin/token"): self.answering(lambda call: self._token(call.query)),
            ("POST", "/cgi-bin/stable_token"): self.answering(lambda call: self._stable_token(read_body(call))),
            ("GET", "/cgi-bin/user/info"): self.authorised(self._user_info),
            ("GET", "/cgi-bin/user/get"): self.authorised(self._user_get),
        }

    def find_follower(self, openid: str) -> Follower | None:
        """The person with this openid; in an open account every `sim-…` is one."""
        known = self.followers.get(openid)
        if known is None and self.open and openid.startswith("sim-"):
            known = self.followers[openid] = Follower()
        return known

    def get_follower(self, openid: str) -> Follower:
        """The follower. Raises RefusedError 40003 for nobody and 43004 for one who left."""
        follower = self.find_follower(openid)
        if follower is None:
            raise RefusedError(40003, "invalid openid")
        if not follower.follows:
            raise RefusedError(43004, "require subscribe")
        return follower

    def kill_tokens(self) -> None:
        """All tokens end now, as after a change of the secret."""
        self._valid.clear()
        self._tokens.clear()

    def begin(self, api: str, recipient: str = "") -> None:
        """Let faults happen, then count the call. Raises InterruptError, RefusedError 45009 or 45011."""
        self.world.enter(f"wechat.{api}", recipient)
        now = self.world.now()
        self._limit(api, local_date(self.moment()).toordinal(), self.limits, 45009, "reach max api daily quota limit")
        reached = "api minute-quota reach limit, must slower, retry next minute"
        self._limit(api, -int(now // 60), self.minute_limits, 45011, reached)

    def moment(self) -> datetime:
        """The simulators' time, aware."""
        return datetime.fromtimestamp(self.world.now(), UTC)

    def month(self) -> str:
        """Such as 2026-11, in China."""
        return local_time(self.moment()).strftime("%Y-%m")

    def used_today(self, api: str) -> int:
        """Calls of `api` since midnight in China."""
        return self._used[api, local_date(self.moment()).toordinal()]

    def authorised(self, act: Act) -> Handler:
        """An endpoint that wants a valid token and, when posted, JSON."""

        def handle(call: Call) -> dict[str, Any]:
            query = self.check_token(call)
            return act(query, read_body(call) if call.method == "POST" else {})

        return self.answering(handle)

    def answering(self, act: Callable[[Call], dict[str, Any]]) -> Handler:
        """An endpoint that answers a refusal in WeChat's way."""

        def handle(call: Call) -> Reply:
            try:
                return json_reply(act(call))
            except RefusedError as no:
                rid = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
                return json_reply({"errcode": no.errcode, "errmsg": f"{no.errmsg} rid: {rid}", **no.more})

        return handle

    def _token(self, query: dict[str, str]) -> dict[str, Any]:
        """Every call makes a new one; the former lives five minutes on."""
        self.check_secret(query.get("appid"), query.get("secret"))
        self.begin("token")
        return self._issue("token", OVERLAP)

    def _stable_token(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same token until five minutes before its end, unless forced."""
        self.check_secret(body.get("appid"), body.get("secret"))
        self.begin("stable_token")
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

    def check_secret(self, appid: str | None, secret: str | None) -> None:
        """Raises RefusedError 40013 or 40125."""
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

    def _limit(self, api: str, period: int, limits: dict[str, int], errcode: int, errmsg: str) -> None:
        self._used[api, period] += 1
        if api in limits and self._used[api, period] > limits[api]:
            raise RefusedError(errcode, errmsg)

    def _user_info(self, query: dict[str, str], _: dict[str, Any]) -> dict[str, Any]:
        openid = query.get("openid", "")
        self.begin("user_info", openid)
        follower = self.find_follower(openid)
        if follower is None:
            raise RefusedError(40003, "invalid openid")
        if not follower.follows:
            return {"subscribe": 0, "openid": openid}
        tags = sorted(follower.tags)
        return {"subscribe": 1, "openid": openid, "nickname": "", "language": "zh_CN", "tagid_list": tags}

    def _user_get(self, query: dict[str, str], _: dict[str, Any]) -> dict[str, Any]:
        """10,000 a page, in the order of the openids."""
        self.begin("user_get")
        everybody = sorted(openid for openid, one in self.followers.items() if one.follows)
        page = [openid for openid in everybody if openid > query.get("next_openid", "")][:10_000]
        data = {"data": {"openid": page}, "next_openid": page[-1]} if page else {"next_openid": ""}
        return {"total": len(everybody), "count": len(page), **data}


def read_body(call: Call) -> dict[str, Any]:
    """The JSON body, in unescaped UTF-8. Raises RefusedError 47001 or 47002."""
    try:
        body = json.loads(call.body)
    except ValueError:
        raise RefusedError(47001, "data format error") from None
    if not isinstance(body, dict):
        raise RefusedError(47001, "data format error")
    if b"\\u" in call.body:
        raise RefusedError(47002, "data must be unescaped utf-8")
    return body
