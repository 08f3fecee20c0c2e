"""What the law gives a subscriber: to know why, a copy of everything, and its end (个人信息保护法 24, 44, 45, 47)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.orm import Session

from core.clock import local_date
from matcher.answers import Answer, explain_decision
from matcher.models import Targeting
from matcher.targeting import find_confirmed
from policies.library import LARGEST_ID, current_version
from policies.models import Policy
from policies.search.words import normal
from subscribers.models import Subscriber
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.parts import Parts
from web.portal import leaving
from web.portal.catalogue import Wanted, list_policies, split_words
from web.portal.residents import ResidentDep

router = APIRouter()
MEANT = 8
"""So many policies are offered where it isn't clear which one is meant."""


@router.get("/mine/why")
def why(request: Request, resident: ResidentDep, session: SessionDep, parts: PartsDep, q: str = "") -> Response:
    """Why a policy was or wasn't sent to me."""
    error, answer = "", None
    meant = _list_meant(session, parts, q.strip()) if q.strip() else []
    policy = _only(meant, q.strip())
    if policy is not None:
        answer = _answer(session, parts, policy, resident)
        error = "" if answer else "这份政策还没有经过核对，没有推送给任何人"
    elif q and not meant:
        error = f"没有找到“{q[:50]}”，请换个说法，或填完整的文号"
    context = {"error": error, "policy": policy, "answer": answer, "meant": meant if policy is None else []}
    return render(request, "portal/why.html", 200, q=q, **context)


@router.get("/mine/export")
def export_all(resident: ResidentDep, session: SessionDep, parts: PartsDep) -> Response:
    """A copy of everything that we store (个人信息保护法 45)."""
    return JSONResponse(
        leaving.export_all(session, parts.keys, resident.id),
        headers={"content-disposition": 'attachment; filename="zhida-my-data.json"'},
    )


@router.get("/mine/erase")
def ask_erase(request: Request, resident: ResidentDep) -> Response:
    """What erasing means, before it is done."""
    return render(request, "portal/erase.html", error="")


@router.post("/mine/erase")
def do_erase(
    request: Request, resident: ResidentDep, session: SessionDep, parts: PartsDep, sure: Annotated[str, Form()] = ""
) -> Response:
    """Erase (个人信息保护法 47)."""
    if not sure:
        return render(request, "portal/erase.html", 422, error="要删除，请先勾选")
    leaving.erase_all(session, resident.id, how="portal", now=parts.clock())
    answer = render(request, "portal/erased.html")
    parts.residents.end(answer, parts.residents.find(request))
    return answer


@router.post("/mine/leave")
def leave(request: Request, parts: PartsDep) -> Response:
    """Sign out."""
    answer = RedirectResponse("/", 303)
    parts.residents.end(answer, parts.residents.find(request))
    return answer


def _list_meant(session: Session, parts: Parts, said: str) -> list[Policy]:
    """The policies that may be meant by an id or by words, the best answer first."""
    if said.isdecimal() and (found := session.get(Policy, int(said)) if int(said) <= LARGEST_ID else None):
        return [found]
    wanted = Wanted(split_words(said))
    if not wanted.words:
        return []
    rows = list_policies(session, wanted, parts.vocabulary, local_date(parts.clock())).rows
    return [row.policy for row in rows[:MEANT]]


def _only(meant: Sequence[Policy], said: str) -> Policy | None:
    """The one that is meant: there is no other, or its title or 文号 is just what was said."""
    if len(meant) == 1:
        return meant[0]
    named = [one for one in meant if normal(said) in (normal(one.title), normal(one.doc_number))]
    return named[0] if len(named) == 1 else None


def _answer(session: Session, parts: Parts, policy: Policy, resident: Subscriber) -> Answer | None:
    targeting: Targeting | None = find_confirmed(session, current_version(session, policy.id).id)
    if targeting is None:
        return None
    return explain_decision(session, targeting, resident, parts.vocabulary, local_date(parts.clock()))
