"""The service desk: one subscriber at a time, found by an exact address or code; every look is written down."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.addresses import MASKS, normalise_credit_code
from core.clock import local_date
from core.errors import InputError, ZhidaError
from core.privacy import Keys
from core.vocabulary.fields import FIELDS
from matcher.answers import explain_decision, reason_label
from matcher.explain import describe_values
from matcher.targeting import find_confirmed
from policies.library import current_version, find_policy
from subscribers.contacts import list_subscribers_by_address, open_address
from subscribers.models import Consent, Contact, Subscriber
from subscribers.profiles import fact_label
from web.dependencies import PartsDep, SessionDep
from web.pages import chinese_date
from web.parts import Parts
from web.portal.facts_form import as_text
from web.staff.audit import record
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.showing import show
from workers.models import Delivery, Push

router = APIRouter(route_class=StaffRoute)
HOW = {"sms": "手机号", "mail": "电子邮箱", "credit_code": "统一社会信用代码"}
SOURCES = {"self": "本人填写", "registry": "登记数据", "staff": "工作人员"}
GIVEN = {
    "import": "导入",
    "portal": "网页",
    "wechat": "微信",
    "sms_reply": "短信回复",
    "one_click": "邮件一键退订",
    "provider": "服务商通知",
    "staff": "工作人员",
}
PURPOSES = {"push": "接收消息", "recommend": "个性化推荐"}
CONTACT_STATES = {"verified": ("已验证", "good"), "unverified": ("未验证", "warn"), "invalid": ("地址无效", "bad")}
MOST_DELIVERIES = 50
_ORDER = {name: at for at, name in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True)
class Fact:
    """A datum of the profile in words, with where it comes from and since when."""

    label: str
    value: str
    source: str
    day: str


@dataclass(frozen=True, slots=True)
class Address:
    """A contact, masked."""

    channel: str
    masked: str
    state: tuple[str, str]
    consented: bool


@router.get("/staff/people")
def people_page(request: Request, member: MemberDep) -> Response:
    return _search(request, member)


@router.post("/staff/people")
def find_people(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    how: Annotated[str, Form()] = "sms",
    what: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Who has exactly this number, address or code. By form, so that it never stands in an address line or a log."""
    try:
        found = _find(session, parts.keys, how, what)
    except InputError as error:
        return _search(request, member, how=how, what=what, error=error.reason, status=422)
    record(session, member.name, "people.search", "", parts.clock(), how=how, found=len(found))
    if len(found) == 1:
        return RedirectResponse(f"/staff/people/{found[0].id}", 303)
    return _search(request, member, how=how, what=what, found=found, searched=True)


@router.get("/staff/people/{subscriber_id}")
def person_page(
    request: Request, subscriber_id: int, member: MemberDep, session: SessionDep, parts: PartsDep
) -> Response:
    """Everything that the service desk may know of one subscriber."""
    subscriber = _get_subscriber(session, subscriber_id)
    record(session, member.name, "people.look", f"subscriber {subscriber_id}", parts.clock())
    return _person(request, member, session, parts, subscriber)


@router.get("/staff/people/{subscriber_id}/why")
def why(
    request: Request, subscriber_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, policy: str = ""
) -> Response:
    """Why this subscriber got a policy, or didn't: what was decided then, and what the rules say now."""
    subscriber = _get_subscriber(session, subscriber_id)
    try:
        found = find_policy(session, policy)
        targeting = find_confirmed(session, current_version(session, found.id).id)
        if targeting is None:
            raise ZhidaError("这项政策还没有确认定向，没有匹配过任何人")
    except ZhidaError as error:
        return _person(request, member, session, parts, subscriber, asked=policy, error=str(error), status=422)
    answer = explain_decision(session, targeting, subscriber, parts.vocabulary, local_date(parts.clock()))
    subject = f"subscriber {subscriber_id}"
    record(session, member.name, "people.why", subject, parts.clock(), policy=found.id, answer=answer.code)
    then = reason_label(answer.then_reason) if answer.then_reason else ""
    return show(request, member, "why.html", subscriber=subscriber, policy=found, answer=answer, then=then)


