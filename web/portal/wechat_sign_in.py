"""Signing in inside WeChat: WeChat says who it is (网页授权, snsapi_base), no code has to be typed.

Source: developers.weixin.qq.com, page 网页授权.
"""

import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from channels.message import Channel
from channels.registry import make_sign_in
from channels.wechat.client import WeChatError
from core.errors import InputError
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.portal.residents import ENTER, enter_one_of, list_holders

router = APIRouter()
WECHAT = f"{ENTER}/wechat"
BACK = f"{WECHAT}/back"
Given = Annotated[str, Query(max_length=200)]


@router.get(WECHAT)
def leave(parts: PartsDep) -> Response:
    """To WeChat's page; `state` binds the way back to this browser."""
    entry = parts.entries.start({"state": secrets.token_urlsafe(24)})
    base = parts.settings.public_url.rstrip("/")
    answer = RedirectResponse(make_sign_in(parts.settings).address(base + BACK, entry.data["state"]), 303)
    parts.entries.hand_out(answer, entry)
    return answer


@router.get(BACK)
def come_back(request: Request, session: SessionDep, parts: PartsDep, code: Given = "", state: Given = "") -> Response:
    """Whoever has subscribed with this WeChat is in; another is shown the way to subscribe."""
    entry = parts.entries.find(request)
    expected = str(entry.data.get("state", "")) if entry else ""
    if entry is None or not code or not expected or not hmac.compare_digest(expected.encode(), state.encode()):
        return _refuse(request, "登录已失效", "请重新点“用微信登录”。")
    entry.data = {}  # once: neither another code nor this one again
    parts.entries.keep(entry)
    try:
        holders = list_holders(session, parts, Channel.WECHAT, parts.account.sign_in(code))
    except WeChatError:
        return _refuse(request, "微信没有确认您的身份", "请再试一次，或用手机号、邮箱登录。")
    except InputError:
        holders = []
    if not holders:
        return _refuse(
            request, "这个微信还没有订阅", "请先订阅；订阅过的，请用手机号或邮箱登录，再在“我的”里加上微信。", 404
        )
    return enter_one_of(parts, entry, holders)


def _refuse(request: Request, title: str, advice: str, status: int = 400) -> Response:
    return render(request, "portal/wechat_sign_in.html", status, title=title, advice=advice, again=WECHAT)
