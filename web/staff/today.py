"""The first page: what waits for me, what is under way, what is wrong."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from web.dependencies import PartsDep, SessionDep
from web.staff.alarms import list_alarms
from web.staff.member import Member, MemberDep, StaffRoute
from web.staff.progress import progress_of
from web.staff.roles import Role
from web.staff.showing import show
from workers.digest.drafting import period_in
from workers.digest.periods import Period
from workers.digest.public import NAMES
from workers.models import Edition, EditionState, Push, PushState

router = APIRouter(route_class=StaffRoute)
SHOWN = 8


@router.get("/staff")
def today_page(request: Request, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    drafts, count = list_drafts(session) if Role.EDITOR in member.roles else ([], 0)
    return show(
        request,
        member,
        "today.html",
        names=NAMES,
        drafts=drafts,
        draft_count=count,
        waiting=_to_approve(session, member),
        editions=_to_release(session, member),
        alarms=list_alarms(session, parts.redis, parts.senders, parts.clock()),
        **_running(session),
    )


@router.get("/staff/running")
def running(request: Request, member: MemberDep, session: SessionDep) -> Response:
    """The pushes under way, as a part of a page."""
    return show(request, member, "parts/running.html", **_running(session))


def list_drafts(session: Session) -> tuple[list[tuple[Targeting, Policy]], int]:
    """The newest drafts that nobody has confirmed, and how many there are."""
    later = aliased(Targeting)
    newest = ~select(later.id).where(later.version_id == Targeting.version_id, later.number > Targeting.number).exists()
    query = (
        select(Targeting, Policy)
        .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(Targeting.state == TargetingState.DRAFT, newest)
    )
    newest_first = query.order_by(Targeting.pushable.desc(), Targeting.id.desc()).limit(SHOWN)
    rows = session.execute(newest_first.add_columns(func.count().over())).all()
    return [(targeting, policy) for targeting, policy, _ in rows], rows[0][2] if rows else 0


def _to_approve(session: Session, member: Member) -> list[Push]:
    if Role.RELEASER not in member.roles:
        return []
    waiting = select(Push).where(Push.state == PushState.PLANNED, Push.created_by != member.name)
    return list(session.scalars(waiting.order_by(Push.id)))


def _to_release(session: Session, member: Member) -> list[tuple[Edition, Period]]:
    """The drafts of editions, for who words them and who lets them go."""
    if not {Role.EDITOR, Role.RELEASER} & member.roles:
        return []
    drafts = select(Edition).where(Edition.state == EditionState.DRAFT).order_by(Edition.starts.desc()).limit(SHOWN)
    return [(one, period_in(one)) for one in session.scalars(drafts)]


def _running(session: Session) -> dict[str, object]:
    states = (PushState.RUNNING, PushState.PAUSED)
    pushes = list(session.scalars(select(Push).where(Push.state.in_(states)).order_by(Push.id.desc()).limit(20)))
    return {"running": pushes, "progress": progress_of(session, pushes)}
