"""What the steps of subscribing share: the draft of this browser, and the way from one step to the next."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from web.cookies import Remembered
from web.pages import render
from web.parts import Parts
from web.portal.draft import STEP_NAMES, STEPS, Draft


async def read_form(request: Request) -> FormData:
    """The form as it was sent."""
    return await request.form()


FormDep = Annotated[FormData, Depends(read_form)]


def open_draft(request: Request, parts: Parts) -> tuple[Remembered | None, Draft]:
    """The draft of this browser; an empty one where there is none."""
    remembered = parts.drafts.find(request)
    return remembered, Draft(**remembered.data) if remembered else Draft()


def keep_draft(parts: Parts, remembered: Remembered | None, draft: Draft, answer: Response) -> Response:
    """Store the draft and hand out its cookie with `answer`."""
    if remembered is None:
        remembered = parts.drafts.start(draft.as_data())
    else:
        remembered.data = draft.as_data()
        parts.drafts.keep(remembered)
    parts.drafts.hand_out(answer, remembered)
    return answer


def go_to(step: str) -> RedirectResponse:
    """On to a step, or to `done`."""
    return RedirectResponse(f"/subscribe/{step}", 303)


def step_page(request: Request, step: str, draft: Draft, status: int = 200, **context: Any) -> Response:
    """The page of a step; one that comes too early leads to the first that is open."""
    if not draft.may_open(step):
        return go_to(draft.first_open())
    shown = {"draft": draft, "steps": STEP_NAMES, "now": STEPS.index(step), **context}
    return render(request, f"portal/subscribe_{step}.html", status, **shown)
