"""The rest of a service account: QR codes, menu, web sign-in, quota.

Source: developers.weixin.qq.com, pages 带参数的二维码, 自定义菜单, 网页授权, openApi 管理.
"""

import secrets
from html import escape
from typing import Any
from urllib.parse import urlencode

from channels.simulators.request import Call, Reply, Routes
from channels.simulators.wechat import DAILY, RefusedError, WeChatSimulator

CODE_LIFE = 300
MOST_SECONDS = 2_592_000
_TYPES = {"click": "key", "view": "url"}


class WeChatService:
    """What followers meet outside of messages."""

    def __init__(self, account: WeChatSimulator) -> None:
        self._account = account
        self.reset()

    def reset(self) -> None:
        """No menu, no codes."""
        self.menu: dict[str, Any] | None = None
        self.scenes: dict[str, str] = {}
        self._codes: dict[str, tuple[float, str]] = {}

    def routes(self) -> Routes:
        """By method and path."""
        account = self._account
        return {
            ("POST", "/cgi-bin/qrcode/create"): account.authorised(self._qrcode),
            ("POST", "/cgi-bin/menu/create"): account.authorised(self._menu_create),
            ("GET", "/cgi-bin/menu/get"): account.authorised(self._menu_get),
            ("GET", "/cgi-bin/menu/delete"): account.authorised(self._menu_delete),
            ("POST", "/cgi-bin/openapi/quota/get"): account.authorised(self._quota),
            ("GET", "/connect/oauth2/authorize"): self._authorize,
            ("GET", "/sns/oauth2/access_token"): account.answering(lambda call: self._sign_in(call.query)),
        }

    def _qrcode(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("qrcode")
        scene = str(((body.get("action_info") or {}).get("scene") or {}).get("scene_str") or "")
        if body.get("action_name") not in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE") or not 1 <= len(scene) <= 64:
            raise RefusedError(40053, "invalid action info")
        seconds = int(body.get("expire_seconds", 60))
        if not 1 <= seconds <= MOST_SECONDS:
            raise RefusedError(40053, "invalid expire_seconds")
        ticket = secrets.token_urlsafe(48)
        self.scenes[ticket] = scene
        return {"ticket": ticket, "expire_seconds": seconds, "url": f"http://weixin.qq.com/q/{ticket[:20]}"}

    def _menu_create(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("menu")
        buttons = body.get("button") or []
        if not 1 <= len(buttons) <= 3:
            raise RefusedError(40016, "invalid button size")
        for button in buttons:
            _check_button(button, 4 * 4)
            if len(button.get("sub_button") or []) > 5:
                raise RefusedError(40023, "invalid sub button size")
            for sub in button.get("sub_button") or []:
                _check_button(sub, 8 * 4)
        self.menu = body
        return {"errcode": 0, "errmsg": "ok"}

    def _menu_get(self, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
        if self.menu is None:
            raise RefusedError(46003, "menu no exist")
        return {"menu": self.menu}

    def _menu_delete(self, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
        self.menu = None
        return {"errcode": 0, "errmsg": "ok"}

    def _quota(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.world.enter("wechat.quota")
        apis = {"/cgi-bin/message/template/send": "template", "/cgi-bin/message/mass/sendall": "mass"}
        api = apis.get(str(body.get("cgi_path")))
        if api is None:
            raise RefusedError(76021, "cgi_path not found")
        limit, used = self._account.limits.get(api, DAILY[api]), self._account.used_today(api)
        return {"errcode": 0, "quota": {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}}

    def _authorize(self, call: Call) -> Reply:
        """In WeChat a sheet asks for consent; here a page with somebody to be."""
        query = call.query
        if query.get("appid") != self._account.appid or not query.get("redirect_uri"):
            return Reply(b"invalid appid or redirect_uri", 400, b"text/plain")
        people = [openid for openid, one in self._account.followers.items() if one.follows][:20] or ["sim-demo"]
        links = "".join(f'<li><a href="{escape(self._return(query, one))}">{escape(one)}</a></li>' for one in people)
        head = "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>模拟微信登录</title>"
        page = f"{head}<h1>以谁登录？</h1><ul>{links}</ul>"
        return Reply(page.encode(), 200, b"text/html; charset=utf-8")

    def _return(self, query: dict[str, str], openid: str) -> str:
        code = self.make_code(openid)
        target = query["redirect_uri"]
        joint = "&" if "?" in target else "?"
        return f"{target}{joint}{urlencode({'code': code, 'state': query.get('state', '')})}"

    def make_code(self, openid: str) -> str:
        """A sign-in code as WeChat would append it; for once and for five minutes."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = (self._account.world.now(), openid)
        return code

    def _sign_in(self, query: dict[str, str]) -> dict[str, Any]:
        self._account.check_secret(query.get("appid"), query.get("secret"))
        self._account.begin("sign_in")
        at, openid = self._codes.pop(query.get("code", ""), (0.0, ""))
        if not openid or self._account.world.now() - at > CODE_LIFE:
            raise RefusedError(40029, "invalid code")
        token = secrets.token_urlsafe(48)
        common = {"expires_in": 7200, "refresh_token": token, "scope": "snsapi_base"}
        return {"access_token": token, "openid": openid, **common}


def _check_button(button: dict[str, Any], longest: int) -> None:
    if not button.get("name") or len(str(button["name"]).encode()) > longest:
        raise RefusedError(40018, "invalid button name size")
    if button.get("sub_button"):
        return
    wanted = _TYPES.get(str(button.get("type")))
    if wanted is None or not button.get(wanted):
        raise RefusedError(40017, "invalid button type")
