"""Changing a draft: nobody overwrites what another has changed meanwhile, and a form that comes twice acts once."""

import hashlib
import json
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import on_commit
from matcher.examples import label_of
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from web.parts import Parts
from web.staff.audit import record
from web.staff.member import Member, Refused
from workers.models import Push

_REMEMBERED = 3600
_NOT_KEPT = "已保存的内容都在；您这次的改动没有保存。"


def get_targeting(session: Session, targeting_id: int) -> Targeting:
    """Refused with 404 where there is none."""
    targeting = session.get(Targeting, targeting_id) if 0 < targeting_id < 2**63 else None
    if targeting is None:
        raise Refused(404, "没有这份定向", then="请从“政策”列表进入。")
    return targeting


def documents_of(session: Session, targeting: Targeting) -> tuple[Policy, PolicyVersion]:
    """The policy and the version that a targeting is about."""
    version = session.get_one(PolicyVersion, targeting.version_id)
    return session.get_one(Policy, version.policy_id), version


def find_push(session: Session, targeting_id: int) -> Push | None:
    """The push of a targeting, if it was planned."""
    return session.scalars(select(Push).where(Push.targeting_id == targeting_id).order_by(Push.id.desc())).first()


def stamp_of(targeting: Targeting) -> str:
    """Changes with whatever an editor can change; a form carries that of the page it was on."""
    written = json.dumps([label_of(targeting), targeting.card.get("title"), targeting.state], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def open_draft(request: Request, session: Session, parts: Parts, targeting_id: int, stamp: str) -> Targeting | None:
    """The draft, locked, to be changed by a form that was made for this state of it; None for one that acted already.

    Refused with 409 where somebody has changed or confirmed it since.
    """
    targeting = session.get(Targeting, targeting_id, with_for_update=True)
    if targeting is None:
        raise Refused(404, "没有这份定向", then="请从“政策”列表进入。")
    acted, editor = f"edit:{targeting_id}:{stamp}", f"/staff/targetings/{targeting_id}"
    if stamp == stamp_of(targeting) and targeting.state == TargetingState.DRAFT:
        on_commit(session, lambda: parts.redis.set(acted, request.state.form_digest, ex=_REMEMBERED))
        return targeting
    if parts.redis.get(acted) == request.state.form_digest.encode():
        return None
    if targeting.state != TargetingState.DRAFT:
        then = "如需修改，请打开它并点“另存为新草稿”。"
        raise Refused(409, "这份定向已经确认，不能再直接修改", _NOT_KEPT, then, editor)
    raise Refused(409, kept=_NOT_KEPT, then="请重新打开这份草稿，看过现在的内容后再改。", back=editor)


def keep_change(
    session: Session, targeting: Targeting, values: dict[str, Any], member: Member, now: datetime, act: str
) -> None:
    """Change the draft and write down which parts; unchanged ones aren't mentioned."""
    changed = {name: value for name, value in values.items() if getattr(targeting, name) != value}
    for name, value in changed.items():
        setattr(targeting, name, value)
    session.flush()
    record(session, member.name, act, f"targeting {targeting.id}", now, changed=sorted(changed))


def to_editor(targeting_id: int, was: int | None = None, at: str = "") -> RedirectResponse:
    """Back to the editor; `was` is the audience before the change, `at` the part of the page."""
    query = f"?was={was}" if was is not None else ""
    return RedirectResponse(f"/staff/targetings/{targeting_id}{query}{'#' + at if at else ''}", 303)
