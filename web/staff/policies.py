"""Policies at the desk: the list, and how they come in."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from core.database import unit_of_work
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting, TargetingState
from matcher.targeting import read_version
from policies.intake.importing import ImportReport, import_paths
from policies.intake.readers import READERS
from policies.intake.storing import Stored
from policies.library import current_version
from policies.models import Policy, PolicyVersion
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.portal.catalogue import best_first, split_words
from web.portal.policy import KINDS, find_shown
from web.staff.audit import record
from web.staff.desk import Desk, DeskDep
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.showing import show
from workers.models import Push

router = APIRouter(route_class=StaffRoute)
PAGE = 25
READ_AT_ONCE = 50
"""As many of an import are read while one waits; the others when they are opened."""
_LONGEST_PASTE = 500_000
State = Literal["", "unread", "draft", "confirmed", "pushed"]
STATES = {"draft": "待确认", "confirmed": "已确认", "pushed": "已推送", "unread": "未读"}


@dataclass(frozen=True, slots=True)
class Row:
    """A policy in the list, with the newest targeting of it."""

    policy: Policy
    targeting: Targeting | None
    state: str


@router.get("/staff/policies")
def policies_page(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    q: Annotated[str, Query(max_length=100)] = "",
    state: State = "",
    kind: str = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    rows = _list(session, parts.vocabulary, " ".join(split_words(q)), state, kind if kind in KINDS else "", page)
    asked = {name: value for name, value in (("q", q), ("state", state), ("kind", kind)) if value}
    return show(
        request,
        member,
        "policies.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        q=q,
        state=state,
        kind=kind,
        page=page,
        states=STATES,
        kinds=KINDS,
        address=lambda number: "/staff/policies?" + urlencode({**asked, "page": number}),
    )


@router.get("/staff/policies/new")
def new_page(request: Request, member: MemberDep) -> Response:
    return show(request, member, "new.html", title="", text="", error="", formats="、".join(READERS))


@router.post("/staff/policies/upload")
def upload(
    request: Request, member: MemberDep, parts: PartsDep, desk: DeskDep, files: list[UploadFile] | None = None
) -> Response:
    """Import the files; the same text again changes nothing."""
    given = [file for file in files or [] if file.filename]
    if not given:
        refused = "请先选择文件"
        return show(request, member, "new.html", 422, title="", text="", error=refused, formats="、".join(READERS))
    with tempfile.TemporaryDirectory(prefix="zhida-upload-") as folder:
        paths = []
        for number, file in enumerate(given):
            place = Path(folder, str(number))
            place.mkdir()
            path = place / _safe_name(file.filename or "")
            path.write_bytes(file.file.read())
            paths.append(path)
        report = import_paths(parts.sessions, paths, parts.clock)
    return _imported(request, member, parts, desk, report)


@router.post("/staff/policies/paste")
def paste(
    request: Request,
    member: MemberDep,
    parts: PartsDep,
    desk: DeskDep,
    title: Annotated[str, Form(max_length=400)] = "",
    text: Annotated[str, Form(max_length=_LONGEST_PASTE)] = "",
) -> Response:
    """Import a text as it was pasted, title and body."""
    title = " ".join(title.split())
    if not title or not text.strip():
        missing = "请填写标题" if not title else "请粘贴正文"
        return show(request, member, "new.html", 422, title=title, text=text, error=missing, formats="、".join(READERS))
    with tempfile.TemporaryDirectory(prefix="zhida-paste-") as folder:
        path = Path(folder, "粘贴的文本.txt")
        path.write_text(f"{title}\n{text}", encoding="utf-8")
        report = import_paths(parts.sessions, [path], parts.clock)
    if report.refused:
        reason = report.refused[0].reason
        return show(request, member, "new.html", 422, title=title, text=text, error=reason, formats="、".join(READERS))
    return _imported(request, member, parts, desk, report)


@router.get("/staff/policies/{policy_id}")
def policy_page(request: Request, policy_id: int, member: MemberDep, session: SessionDep) -> Response:
    """To the newest targeting of a policy; where there is none, what can be done about it."""
    policy = find_shown(session, policy_id)
    targeting = _newest_targeting(session, current_version(session, policy_id).id)
    if targeting is not None:
        return RedirectResponse(f"/staff/targetings/{targeting.id}", 303)
    return show(request, member, "unread.html", policy=policy)


@router.post("/staff/policies/{policy_id}/read")
def read_policy(policy_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep) -> Response:
    """Have the machine read a policy that it hasn't read."""
    version = current_version(session, find_shown(session, policy_id).id)
    session.get_one(PolicyVersion, version.id, with_for_update=True)  # two at once make one draft
    targeting = _newest_targeting(session, version.id)
    if targeting is None:
        named = desk.reading.get()
        targeting = read_version(session, named.reader, named.name, version.id, parts.clock)
        record(session, member.name, "policy.read", f"policy {policy_id}", parts.clock(), reader=named.name)
    return RedirectResponse(f"/staff/targetings/{targeting.id}", 303)


