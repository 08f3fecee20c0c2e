"""The state of the channels: gates, what the providers answered in the last hours, what was sent of the quotas."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.outcome import OutcomeClass
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.alarms import OUTCOME_LABELS, Gate, list_gates
from web.staff.member import MemberDep, StaffRoute
from web.staff.quotas import Left, list_quotas
from web.staff.showing import show
from workers.models import WAITING, Attempt, Delivery, DeliveryState
from workers.restraint import start_of_day

router = APIRouter(route_class=StaffRoute)
SPANS = {1: "1 小时", 24: "24 小时", 168: "7 天"}
_GOOD = (OutcomeClass.OK, OutcomeClass.DUP)


@dataclass(frozen=True, slots=True)
class Answers:
    """How often a provider gave one answer on a channel."""

    channel: str
    provider: str
    label: str
    good: bool
    count: int
    codes: str


@dataclass(slots=True)
class Load:
    """A channel: its provider account and rate, what went out today, what waits and what came back."""

    gate: Gate
    rate: float
    today: int = 0
    waiting: int = 0
    unclear: int = 0
    answers: list[Answers] = field(default_factory=list)
    quotas: list[Left] = field(default_factory=list)


@router.get("/staff/channels")
def channels_page(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    hours: Annotated[int, Query(ge=1, le=168)] = 24,
) -> Response:
    hours = hours if hours in SPANS else 24
    now = parts.clock()
    loads, away = _loads(session, parts, now)
    for answers in _answers(session, now - timedelta(hours=hours)):
        if answers.channel in loads:
            loads[answers.channel].answers.append(answers)
    if Channel.WECHAT in loads:
        loads[Channel.WECHAT].quotas = list_quotas(parts)
    return show(request, member, "channels.html", loads=loads.values(), away=away, hours=hours, spans=SPANS.items())


def _loads(session: Session, parts: Parts, now: datetime) -> tuple[dict[str, Load], bool]:
    """The channels, and whether Redis is away (then no gate is known)."""
    try:
        gates, away = list_gates(parts.redis, parts.senders, now), False
    except RedisError:
        gates, away = [Gate(channel, sender.provider, "") for channel, sender in parts.senders.items()], True
    rates, usual = parts.settings.send_rates, parts.settings.send_rate
    loads = {gate.channel: Load(gate, rates.get(gate.provider, usual)) for gate in gates}
    today = (
        select(Attempt.channel, func.count())
        .where(Attempt.at >= start_of_day(now), Attempt.outcome.in_(_GOOD))
        .group_by(Attempt.channel)
    )
    for channel, count in session.execute(today):
        loads[channel].today = count
    waiting = (
        select(Delivery.channel, Delivery.state, func.count())
        .where(Delivery.state.in_([*WAITING, DeliveryState.UNKNOWN]))
        .group_by(Delivery.channel, Delivery.state)
    )
    for channel, state, count in session.execute(waiting):
        if state == DeliveryState.UNKNOWN:
            loads[channel].unclear += count
        else:
            loads[channel].waiting += count
    return loads, away


def _answers(session: Session, since: datetime) -> list[Answers]:
    """Since then, the most frequent first, with the provider's own codes."""
    codes = func.string_agg(Attempt.code.distinct(), "、").filter(Attempt.code != "")
    rows = session.execute(
        select(Attempt.channel, Attempt.provider, Attempt.outcome, func.count(), codes)
        .where(Attempt.at >= since)
        .group_by(Attempt.channel, Attempt.provider, Attempt.outcome)
        .order_by(func.count().desc())
    )
    return [
        Answers(channel, provider, OUTCOME_LABELS[OutcomeClass(cls)], OutcomeClass(cls) in _GOOD, count, said or "")
        for channel, provider, cls, count, said in rows
    ]
