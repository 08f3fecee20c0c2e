"""The page of a policy: the plain card first, the official text beside it, and for those who come by a message why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy.orm import Session

from core.errors import InputError
from core.privacy import LinkError
from policies.library import Related, current_version, get_policy, list_relations
from policies.models import Policy, PolicyKind, PolicyState, RelationKind
from web.dependencies import PartsDep, SessionDep
from web.models import EngagementKind
from web.pages import render
from web.parts import Parts
from web.portal.deliveries import Sent, find_sent, record_engagement
from web.portal.evidence import Mark, marks_in, marks_of_conditions, paragraphs
from web.portal.guesses import read_guarded
from web.portal.understanding import Understanding, find_understanding

router = APIRouter()

KINDS = {
    PolicyKind.DOCUMENT: "政策文件",
    PolicyKind.INTERPRETATION: "政策解读",
    PolicyKind.GUIDE: "办事指南",
    PolicyKind.CALL: "申报通知",
    PolicyKind.INFOGRAPHIC: "图解",
}
STATES = {
    PolicyState.IN_FORCE: "现行有效",
    PolicyState.AMENDED: "已修改",
    PolicyState.REPEALED: "已废止",
    PolicyState.EXPIRED: "已失效",
}
RELATIONS = {
    (RelationKind.INTERPRETS, True): "解读的政策",
    (RelationKind.INTERPRETS, False): "官方解读",
    (RelationKind.AMENDS, True): "修改了",
    (RelationKind.AMENDS, False): "被它修改",
    (RelationKind.REPEALS, True): "废止了",
    (RelationKind.REPEALS, False): "被它废止",
    (RelationKind.EXTENDS, True): "延长了",
    (RelationKind.EXTENDS, False): "被它延长",
    (RelationKind.ATTACHES, True): "所属文件",
    (RelationKind.ATTACHES, False): "附件",
}

CARD = (
    ("能得到什么", "gains"),
    ("给谁的", "audience"),
    ("要什么条件", "conditions"),
    ("什么时候办", "until"),
    ("去哪儿办", "where"),
    ("带什么材料", "materials"),
    ("问谁", "contact"),
)
"""The lines of the card, in the order in which people ask."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the card: a label and the clauses that answer it, each with its place in the official text."""

    label: str
    clauses: list[Mapping[str, Any]]


@router.get("/p/{policy_id}")
def show_policy(request: Request, policy_id: int, session: SessionDep, parts: PartsDep, t: str = "") -> Response:
    """The policy; `t` is the token of a message and adds why it was sent. A wrong token shows the page without."""
    return policy_page(request, session, parts, find_shown(session, policy_id), sent_by(request, session, parts, t), t)


def find_shown(session: Session, policy_id: int) -> Policy:
    """The policy that may be shown; 404 where there is none."""
    try:
        return get_policy(session, policy_id)
    except InputError as error:
        raise HTTPException(404) from error


def policy_page(
    request: Request, session: Session, parts: Parts, policy: Policy, sent: Sent | None, token: str = ""
) -> Response:
    """The page itself, for readers from the portal and from messages alike."""
    version = current_version(session, policy.id)
    understood = find_understanding(session, version.id)
    if sent is not None:
        record_engagement(session, EngagementKind.OPENED, policy.id, sent, parts.clock())
    return render(
        request,
        "portal/policy.html",
        policy=policy,
        version=version,
        understood=understood,
        summary=(understood.card.get("summary") if understood else None),
        lines=_card(understood.card) if understood else [],
        official=paragraphs(version.text, _marks(understood) if understood else []),
        related=_related(list_relations(session, policy.id)),
        kind=KINDS.get(PolicyKind(policy.kind), ""),
        state=STATES.get(PolicyState(policy.state), ""),
        gone=policy.state in (PolicyState.REPEALED, PolicyState.EXPIRED),
        sent=sent,
        token=token if sent else "",
    )


def sent_by(request: Request, session: Session, parts: Parts, token: str) -> Sent | None:
    """What was delivered with this token; None for a token that says nothing (any more)."""
    if not token:
        return None
    try:
        return find_sent(session, read_guarded(request, parts, token))
    except LinkError:
        return None


def _card(card: Mapping[str, Any]) -> list[Line]:
    return [Line(label, card[name]) for label, name in CARD if card.get(name)]


def _marks(understood: Understanding) -> Iterator[Mark]:
    card = understood.card
    summary = [card["summary"]] if card.get("summary") else []
    yield from marks_in([*summary, *(clause for _, name in CARD for clause in card.get(name, []))])
    yield from marks_of_conditions(understood.conditions)


def _related(found: list[Related]) -> list[tuple[str, Policy]]:
    return [(RELATIONS[RelationKind(one.kind), one.outgoing], one.policy) for one in found]
