"""Refusing: GET shows what can be refused and changes nothing (link scanners open links); POST acts, however often.

RFC 8058: mail programs POST `List-Unsubscribe=One-Click` without cookies, login or a person; the answer is a plain 200.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlalchemy.orm import Session

from core.privacy import LinkError
from subscribers.consent import has_consent, withdraw
from subscribers.models import Purpose, Subscriber
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.parts import Parts
from web.portal.deliveries import find_sent
from workers.links import Refusal, read_unsubscribe

router = APIRouter()

CHANNELS = {"wechat": "微信", "sms": "短信", "mail": "邮件"}


@dataclass(frozen=True)
class Offer:
    """What the link's holder may refuse: `topics` are those of the message to which they subscribed."""

    refusal: Refusal
    topics: list[str]
    channel: bool
    everything: bool
    recommended: bool


@router.get("/u/{token}")
def show(request: Request, token: str, session: SessionDep, parts: PartsDep) -> Response:
    """The choices. Nothing is changed."""
    refusal = _read(parts, token)
    return render(request, "portal/unsubscribe.html", offer=_offer(session, refusal), done="", channels=CHANNELS)


@router.post("/u/{token}")
def act(
    request: Request,
    token: str,
    session: SessionDep,
    parts: PartsDep,
    scope: Annotated[str, Form()] = "channel",
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
) -> Response:
    """Refuse: `scope` is topic, channel, recommend or all; one click means the channel. Again changes nothing."""
    refusal = _read(parts, token)
    how = "one_click" if one_click == "One-Click" else "portal"
    offer = _offer(session, refusal)
    if scope == "topic" and not one_click:
        _leave_topics(session, refusal.subscriber_id, offer.topics)
    elif scope == "recommend" and not one_click:
        _stop_recommending(session, parts, refusal.subscriber_id, how)
    elif scope in ("channel", "all") or one_click:
        channels = list(CHANNELS) if scope == "all" and not one_click else [str(refusal.channel)]
        _stop_channels(session, parts, refusal.subscriber_id, channels, how)
        if scope == "all" and not one_click:
            _stop_recommending(session, parts, refusal.subscriber_id, how)
    else:
        raise HTTPException(422)
    session.flush()
    return render(
        request,
        "portal/unsubscribe.html",
        offer=_offer(session, refusal),
        done="channel" if one_click else scope,
        left_topics=offer.topics,
        channels=CHANNELS,
    )


def _read(parts: Parts, token: str) -> Refusal:
    try:
        return read_unsubscribe(parts.keys, token, parts.clock())
    except LinkError as error:
        raise HTTPException(410) from error


def _offer(session: Session, refusal: Refusal) -> Offer:
    """What there is to refuse now; nothing for somebody who is gone."""
    subscriber = session.get(Subscriber, refusal.subscriber_id)
    if subscriber is None or subscriber.erased_at is not None:
        return Offer(refusal, [], channel=False, everything=False, recommended=False)
    sent = find_sent(session, refusal.delivery_id) if refusal.delivery_id else None
    consented = [channel for channel in CHANNELS if has_consent(session, subscriber.id, channel)]
    return Offer(
        refusal,
        [topic for topic in (sent.topics if sent else []) if topic in subscriber.topics],
        channel=str(refusal.channel) in consented,
        everything=bool(consented),
        recommended=has_consent(session, subscriber.id, purpose=Purpose.RECOMMEND),
    )


def _leave_topics(session: Session, subscriber_id: int, topics: list[str]) -> None:
    subscriber = session.get_one(Subscriber, subscriber_id, with_for_update=True)
    subscriber.topics = [topic for topic in subscriber.topics if topic not in topics]


def _stop_channels(session: Session, parts: Parts, subscriber_id: int, channels: list[str], how: str) -> None:
    for channel in channels:
        if has_consent(session, subscriber_id, channel):
            withdraw(session, subscriber_id, channel, how=how, now=parts.clock())


def _stop_recommending(session: Session, parts: Parts, subscriber_id: int, how: str) -> None:
    if has_consent(session, subscriber_id, purpose=Purpose.RECOMMEND):
        withdraw(session, subscriber_id, purpose=Purpose.RECOMMEND, how=how, now=parts.clock())
