"""Signing in to the own page: by a code to an address that the subscription knows. No password to forget."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Channel
from core.addresses import MASKS
from core.errors import InputError
from subscribers.contacts import list_subscribers_by_address, normalise_address
from subscribers.models import Contact, ContactState, Subscriber
from web.cookies import Remembered
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.parts import Parts
from web.passcodes import source_of

router = APIRouter()

ENTER = "/mine/enter"


def find_resident(request: Request, session: Session, parts: Parts) -> Subscriber | None:
    """The subscriber who is signed in, or None."""
    remembered = parts.residents.find(request)
    subscriber = session.get(Subscriber, remembered.data["subscriber"]) if remembered else None
    return subscriber if subscriber is not None and subscriber.erased_at is None else None


def get_resident(request: Request, session: SessionDep, parts: PartsDep) -> Subscriber:
    """The subscriber who is signed in; whoever isn't is sent to sign in."""
    subscriber = find_resident(request, session, parts)
    if subscriber is None:
        raise HTTPException(303, headers={"location": ENTER})
    return subscriber


ResidentDep = Annotated[Subscriber, Depends(get_resident)]


@router.get(ENTER)
def show(request: Request, parts: PartsDep) -> Response:
    """Ask for the address, or for the code that went there."""
    return _page(request, parts, parts.entries.find(request))


@router.post(ENTER)
def act(
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    act: Annotated[str, Form()] = "",
    address: Annotated[str, Form(max_length=300)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    subscriber: Annotated[int, Form()] = 0,
) -> Response:
    """`send` a code, `check` it, `choose` among several subscriptions, or begin `again`."""
    entry = parts.entries.find(request)
    try:
        if act == "send":
            return _send(session, parts, address, source_of(request))
        if act == "check" and entry and "address" in entry.data:
            return _check(session, parts, entry, code)
        if act == "choose" and entry and subscriber in entry.data.get("choices", []):
            return _enter(parts, entry, subscriber)
    except InputError as error:
        return _page(request, parts, entry if act == "check" else None, error.reason, address)
    answer = RedirectResponse(ENTER, 303)
    parts.entries.end(answer, entry)
    return answer


def _send(session: Session, parts: Parts, address: str, source: str) -> Response:
    channel = Channel.MAIL if "@" in address else Channel.SMS
    normalised = normalise_address(channel, address)
    entry = parts.entries.start({"channel": channel.value, "address": normalised})
    known = bool(list_holders(session, parts, channel, normalised))
    parts.passcodes.send(entry.digest, channel, normalised, source, known=known)
    answer = RedirectResponse(ENTER, 303)
    parts.entries.hand_out(answer, entry)
    return answer


def _check(session: Session, parts: Parts, entry: Remembered, code: str) -> Response:
    channel, address = Channel(entry.data["channel"]), entry.data["address"]
    parts.passcodes.check(entry.digest, channel, address, code)
    return enter_one_of(parts, entry, list_holders(session, parts, channel, address))


def enter_one_of(parts: Parts, entry: Remembered, holders: list[Subscriber]) -> Response:
    """Sign in the one who has proved to be one of `holders`; of several the page asks which."""
    if len(holders) == 1:
        return _enter(parts, entry, holders[0].id)
    entry.data = {"choices": [one.id for one in holders], "names": [_name(one, parts) for one in holders]}
    parts.entries.keep(entry)
    return RedirectResponse(ENTER, 303)


def _enter(parts: Parts, entry: Remembered, subscriber_id: int) -> Response:
    answer = RedirectResponse("/mine", 303)
    parts.entries.end(answer, entry)
    parts.residents.hand_out(answer, parts.residents.start({"subscriber": subscriber_id}))
    return answer


def list_holders(session: Session, parts: Parts, channel: Channel, address: str) -> list[Subscriber]:
    """Whose verified address this is. Raises InputError for what can't be an address."""
    ids = list_subscribers_by_address(session, parts.keys, channel, address)
    query = (
        select(Subscriber)
        .join(Contact, Contact.subscriber_id == Subscriber.id)
        .where(
            Subscriber.id.in_(ids),
            Subscriber.erased_at.is_(None),
            Contact.channel == channel,
            Contact.state == ContactState.VERIFIED,
        )
        .order_by(Subscriber.id)
    )
    return list(session.scalars(query))


def _name(subscriber: Subscriber, parts: Parts) -> str:
    place = parts.vocabulary.region_name(subscriber.region) if subscriber.region else ""
    return subscriber.name or f"个人 {place}".strip()


def offers_wechat(request: Request, parts: Parts) -> bool:
    """Whether WeChat can say who this is: in its own browser, or where WeChat is simulated."""
    return "MicroMessenger" in request.headers.get("user-agent", "") or not parts.settings.wechat_appid


def _page(request: Request, parts: Parts, entry: Remembered | None, error: str = "", typed: str = "") -> Response:
    data = entry.data if entry else {}
    return render(
        request,
        "portal/enter.html",
        422 if error else 200,
        masked=MASKS[data["channel"]](data["address"]) if "address" in data else "",
        choices=list(zip(data.get("choices", []), data.get("names", []), strict=True)),
        error=error,
        typed=typed,
        by_wechat=offers_wechat(request, parts),
    )
