"""The last step: everything once more, the two consents in plain words, and the subscription made, once."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from core.clock import local_date
from core.database import unit_of_work
from core.errors import InputError
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.parts import Parts
from web.portal.catalogue import Wanted, list_policies
from web.portal.consent_text import RECOMMEND, push_text
from web.portal.draft import Draft
from web.portal.facts_form import make_inputs
from web.portal.signup import sign_up
from web.portal.steps import go_to, keep_draft, open_draft, step_page
from web.portal.subscribe import FACTS
from web.portal.unsubscribe import CHANNELS

router = APIRouter()


@router.get("/subscribe/confirm")
def show_confirm(request: Request, parts: PartsDep) -> Response:
    """Everything once more, and the two consents in plain words."""
    _, draft = open_draft(request, parts)
    return _confirm_page(request, parts, draft)


@router.post("/subscribe/confirm")
def take_confirm(
    request: Request, parts: PartsDep, agree: Annotated[str, Form()] = "", recommend: Annotated[str, Form()] = ""
) -> Response:
    """Make the subscription, once however often it is sent."""
    remembered, draft = open_draft(request, parts)
    if remembered is not None and draft.done:
        return go_to("done")
    if remembered is None or not draft.may_open("confirm"):
        return go_to(draft.first_open())
    if not agree:
        return _confirm_page(request, parts, draft, "要收到政策消息，需要您勾选同意")
    with parts.redis.lock(f"signup:{remembered.digest}", timeout=30, blocking_timeout=10):
        remembered, draft = open_draft(request, parts)
        if remembered is None:
            return go_to("who")
        if not draft.done:
            now = parts.clock()
            try:
                with unit_of_work(parts.sessions) as session:
                    made = sign_up(
                        session,
                        parts.keys,
                        parts.facets,
                        draft,
                        recommend=bool(recommend),
                        now=now,
                        today=local_date(now),
                    )
            except InputError as error:
                return _confirm_page(request, parts, draft, error.reason)
            draft = Draft(kind=draft.kind, topics=draft.topics, region=draft.region, done=made.id)
        answer = keep_draft(parts, remembered, draft, RedirectResponse("/subscribe/done", 303))
    parts.residents.hand_out(answer, parts.residents.start({"subscriber": draft.done}))
    return answer


def _confirm_page(request: Request, parts: Parts, draft: Draft, error: str = "") -> Response:
    inputs = make_inputs(FACTS[draft.side], {}, {}, parts.vocabulary) if draft.kind else []
    return step_page(
        request,
        "confirm",
        draft,
        422 if error else 200,
        filled=[one for one in inputs if one.name in draft.facts],
        push_text=push_text([CHANNELS[channel] for channel in draft.verified]),
        recommend_text=RECOMMEND,
        settings=parts.settings,
        channels=CHANNELS,
        error=error,
    )


@router.get("/subscribe/done")
def done(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """What happens next, and what is there already."""
    _, draft = open_draft(request, parts)
    if not draft.done:
        return go_to(draft.first_open())
    today = local_date(parts.clock())
    found = [
        row
        for topic in draft.topics[:3]
        for row in list_policies(session, Wanted(topic=topic, region=draft.region), parts.vocabulary, today).rows[:3]
    ]
    unique = list({row.policy.id: row for row in found}.values())[:5]
    return render(request, "portal/subscribe_done.html", draft=draft, rows=unique)