def _imported(request: Request, member: Member, parts: Parts, desk: Desk, report: ImportReport) -> Response:
    """What became of an import; what is new has been read."""
    fresh = [*report.new, *report.changed]
    with unit_of_work(parts.sessions) as session:
        targetings = _read_all(session, parts, desk, fresh[:READ_AT_ONCE])
        counts = {name: len(getattr(report, name)) for name in ("new", "same", "changed", "refused")}
        subject = f"policy {fresh[0].policy_id}" if len(fresh) == 1 else ""
        record(session, member.name, "policy.import", subject, parts.clock(), **counts)
    if len(fresh) == 1 and not report.same and not report.refused:
        return RedirectResponse(f"/staff/targetings/{targetings[fresh[0].version_id]}?new=1", 303)
    return show(request, member, "imported.html", report=report, targetings=targetings)


def _read_all(session: Session, parts: Parts, desk: Desk, fresh: Sequence[Stored]) -> dict[int, int]:
    """Read versions that weren't; the newest targeting of each."""
    named = desk.reading.get() if fresh else None
    found = {}
    for one in fresh:
        assert named is not None  # noqa: S101 - loaded where there is something to read
        targeting = _newest_targeting(session, one.version_id)
        if targeting is None:
            targeting = read_version(session, named.reader, named.name, one.version_id, parts.clock)
        found[one.version_id] = targeting.id
    return found


def _newest_targeting(session: Session, version_id: int) -> Targeting | None:
    newest = select(Targeting).where(Targeting.version_id == version_id).order_by(Targeting.number.desc()).limit(1)
    return session.scalars(newest).first()


def _list(session: Session, vocabulary: Vocabulary, said: str, state: State, kind: str, page: int) -> list[Row]:
    """One page of policies and one more: the newest first, or what answers best to what was said."""
    conditions = [*([Policy.kind == kind] if kind else []), *_in_state(state)]
    if said:
        chosen = best_first(session, said, conditions, page, vocabulary, PAGE).subquery()
        query = select(Policy).join(chosen, chosen.c.id == Policy.id).order_by(chosen.c.place)
    else:
        newest_first = (Policy.published_date.desc().nulls_last(), Policy.id.desc())
        query = select(Policy).where(*conditions).order_by(*newest_first).limit(PAGE + 1).offset((page - 1) * PAGE)
    policies = list(session.scalars(query))
    ids = [policy.id for policy in policies]
    newest = (
        select(PolicyVersion.policy_id, func.max(PolicyVersion.number).label("number"))
        .where(PolicyVersion.policy_id.in_(ids))
        .group_by(PolicyVersion.policy_id)
        .subquery()
    )
    found: dict[int, Targeting] = {}
    rows = session.execute(
        select(PolicyVersion.policy_id, Targeting)
        .join(newest, and_(newest.c.policy_id == PolicyVersion.policy_id, newest.c.number == PolicyVersion.number))
        .join(Targeting, Targeting.version_id == PolicyVersion.id)
        .order_by(Targeting.number)
    )
    for policy_id, targeting in rows:
        found[policy_id] = targeting
    pushed = set(
        session.scalars(select(Push.targeting_id).where(Push.targeting_id.in_([t.id for t in found.values()])))
    )
    return [Row(policy, found.get(policy.id), _state_of(found.get(policy.id), pushed)) for policy in policies]


def _state_of(targeting: Targeting | None, pushed: set[int | None]) -> str:
    if targeting is None:
        return "unread"
    if targeting.id in pushed:
        return "pushed"
    return "draft" if targeting.state == TargetingState.DRAFT else "confirmed"


def _in_state(state: State) -> list[ColumnElement[bool]]:
    """What policies meet of which some version has come so far, and no further."""
    of_policy = (
        select(Targeting.id)
        .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .where(PolicyVersion.policy_id == Policy.id)
    )
    draft = exists(of_policy.where(Targeting.state == TargetingState.DRAFT))
    pushed = exists(of_policy.join(Push, Push.targeting_id == Targeting.id))
    confirmed = exists(of_policy.where(Targeting.state == TargetingState.CONFIRMED))
    match state:
        case "unread":
            return [~exists(of_policy)]
        case "draft":
            return [draft]
        case "confirmed":
            return [confirmed, ~pushed, ~draft]
        case "pushed":
            return [pushed]
    return []


def _safe_name(name: str) -> str:
    """The file's own name, without folders, nothing hidden, not too long."""
    plain = "".join(letter for letter in PurePosixPath(name.replace("\\", "/")).name if letter.isprintable())
    stem, suffix = PurePosixPath(plain).stem.lstrip("."), PurePosixPath(plain).suffix
    if len(suffix) > 10:
        raise Refused(422, "文件名的后缀太长", then="请改名后再上传。")
    return (stem[:60] or "文件") + suffix
