"""Pushes at the desk: planned, looked at, approved by somebody else, followed, held, called off."""

from collections.abc import Callable
from datetime import time
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.notice import Notice, Personal
from core.clock import local_date
from core.database import on_commit
from core.errors import ZhidaError
from core.settings import Settings
from matcher.decision import Act
from matcher.models import DecisionGroup, Targeting, TargetingState
from matcher.targeting import demand_of
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.audit import record
from web.staff.breakdown import breakdown_of, find_breakdown, keep_breakdown
from web.staff.desk import Desk, DeskDep
from web.staff.editing import documents_of, find_push, get_targeting
from web.staff.figures import figures_of
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.messages import sample_personal, show_messages
from web.staff.preview import SAMPLE, explain_people, list_sample
from web.staff.progress import Progress, find_next, list_steps, progress_of
from web.staff.reach import REASON_LABELS, Line, reach_of
from web.staff.roles import Role
from web.staff.showing import show
from workers import plan, steering
from workers.models import DeliveryState, Push, PushState
from workers.notices import policy_notice
from workers.resting import list_resting
from workers.restraint import Restraint
from workers.rewording import overrides_at

router = APIRouter(route_class=StaffRoute)
PAGE = 25
UNDER_WAY = (PushState.RUNNING, PushState.PAUSED)
"""How far a push has come is shown of these in a list: deliveries are many, and those of all pushes too many."""
NOBODY_ALONE = -1
"""An editor's push waits for a releaser, however small."""


