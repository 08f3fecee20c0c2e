"""The own page: what we know, what we send, what was sent; each thing changed where it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.addresses import MASKS
from core.vocabulary.fields import FIELDS, Side
from matcher.explain import describe_values
from matcher.models import Targeting
from policies.models import Policy, PolicyVersion
from subscribers.consent import has_consent
from subscribers.contacts import open_address
from subscribers.models import Contact, ContactState, Purpose, Subscriber
from subscribers.profiles import SEVERAL, Source, fact_label, list_fact_names
from web.dependencies import PartsDep, SessionDep
from web.models import Engagement, EngagementKind
from web.pages import chinese_date, render
from web.parts import Parts
from web.portal.residents import ResidentDep
from web.portal.unsubscribe import CHANNELS
from workers.habits import wants_digest_by_sms
from workers.models import Delivery, DeliveryState, Push, PushKind

router = APIRouter()

HISTORY = 20
SOURCES = {Source.SELF: "您填的", Source.REGISTRY: "登记机关", Source.STAFF: "工作人员"}
SENT = {
    DeliveryState.PLANNED: "待发送",
    DeliveryState.SENDING: "发送中",
    DeliveryState.RETRY: "稍后发送",
    DeliveryState.ACCEPTED: "已发出",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.FAILED: "没有送到",
    DeliveryState.SUPPRESSED: "没有发送",
    DeliveryState.UNKNOWN: "等待确认",
    DeliveryState.EXPIRED: "过期未发",
}

BUNDLES = {
    PushKind.DIGEST: "政策月报",
    PushKind.REMINDER: "截止提醒",
    PushKind.CHANGE: "政策变动通知",
    PushKind.WELCOME: "适合您的政策",
}
SAID = {EngagementKind.NOT_FOR_ME: "与我无关", EngagementKind.WRONG_DATA: "我的信息不对"}
"""What can be said of a message in one tap."""


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that we store, in words, with who said it and since when."""

    label: str
    words: str
    source: str
    since: str


@dataclass(frozen=True, slots=True)
class Past:
    """Something that was sent, or held back. `said`: what the subscriber said of it."""

    delivery_id: int
    title: str
    policy: Policy | None
    channel: str
    state: str
    detail: str
    reasons: list[Any]
    at: datetime
    said: list[str]


@router.get("/mine")
def show(request: Request, resident: ResidentDep, session: SessionDep, parts: PartsDep) -> Response:
    """Everything at a glance."""
    return render(
        request,
        "portal/mine.html",
        me=resident,
        facts=_known(resident, parts),
        contacts=_contacts(session, resident, parts),
        recommend=has_consent(session, resident.id, purpose=Purpose.RECOMMEND),
        digest_by_sms=wants_digest_by_sms(session, resident.id),
        history=_history(session, resident.id),
        channels=CHANNELS,
        settings=parts.settings,
        taps=SAID.items(),
    )


def _known(resident: Subscriber, parts: Parts) -> list[Known]:
    known = []
    for name in list_fact_names(Side(resident.kind)):
        if name not in resident.profile:
            continue
        value = resident.profile[name]
        values = value if isinstance(value, list) else [value]
        words = describe_values(FIELDS[name], values, parts.vocabulary) if name in FIELDS else "、".join(values)
        source, since = resident.provenance.get(name, (Source.SELF, ""))
        known.append(
            Known(fact_label(name), words or ("无" if name in SEVERAL else ""), SOURCES[Source(source)], _day(since))
        )
    return known


def _day(since: str) -> str:
    return chinese_date(date.fromisoformat(since)) if since else ""


def _contacts(session: Session, resident: Subscriber, parts: Parts) -> list[dict[str, Any]]:
    """The addresses, masked, in the order in which they are tried."""
    query = select(Contact).where(Contact.subscriber_id == resident.id)
    rank = {channel: place for place, channel in enumerate(resident.channels)}
    return [
        {
            "channel": contact.channel,
            "masked": MASKS[contact.channel](open_address(parts.keys, resident.id, contact.channel, contact.sealed)),
            "on": contact.consented,
            "verified": contact.state == ContactState.VERIFIED,
        }
        for contact in sorted(session.scalars(query), key=lambda one: rank.get(one.channel, 9))
    ]


def _history(session: Session, subscriber_id: int) -> list[Past]:
    query = (
        select(Delivery, Push, Policy)
        .join(Push, Push.id == Delivery.push_id)
        .outerjoin(Targeting, Targeting.id == Push.targeting_id)
        .outerjoin(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .outerjoin(Policy, Policy.id == PolicyVersion.policy_id)
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.updated_at.desc(), Delivery.id.desc())
        .limit(HISTORY)
    )
    rows = session.execute(query).all()
    said = _said(session, [delivery.id for delivery, _, _ in rows])
    return [
        Past(
            delivery.id,
            BUNDLES.get(PushKind(push.kind), "政策消息"),
            policy,
            CHANNELS[delivery.channel],
            SENT[DeliveryState(delivery.state)],
            delivery.detail if delivery.state == DeliveryState.SUPPRESSED else "",
            delivery.reasons,
            delivery.accepted_at or delivery.updated_at,
            [label for kind, label in SAID.items() if (delivery.id, kind) in said],
        )
        for delivery, push, policy in rows
    ]


def _said(session: Session, deliveries: list[int]) -> set[tuple[int | None, str]]:
    query = select(Engagement.delivery_id, Engagement.kind).where(Engagement.delivery_id.in_(deliveries))
    return {(delivery_id, kind) for delivery_id, kind in session.execute(query)}
