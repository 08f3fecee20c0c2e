"""One tap: done, useful or not, 与我无关, 我的信息不对. Kept as labelled examples for classifier and profile."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from web.dependencies import PartsDep, SessionDep
from web.models import EngagementKind
from web.pages import render
from web.portal.deliveries import record_engagement
from web.portal.policy import find_shown, sent_by

router = APIRouter()

TAPS = frozenset(EngagementKind) - {EngagementKind.OPENED, EngagementKind.CHECKED}


@router.post("/p/{policy_id}/feedback")
def give_feedback(
    request: Request,
    policy_id: int,
    session: SessionDep,
    parts: PartsDep,
    kind: Annotated[str, Form()],
    t: Annotated[str, Form()] = "",
) -> Response:
    """Store one tap; with a message's token it counts once per message."""
    if kind not in TAPS:
        raise HTTPException(422)
    policy = find_shown(session, policy_id)
    sent = sent_by(session, parts, t)
    record_engagement(session, EngagementKind(kind), policy.id, sent, parts.clock())
    return render(request, "portal/thanks.html", policy=policy, kind=kind, token=t if sent else "")