@router.get("/staff/pushes")
def pushes_page(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    state: str = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    query = select(Push).order_by(Push.id.desc()).limit(PAGE + 1).offset((page - 1) * PAGE)
    if state in list(PushState):
        query = query.where(Push.state == state)
    found = list(session.scalars(query))
    rows = found[:PAGE]
    progress = progress_of(session, [push for push in rows if push.state in UNDER_WAY])
    return show(
        request, member, "pushes.html", rows=rows, more=len(found) > PAGE, progress=progress, state=state, page=page
    )


@router.get("/staff/targetings/{targeting_id}/push")
def preview_page(
    request: Request, targeting_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep
) -> Response:
    """What a push of this targeting would be; nothing is written."""
    targeting = get_targeting(session, targeting_id)
    if (push := find_push(session, targeting_id)) is not None:
        return RedirectResponse(f"/staff/pushes/{push.id}", 303)
    _demand_confirmed(targeting)
    found = desk.audience.preview_targeting(targeting)
    reach = reach_of(found.codes)
    policy, version = documents_of(session, targeting)
    today = local_date(parts.clock())
    return show(
        request,
        member,
        "push_preview.html",
        targeting=targeting,
        policy=policy,
        reach=reach,
        figures=None,  # shown at length beside
        breakdown=figures_of(found, demand_of(targeting, parts.vocabulary), parts.vocabulary),
        sample=explain_people(session, targeting, found.sample[:SAMPLE], parts.vocabulary, today),
        messages=show_messages(
            parts.settings,
            policy_notice(policy, version, targeting),
            sample_personal(parts.settings, targeting, parts.vocabulary),
            overrides_at(session, parts.clock()),
            found.channels.get(Channel.SMS, 0),
        ),
        needs_other=reach.push > _approve_above(member, parts.settings),
        threshold=parts.settings.approve_above,
    )


@router.post("/staff/targetings/{targeting_id}/push")
def plan_push(
    targeting_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
    urgent: Annotated[str, Form()] = "",
) -> Response:
    """Freeze the audience and write the deliveries; a small one of a releaser begins to run."""
    targeting = get_targeting(session, targeting_id)
    _demand_confirmed(targeting)
    try:
        with session.begin_nested():
            [planned] = plan.plan_pushes(
                session,
                [(targeting, desk.audience.match(targeting))],
                _restraint(parts.settings),
                who=member.name,
                approve_above=_approve_above(member, parts.settings),
                now=parts.clock(),
                urgent=bool(urgent),
                resting=list_resting(parts.redis, parts.senders, parts.clock()),
            )
    except ZhidaError as error:
        if (push := find_push(session, targeting_id)) is not None:  # pressed twice, or by two
            return RedirectResponse(f"/staff/pushes/{push.id}", 303)
        raise Refused(409, str(error)) from error
    push = planned.push
    keep_breakdown(session, push)
    if push.state == PushState.RUNNING:
        _wake(session, desk, push)
    size = push.audience_size
    record(session, member.name, "push.plan", f"push {push.id}", parts.clock(), size=size, state=push.state)
    return RedirectResponse(f"/staff/pushes/{push.id}", 303)


@router.get("/staff/pushes/{push_id}")
def push_page(request: Request, push_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    push = _get_push(session, push_id)
    ids = BitMap.deserialize(push.audience) if push.audience else BitMap()
    targeting = session.get(Targeting, push.targeting_id) if push.targeting_id else None
    today = local_date(parts.clock())
    return show(
        request,
        member,
        "push.html",
        targeting=targeting,
        breakdown=breakdown_of(session, push, parts.vocabulary),
        sample=list_sample(session, targeting, ids, parts.vocabulary, today) if targeting else [],
        held=_held_back(session, push),
        messages=_messages(session, parts, push, targeting),
        may_approve=push.state == PushState.PLANNED and Role.RELEASER in member.roles,
        **_progress(session, push, parts),
    )


@router.get("/staff/pushes/{push_id}/progress")
def progress_part(request: Request, push_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """How far it is, as a part of a page."""
    return show(request, member, "parts/progress.html", **_progress(session, _get_push(session, push_id), parts))


@router.post("/staff/pushes/{push_id}/approve")
def approve(push_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep) -> Response:
    """Let it run. Approving what one has approved already changes nothing."""
    before = session.get(Push, push_id, with_for_update=True) if 0 < push_id < 2**63 else None
    if before is not None and before.approved_by == member.name:
        return RedirectResponse(f"/staff/pushes/{push_id}", 303)

    def act(now_session: Session) -> Push:
        push = plan.approve(now_session, push_id, member.name, parts.clock())
        _wake(now_session, desk, push)
        return push

    return _steer(session, parts, member, push_id, "push.approve", act)


@router.post("/staff/pushes/{push_id}/pause")
def pause(push_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    return _steer(session, parts, member, push_id, "push.pause", lambda s: steering.pause(s, push_id))


@router.post("/staff/pushes/{push_id}/resume")
def resume(push_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep) -> Response:
    def act(now_session: Session) -> Push:
        push = steering.resume(now_session, push_id)
        _wake(now_session, desk, push)
        return push

    return _steer(session, parts, member, push_id, "push.resume", act)


@router.post("/staff/pushes/{push_id}/cancel")
def cancel(push_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    return _steer(session, parts, member, push_id, "push.cancel", lambda s: steering.cancel(s, push_id, parts.clock()))


def _steer(
    session: Session, parts: Parts, member: Member, push_id: int, name: str, act: Callable[[Session], Push]
) -> Response:
    """Do it, write it down, and show the push; where it was so already, only show it."""
    before = _get_push(session, push_id).state
    try:
        push = act(session)
    except ZhidaError as error:
        raise Refused(409, str(error), then="请刷新页面，看现在的状态。") from error
    if push.state != before:
        record(session, member.name, name, f"push {push_id}", parts.clock())
    return RedirectResponse(f"/staff/pushes/{push_id}", 303)


def _get_push(session: Session, push_id: int) -> Push:
    push = session.get(Push, push_id) if 0 < push_id < 2**63 else None
    if push is None:
        raise Refused(404, "没有这个推送", then="请从“推送”列表进入。")
    return push


def _demand_confirmed(targeting: Targeting) -> None:
    if targeting.state != TargetingState.CONFIRMED:
        raise Refused(409, "定向还没有确认，或已被新的定向替代，不能推送", then="请先确认最新的定向。")
    if not targeting.pushable:
        raise Refused(409, "这份文件被判定为不必推送", then="如需推送，请另存为新草稿，勾选“值得推送”后确认。")


def _approve_above(member: Member, settings: Settings) -> int:
    return settings.approve_above if Role.RELEASER in member.roles else NOBODY_ALONE


def _restraint(settings: Settings) -> Restraint:
    return Restraint(
        time.fromisoformat(settings.quiet_start),
        time.fromisoformat(settings.quiet_end),
        settings.daily_cap,
        settings.weekly_cap,
    )


def _wake(session: Session, desk: Desk, push: Push) -> None:
    """Tell the workers once this is stored."""
    channels, push_id, urgent = plan.list_channels(session, push), push.id, push.urgent
    on_commit(session, lambda: desk.wake(push_id, channels, urgent))


def _progress(session: Session, push: Push, parts: Parts) -> dict[str, object]:
    waits = push.state == PushState.PLANNED
    progress = _not_begun(session, push) if waits else progress_of(session, [push])[push.id]
    later = find_next(session, push, parts.clock()) if push.state == PushState.RUNNING else None
    return {"push": push, "progress": progress, "steps": list_steps(session, push, progress), "later": later}


def _not_begun(session: Session, push: Push) -> Progress:
    """Of one that waits for approval all deliveries wait; their number by channel is kept."""
    channels = {
        channel: {DeliveryState.PLANNED.value: n} for channel, n in find_breakdown(session, push).channels.items()
    }
    return Progress(push.audience_size, {DeliveryState.PLANNED.value: push.audience_size}, channels)


def _held_back(session: Session, push: Push) -> list[Line]:
    """Why others who were looked at don't get it now, as it was decided when this was planned."""
    if push.targeting_id is None:
        return []
    last = select(func.max(DecisionGroup.run)).where(DecisionGroup.targeting_id == push.targeting_id).scalar_subquery()
    groups = session.scalars(
        select(DecisionGroup)
        .where(DecisionGroup.targeting_id == push.targeting_id, DecisionGroup.run == last, DecisionGroup.size > 0)
        .where(DecisionGroup.action != Act.PUSH)
        .order_by(DecisionGroup.size.desc())
    )
    return [Line(REASON_LABELS.get(group.reason, group.reason), group.size) for group in groups]


def _messages(session: Session, parts: Parts, push: Push, targeting: Targeting | None) -> list[object]:
    """The messages in the words of when the push was planned; a digest differs from person to person and has none."""
    if targeting is None:
        return []
    personal: Personal = sample_personal(parts.settings, targeting, parts.vocabulary)
    overrides = overrides_at(session, push.planned_at or push.created_at)
    return list(show_messages(parts.settings, Notice.from_json(push.notice), personal, overrides))
