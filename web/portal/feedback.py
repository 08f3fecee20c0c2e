"""One tap: useful or not, 与我无关, 我的信息不对. Kept as labelled examples for classifier and profile."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlalchemy.dialects.postgresql import insert

from web.dependencies import PartsDep, SessionDep
from web.models import Engagement, EngagementKind
from web.pages import render
from web.portal.policy import find_shown, sent_by

router = APIRouter()

TAPS = (EngagementKind.USEFUL, EngagementKind.USELESS, EngagementKind.NOT_FOR_ME, EngagementKind.WRONG_DATA)


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
    said = insert(Engagement).values(
        kind=kind,
        policy_id=policy.id,
        push_id=sent.push_id if sent else None,
        delivery_id=sent.delivery_id if sent else None,
        subscriber_id=sent.subscriber_id if sent else None,
        detail="",
        at=parts.clock(),
    )
    session.execute(
        said.on_conflict_do_nothing(
            index_elements=["delivery_id", "kind"], index_where=Engagement.delivery_id.is_not(None)
        )
    )
    return render(request, "portal/thanks.html", policy=policy, kind=kind, token=t if sent else "")
