"""Adding or changing an address on the own page: proven like when subscribing, then agreed to by using it."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from channels.message import Channel
from channels.wechat.client import WeChatError
from channels.wechat.service import make_qr
from core.addresses import MASKS
from core.errors import InputError
from core.vocabulary.fields import Side
from subscribers.consent import has_consent, record_consent
from subscribers.contacts import normalise_address, set_contact
from subscribers.models import Subscriber
from web.cookies import Remembered
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.parts import Parts
from web.passcodes import source_of
from web.portal.binding import tell_bound
from web.portal.consent_text import VERSION, push_text
from web.portal.residents import ResidentDep
from web.portal.scenes import LIFE_SECONDS, find_scanned, open_scene
from web.portal.signup import lift_erasure
from web.portal.subscribe_channels import LABELS, draw_qr
from web.portal.unsubscribe import CHANNELS

router = APIRouter()

ADDRESS = "/mine/address/{channel}"


def begin(request: Request, parts: Parts, resident: Subscriber, channel: str) -> Remembered:
    """What this browser is proving for this subscriber and channel; 404 for a channel that isn't one."""
    if channel not in CHANNELS:
        raise HTTPException(404)
    entry = parts.entries.find(request)
    asked = {"subscriber": resident.id, "channel": channel}
    if entry is not None and asked.items() <= entry.data.items():
        return entry
    return parts.entries.start(asked)


@router.get(ADDRESS)
def show(request: Request, channel: str, resident: ResidentDep, parts: PartsDep) -> Response:
    """Ask for the address, or for its code; for WeChat the QR code."""
    entry = begin(request, parts, resident, channel)
    if channel == Channel.WECHAT and "scene_url" not in entry.data:
        try:
            scene = open_scene(parts.redis)
            entry.data |= {"scene": scene, "scene_url": make_qr(parts.account, scene, LIFE_SECONDS).content}
        except WeChatError:
            return _page(request, parts, entry, "微信暂时连不上，请稍后再试")
    return _page(request, parts, entry)


@router.post(ADDRESS)
def act(
    request: Request,
    channel: str,
    resident: ResidentDep,
    session: SessionDep,
    parts: PartsDep,
    act: Annotated[str, Form()] = "",
    address: Annotated[str, Form(max_length=300)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """`send` a code, `check` it, look whether it was `scan`ned, or begin `again`."""
    entry = begin(request, parts, resident, channel)
    try:
        if act == "send" and channel != Channel.WECHAT:
            normalised = normalise_address(channel, address)
            parts.passcodes.send(entry.digest, Channel(channel), normalised, source_of(request))
            entry.data["address"] = normalised
        elif act == "check" and "address" in entry.data:
            parts.passcodes.check(entry.digest, Channel(channel), entry.data["address"], code)
            return _take(request, session, parts, resident, channel, entry.data["address"])
        elif act == "scan" and (openid := find_scanned(parts.redis, parts.keys, entry.data.get("scene", ""))):
            return _take(request, session, parts, resident, channel, openid)
        elif act == "scan":
            raise InputError("还没有收到扫码，请用微信扫一扫并关注，再点一次")
        else:
            entry.data = {"subscriber": resident.id, "channel": channel}
    except InputError as error:
        return _page(request, parts, entry, error.reason, address)
    answer = RedirectResponse(request.url.path, 303)
    parts.entries.keep(entry)
    parts.entries.hand_out(answer, entry)
    return answer


def _take(
    request: Request, session: Session, parts: Parts, resident: Subscriber, channel: str, address: str
) -> Response:
    now = parts.clock()
    contact = set_contact(session, parts.keys, resident.id, channel, address, verified_at=now)
    lift_erasure(session, channel, contact.blind_index)
    if not has_consent(session, resident.id, channel):
        record_consent(session, resident.id, channel, text_version=VERSION, how="portal", now=now)
    if channel not in resident.channels:
        resident.channels = [*resident.channels, channel]
    answer = RedirectResponse("/mine", 303)
    parts.entries.end(answer, parts.entries.find(request))
    audience = "企业" if resident.kind == Side.ENTERPRISE else "居民"
    answer.background = BackgroundTask(tell_bound, parts, resident.id, audience, Channel(channel), address)
    return answer


def _page(request: Request, parts: Parts, entry: Remembered, error: str = "", typed: str = "") -> Response:
    parts.entries.keep(entry)
    channel, data = entry.data["channel"], entry.data
    answer = render(
        request,
        "portal/mine_address.html",
        422 if error else 200,
        channel=channel,
        name=CHANNELS[channel],
        label=LABELS.get(channel, ("", "", "", "")),
        masked=MASKS[channel](data["address"]) if "address" in data else "",
        picture=draw_qr(data["scene_url"]) if "scene_url" in data else "",
        push_text=push_text([CHANNELS[channel]]),
        error=error,
        typed=typed,
    )
    parts.entries.hand_out(answer, entry)
    return answer