def _find(session: Session, keys: Keys, how: str, what: str) -> list[Subscriber]:
    if how == "credit_code":
        index = keys.blind_index("credit_code", normalise_credit_code(what))
        query = select(Subscriber).where(Subscriber.credit_code_index == index)
    elif how in HOW:
        query = select(Subscriber).where(Subscriber.id.in_(list_subscribers_by_address(session, keys, how, what)))
    else:
        raise InputError("请选择按什么查找")
    return list(session.scalars(query.where(Subscriber.erased_at.is_(None)).order_by(Subscriber.id)))


def _search(
    request: Request,
    member: Member,
    *,
    how: str = "sms",
    what: str = "",
    error: str = "",
    found: list[Subscriber] | None = None,
    searched: bool = False,
    status: int = 200,
) -> Response:
    return show(
        request,
        member,
        "people.html",
        status,
        ways=HOW.items(),
        how=how,
        what=what,
        error=error,
        found=found or [],
        searched=searched,
    )


def _person(
    request: Request,
    member: Member,
    session: Session,
    parts: Parts,
    subscriber: Subscriber,
    *,
    asked: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    deliveries = session.execute(
        select(Delivery, Push)
        .join(Push, Push.id == Delivery.push_id)
        .where(Delivery.subscriber_id == subscriber.id)
        .order_by(Delivery.month.desc(), Delivery.id.desc())
        .limit(MOST_DELIVERIES)
    ).all()
    consents = session.scalars(
        select(Consent).where(Consent.subscriber_id == subscriber.id).order_by(Consent.at.desc(), Consent.id.desc())
    ).all()
    return show(
        request,
        member,
        "person.html",
        status,
        subscriber=subscriber,
        facts=list(_facts(parts, subscriber)),
        addresses=_addresses(session, parts.keys, subscriber.id),
        consents=consents,
        deliveries=deliveries,
        asked=asked,
        error=error,
        given=GIVEN,
        purposes=PURPOSES,
    )


def _facts(parts: Parts, subscriber: Subscriber) -> list[Fact]:
    facts = []
    for name, value in sorted(subscriber.profile.items(), key=lambda fact: _ORDER.get(fact[0], -1)):
        source, day = (subscriber.provenance.get(name) or ["", ""])[:2]
        facts.append(Fact(fact_label(name), _words(parts, name, value), SOURCES.get(source, "来源不明"), _day(day)))
    return facts


def _day(since: str) -> str:
    return chinese_date(date.fromisoformat(since)) if since else ""


def _words(parts: Parts, name: str, value: Any) -> str:
    """A stored fact in Chinese."""
    if name not in FIELDS:
        return "、".join(as_text(name, value, parts.vocabulary))
    return describe_values(FIELDS[name], value if isinstance(value, list) else [value], parts.vocabulary)


def _addresses(session: Session, keys: Keys, subscriber_id: int) -> list[Address]:
    contacts = session.scalars(select(Contact).where(Contact.subscriber_id == subscriber_id).order_by(Contact.channel))
    return [
        Address(
            contact.channel,
            MASKS[contact.channel](open_address(keys, subscriber_id, contact.channel, contact.sealed)),
            CONTACT_STATES[contact.state],
            contact.consented,
        )
        for contact in contacts
    ]


def _get_subscriber(session: Session, subscriber_id: int) -> Subscriber:
    subscriber = session.get(Subscriber, subscriber_id) if 0 < subscriber_id < 2**63 else None
    if subscriber is None or subscriber.erased_at is not None:
        raise Refused(404, "没有这个订阅者，或已按本人要求删除", then="请核对后重新查找。")
    return subscriber
