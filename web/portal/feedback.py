"""One tap: done, useful or not, 与我无关, 我的信息不对. Kept as labelled examples for classifier and profile."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from web.dependencies import PartsDep, SessionDep
from web.models import EngagementKind
from web.pages import render
from web.portal.deliveries import find_sent, record_engagement
from web.portal.policy import find_shown, sent_by
from web.portal.residents import ResidentDep

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
    sent = sent_by(request, session, parts, t)
    record_engagement(session, EngagementKind(kind), policy.id, sent, parts.clock())
    return render(request, "portal/thanks.html", policy=policy, kind=kind, token=t if sent else "")


@router.post("/mine/feedback")
def give_own_feedback(
    resident: ResidentDep,
    session: SessionDep,
    parts: PartsDep,
    delivery: Annotated[int, Form(ge=1, lt=2**63)],
    kind: Annotated[str, Form()],
) -> Response:
    """One tap on a message in the own history; twice counts once."""
    sent = find_sent(session, delivery)
    if kind not in TAPS or sent is None or sent.subscriber_id != resident.id or sent.policy_id is None:
        raise HTTPException(422)
    record_engagement(session, EngagementKind(kind), sent.policy_id, sent, parts.clock())
    return RedirectResponse("/mine#past", 303)
