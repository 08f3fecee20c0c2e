"""The portal's front page and the list of policies."""

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from core.clock import local_date
from core.vocabulary.entries import Group, Topic
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.portal.catalogue import Wanted, list_closing, list_policies, split_words
from web.portal.policy import KINDS
from web.portal.wording import suggest_topics

router = APIRouter()

OFTEN = ("小微企业贷款", "稳岗补贴", "高新技术企业", "育儿补贴", "公租房", "退休")
"""Searches offered below the box."""
ON_HOME = 6


@router.get("/")
def home(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """Search, what is new, what closes soon, and the way by topic."""
    today = local_date(parts.clock())
    return render(
        request,
        "portal/home.html",
        newest=list_policies(session, Wanted(), parts.vocabulary, today).rows[:ON_HOME],
        closing=list_closing(session, today, ON_HOME),
        sides=[(side, label, group_topics(parts.vocabulary, side)) for side, label in SIDES],
        often=OFTEN,
    )


SIDES = ((Side.ENTERPRISE, "企业"), (Side.INDIVIDUAL, "个人"))


@router.get("/policies")
def policies(
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    q: str = "",
    topic: str = "",
    audience: Annotated[str, Query(alias="type")] = "",
    region: str = "",
    kind: str = "",
    still_open: Annotated[str, Query(alias="open")] = "",
    page: Annotated[int, Query(ge=1, le=500)] = 1,
) -> Response:
    """Policies by words, topic, type, place and kind. Codes that don't exist are passed over."""
    vocabulary = parts.vocabulary
    wanted = Wanted(
        split_words(q),
        topic if topic in vocabulary.topics else "",
        audience if audience in vocabulary.types else "",
        region if region in vocabulary.regions else "",
        kind if kind in KINDS else "",
        bool(still_open),
        page,
    )
    return render(
        request,
        "portal/policies.html",
        q=q,
        wanted=wanted,
        found=list_policies(session, wanted, vocabulary, local_date(parts.clock())),
        meant=[] if wanted.topic else suggest_topics(q, vocabulary),
        kinds=KINDS,
        provinces=[(r.code, r.name) for r in vocabulary.regions.values() if r.level == 1],
        sides=[(label, vocabulary.list_topics(side)) for side, label in SIDES],
        types=[(t.code, t.name) for t in vocabulary.types.values()],
        address=lambda n: "/policies?" + urlencode(_asked(wanted, q, n)),
    )


def group_topics(vocabulary: Vocabulary, side: Side) -> list[tuple[Group, list[Topic]]]:
    """The topics of one side by stage of life, in the order of the vocabulary."""
    topics: Iterable[Topic] = vocabulary.list_topics(side)
    return [(group, list(members)) for group, members in groupby(topics, key=lambda topic: topic.group)]


def _asked(wanted: Wanted, q: str, page: int) -> dict[str, str | int]:
    """The query of another page of the same list."""
    asked = {"q": q, "topic": wanted.topic, "type": wanted.type, "region": wanted.region, "kind": wanted.kind}
    return {
        **{name: value for name, value in asked.items() if value},
        **({"open": "1"} if wanted.open_only else {}),
        "page": page,
    }
