"""The own page: what we know, what we send, what was sent; each thing changed where it stands."""

from dataclasses import dataclass
from datetime import datetime
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
from web.pages import render
from web.parts import Parts
from web.portal.residents import ResidentDep
from web.portal.unsubscribe import CHANNELS
from workers.models import Delivery, DeliveryState, Push

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


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that we store, in words, with who said it and since when."""

    label: str
    words: str
    source: str
    since: str


@dataclass(frozen=True, slots=True)
class Past:
    """Something that was sent, or held back."""

    policy: Policy | None
    channel: str
    state: str
    detail: str
    reasons: list[Any]
    at: datetime


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
        history=_history(session, resident.id),
        channels=CHANNELS,
        settings=parts.settings,
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
            Known(fact_label(name), words or ("无" if name in SEVERAL else ""), SOURCES[Source(source)], since)
        )
    return known


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
        select(Delivery, Policy)
        .join(Push, Push.id == Delivery.push_id)
        .outerjoin(Targeting, Targeting.id == Push.targeting_id)
        .outerjoin(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .outerjoin(Policy, Policy.id == PolicyVersion.policy_id)
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.updated_at.desc(), Delivery.id.desc())
        .limit(HISTORY)
    )
    return [
        Past(
            policy,
            CHANNELS[delivery.channel],
            SENT[DeliveryState(delivery.state)],
            delivery.detail if delivery.state == DeliveryState.SUPPRESSED else "",
            delivery.reasons,
            delivery.accepted_at or delivery.updated_at,
        )
        for delivery, policy in session.execute(query)
    ]
