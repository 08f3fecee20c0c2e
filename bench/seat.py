"""Somebody who may see every page that isn't public, and something there to be seen."""

from dataclasses import dataclass

import requests
from fastapi import FastAPI, Response
from lxml import html
from sqlalchemy import update
from sqlalchemy.orm import Session

from bench.library import NOW
from core.database import unit_of_work
from core.errors import ZhidaError
from matcher.models import Targeting, TargetingState
from subscribers.consent import record_consent
from subscribers.contacts import set_contact
from subscribers.models import Subscriber
from web.parts import Parts
from web.staff.accounts import add_account
from web.staff.member import begin
from web.staff.roles import Role
from workers.models import Push, PushState

_PUSHED, _EVERYBODY, _DRAFT = 1, 2, 3
_OF_EVERYBODY = {
    "pushable": True,
    "sides": ["enterprise"],
    "topics": ["E0101"],
    "types": [],
    "region": "000000",
    "opens": None,
    "closes": None,
    "conditions": {"all": [{"field": "years_since_founding", "op": "le", "value": 15, "quote": ""}]},
}


@dataclass(frozen=True, slots=True)
class Seat:
    """Ids: a push under way, the targeting of another one for as many, a draft, and a subscriber."""

    push: int
    everybody: int
    draft: int
    subscriber: int


def take_seat(app: FastAPI, address: str, browser: requests.Session) -> Seat:
    """Have `browser` signed in with every role and as a subscriber, and a push to most people under way."""
    parts: Parts = app.state.parts
    with unit_of_work(parts.sessions) as session:
        session.execute(update(Targeting).where(Targeting.id.in_([_PUSHED, _EVERYBODY])).values(_OF_EVERYBODY))
        session.execute(update(Targeting).where(Targeting.id == _DRAFT).values(state=TargetingState.DRAFT))
        subscriber = _add_subscriber(session, parts)
        account = add_account(session, "bench", "bench-bench-bench", list(Role), NOW)
        cookies = Response()
        parts.residents.hand_out(cookies, parts.residents.start({"subscriber": subscriber}))
        app.state.desk.signed_in.hand_out(cookies, begin(app.state.desk.signed_in, account, NOW))
    for value in cookies.headers.getlist("set-cookie"):
        name, _, rest = value.partition("=")
        browser.cookies.set(name, rest.partition(";")[0])
    push = _plan(address, browser)
    with unit_of_work(parts.sessions) as session:
        session.get_one(Push, push).state = PushState.RUNNING  # as if approved; no worker is there to send anything
    return Seat(push, _EVERYBODY, _DRAFT, subscriber)


def _add_subscriber(session: Session, parts: Parts) -> int:
    one = Subscriber(kind="enterprise", profile={"region": "110108"}, region="110108", topics=["E0101"], created_at=NOW)
    session.add(one)
    session.flush()
    set_contact(session, parts.keys, one.id, "sms", "13800000000", verified_at=NOW)
    record_consent(session, one.id, "sms", text_version="bench", how="portal", now=NOW)
    return one.id


def _plan(address: str, browser: requests.Session) -> int:
    """Preview and plan a push; its id."""
    page = f"{address}/staff/targetings/{_PUSHED}/push"
    shown = html.fromstring(browser.get(page, timeout=300).text)
    csrf = shown.xpath("string(//main//input[@name='csrf']/@value)")
    answer = browser.post(page, data={"csrf": csrf}, timeout=300, allow_redirects=False)
    push = answer.headers.get("location", "").rpartition("/")[2]
    if not push.isdecimal():
        raise ZhidaError(f"推送没有生成，回答是 {answer.status_code}")
    return int(push)
