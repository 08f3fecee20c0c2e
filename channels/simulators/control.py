"""`/_sim/*`: what a test or a person sets and reads in the simulators. JSON in, JSON out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from channels.simulators.inbox import render_inbox
from channels.simulators.opened import open_mail
from channels.simulators.providers import Providers
from channels.simulators.sms_registry import register
from channels.simulators.wechat import Follower
from channels.simulators.world import Fault


def make_control(providers: Providers) -> Starlette:
    """The control plane:

    - `POST reset`
    - `POST followers` `{"openids": […]}` or `{"prefix": "sim-", "count": n}`, with `follows`, `rejects`, `grants`
    - `POST templates` `{"wechat": {id: [field…]}, "notices": {id: [field…]}, "aliyun": {code: text}, "signs": […]}`
    - `POST settings` `{"open", "repeat_answers", "limits", "minute_limits", "per_number_day", "refused", "grey_tries",
      "returns": maildir, "records": {TXT name: value}}`
    - `POST hooks` `{"wechat", "wechat_token", "wechat_aes_key", "aliyun_report", "aliyun_up", "tencent_report", "held",
      "again", "dropped", "retry_seconds"}`; `POST hooks/release` `{"order": "same" | "reverse"}`; `GET hooks`
    - `POST acts` `{"openid", "event": "subscribe" | "unsubscribe" | "SCAN" | "text" …, "fields": {…}}`;
      `POST replies` `{"phone", "text"}`
    - `POST faults` a Fault, or `[]` to clear; `POST delays` `{path: seconds}`; `POST advance` `{"seconds"}`;
      `POST tokens/kill`
    - `GET accepted?channel&address&limit`, `GET counts`, `GET invariants`; `GET inbox?address` is a page to look at
    """
    desk = _Desk(providers)
    posts: dict[str, Callable[[Any], Any]] = {
        "reset": desk.reset,
        "followers": desk.followers,
        "templates": desk.templates,
        "settings": desk.settings,
        "faults": desk.faults,
        "delays": desk.delays,
        "advance": desk.advance,
        "tokens/kill": desk.kill_tokens,
        "hooks": desk.set_hooks,
        "hooks/release": desk.release,
        "acts": desk.act,
        "replies": desk.reply,
    }
    gets: dict[str, Callable[[Any], Any]] = {
        "accepted": desk.accepted,
        "counts": desk.counts,
        "invariants": desk.invariants,
        "hooks": desk.hooks,
    }
    routes = [Route(f"/_sim/{path}", _posted(act), methods=["POST"]) for path, act in posts.items()]
    routes += [Route(f"/_sim/{path}", _asked(act), methods=["GET"]) for path, act in gets.items()]
    routes.append(Route("/_sim/inbox", _inbox(providers), methods=["GET"]))
    return Starlette(routes=routes)


class _Desk:
    """The acts behind the addresses; each takes the JSON body or the query."""

    def __init__(self, providers: Providers) -> None:
        self._p = providers

    def reset(self, _: Any) -> dict[str, Any]:
        self._p.reset()
        return {}

    def followers(self, body: dict[str, Any]) -> dict[str, Any]:
        openids = body.get("openids") or [f"{body['prefix']}{n}" for n in range(body["count"])]
        for openid in openids:
            self._p.wechat.followers[openid] = Follower(
                body.get("follows", True), body.get("rejects", False), dict(body.get("grants", {}))
            )
        return {"followers": len(self._p.wechat.followers)}

    def templates(self, body: dict[str, Any]) -> dict[str, Any]:
        self._p.wechat.templates.update(body.get("wechat", {}))
        self._p.wechat.notices.update(body.get("notices", {}))
        self._p.aliyun.signs.update(body.get("signs", []))
        for code, text in body.get("aliyun", {}).items():
            self._p.aliyun.templates[code] = register(text)
        return {}

    def settings(self, body: dict[str, Any]) -> dict[str, Any]:
        wechat, aliyun = self._p.wechat, self._p.aliyun
        wechat.open = body.get("open", wechat.open)
        wechat.repeat_answers = body.get("repeat_answers", wechat.repeat_answers)
        wechat.limits.update(body.get("limits", {}))
        wechat.minute_limits.update(body.get("minute_limits", {}))
        aliyun.per_number_day = body.get("per_number_day", aliyun.per_number_day)
        aliyun.refused.update(body.get("refused", []))
        self._p.mail.grey_tries = body.get("grey_tries", self._p.mail.grey_tries)
        self._p.mail.records.update(body.get("records", {}))
        if "returns" in body:
            self._p.mail.returns = Path(body["returns"])
        return {}

    def faults(self, body: Any) -> dict[str, Any]:
        if body == []:
            self._p.world.faults.clear()
        else:
            self._p.world.faults.append(Fault(**body))
        return {}

    def delays(self, body: dict[str, float]) -> dict[str, Any]:
        self._p.world.delays = body
        return {}

    def advance(self, body: dict[str, float]) -> dict[str, Any]:
        self._p.world.advance(body["seconds"])
        return {"now": self._p.world.now()}

    def kill_tokens(self, _: Any) -> dict[str, Any]:
        self._p.wechat.kill_tokens()
        return {}

    def set_hooks(self, body: dict[str, Any]) -> dict[str, Any]:
        for name, value in body.items():
            setattr(self._p.callbacks.hooks, name, value)
        return {}

    def release(self, body: dict[str, Any]) -> dict[str, Any]:
        self._p.callbacks.release(body.get("order", "same"))
        return {}

    def hooks(self, _: Any) -> dict[str, Any]:
        callbacks = self._p.callbacks
        called = [
            name
            for name in ("wechat", "aliyun_report", "aliyun_up", "tencent_report")
            if getattr(callbacks.hooks, name)
        ]
        counts = {"waiting": len(callbacks.waiting), "posted": callbacks.posted, "given_up": callbacks.given_up}
        return {"called": called, **counts}

    def act(self, body: dict[str, Any]) -> dict[str, Any]:
        person = self._p.wechat.followers.setdefault(body["openid"], Follower(follows=False))
        if body["event"] in ("subscribe", "unsubscribe"):
            person.follows = body["event"] == "subscribe"
        person.open_window(body["event"], self._p.world.now())
        self._p.callbacks.person_acts(body["openid"], body["event"], body.get("fields", {}))
        return {}

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        self._p.callbacks.person_replies(body["phone"], body["text"])
        return {}

    def accepted(self, query: dict[str, str]) -> list[dict[str, Any]]:
        found = self._p.world.list_accepted(
            query.get("channel", ""), query.get("address", ""), int(query.get("limit", "100"))
        )
        return [{**one, "content": open_mail(one["content"])} if one["channel"] == "mail" else one for one in found]

    def counts(self, _: Any) -> dict[str, Any]:
        return {"accepted": dict(self._p.world.counts), "calls": dict(self._p.world.calls)}

    def invariants(self, _: Any) -> dict[str, int]:
        return self._p.world.invariants()


def _inbox(providers: Providers) -> Callable[[Request], Any]:
    async def answer(request: Request) -> HTMLResponse:
        return HTMLResponse(render_inbox(providers.world, request.query_params.get("address", "")))

    return answer


def _posted(act: Callable[[Any], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> JSONResponse:
        body = await request.body()
        return JSONResponse(act(await request.json() if body else {}))

    return answer


def _asked(act: Callable[[Any], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(act(dict(request.query_params)))

    return answer
