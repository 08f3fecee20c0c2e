"""The fourth step: how messages come. A phone or a mailbox is proven by a code, WeChat by scanning."""

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request, Response
from markupsafe import Markup

from channels.message import Channel
from channels.wechat.client import WeChatError
from channels.wechat.service import make_qr
from core.addresses import MASKS
from core.errors import InputError
from subscribers.contacts import normalise_address
from web.dependencies import PartsDep
from web.parts import Parts
from web.passcodes import CHANNELS as BY_CODE
from web.passcodes import source_of
from web.portal.draft import Draft
from web.portal.scenes import LIFE_SECONDS, find_scanned, open_scene
from web.portal.steps import go_to, keep_draft, open_draft, step_page
from web.portal.unsubscribe import CHANNELS

router = APIRouter()

LABELS = {
    Channel.SMS: ("手机短信", "手机号", "tel", "numeric"),
    Channel.MAIL: ("电子邮件", "电子邮箱", "email", "email"),
}


@router.get("/subscribe/channels")
def show(request: Request, parts: PartsDep) -> Response:
    """Each channel with its state."""
    _, draft = open_draft(request, parts)
    return _page(request, draft)


@router.post("/subscribe/channels")
def act(
    request: Request,
    parts: PartsDep,
    act: Annotated[str, Form()] = "",
    channel: Annotated[str, Form()] = "",
    address: Annotated[str, Form(max_length=300)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """`send` a code, `check` it, `change` the address, look whether WeChat was `scan`ned, or go `on`."""
    remembered, draft = open_draft(request, parts)
    if remembered is None or not draft.may_open("channels"):
        return go_to(draft.first_open())
    error = ""
    try:
        if act == "send" and channel in BY_CODE:
            _send(parts, remembered.digest, draft, Channel(channel), address, source_of(request))
        elif act == "check" and channel in draft.addresses:
            parts.passcodes.check(remembered.digest, Channel(channel), draft.addresses[channel], code)
            draft.verified = list(dict.fromkeys([*draft.verified, channel]))
        elif act == "change" and channel in CHANNELS:
            _forget(draft, channel)
        elif act == "wechat":
            draft.scene = open_scene(parts.redis)
            draft.scene_url = make_qr(parts.account, draft.scene, LIFE_SECONDS).content
        elif act == "scan":
            _look(parts, draft)
        elif draft.verified:
            return keep_draft(parts, remembered, draft, go_to("confirm"))
        else:
            error = "请至少验证一种接收方式"
    except InputError as refused:
        error = refused.reason
    except WeChatError:
        draft.scene = draft.scene_url = ""
        error = "微信暂时连不上，请先用短信或邮件，以后可以在“我的”里补上"
    answer = _page(request, draft, channel if error else "", error, address) if error else go_to("channels")
    return keep_draft(parts, remembered, draft, answer)


def _send(parts: Parts, who: str, draft: Draft, channel: Channel, address: str, source: str) -> None:
    normalised = normalise_address(channel, address)
    parts.passcodes.send(who, channel, normalised, source)
    _forget(draft, channel)
    draft.addresses[channel] = normalised


def _forget(draft: Draft, channel: str) -> None:
    draft.addresses.pop(channel, None)
    draft.verified = [one for one in draft.verified if one != channel]
    if channel == Channel.WECHAT:
        draft.scene = draft.scene_url = ""


def _look(parts: Parts, draft: Draft) -> None:
    openid = find_scanned(parts.redis, parts.keys, draft.scene) if draft.scene else None
    if openid is None:
        raise InputError("还没有收到扫码，请用微信扫一扫并关注，再点一次")
    draft.addresses[Channel.WECHAT] = openid
    draft.verified = list(dict.fromkeys([*draft.verified, Channel.WECHAT.value]))
    draft.scene = draft.scene_url = ""


def _page(request: Request, draft: Draft, channel: str = "", error: str = "", typed: str = "") -> Response:
    return step_page(
        request,
        "channels",
        draft,
        422 if error else 200,
        labels=LABELS,
        masked={one: MASKS[one](address) for one, address in draft.addresses.items()},
        picture=draw_qr(draft.scene_url) if draft.scene_url else "",
        wrong=channel,
        error=error,
        typed=typed,
    )


def draw_qr(content: str) -> Any:
    """The picture as SVG without style or script, marked safe for the template."""
    return Markup(segno.make(content, error="m").svg_inline(scale=6, border=2, dark="#17212b", light="#ffffff"))  # noqa: S704 - drawn here
