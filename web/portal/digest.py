"""The public editions (一月政策): which there are, one of them, and all as a feed."""

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import UsageError
from core.settings import Settings
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from workers.digest.drafting import find_edition, period_in
from workers.digest.periods import parse_period
from workers.digest.public import NAMES, make_public
from workers.digest.rendering import render_body, render_feed
from workers.models import Edition, EditionState

router = APIRouter()

IN_FEED = 12
FEED_KEPT = "public, max-age=900"
"""Feed readers come back often; an edition comes once a month."""


@router.get("/digest")
def editions(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """The released editions, the newest first."""
    found = [(one, period_in(one)) for one in list_public(session, parts.settings)]
    return render(request, "portal/digests.html", editions=found, names=NAMES)


# Before the route with the label, which would take it for one.
@router.get("/digest/feed")
def feed(session: SessionDep, parts: PartsDep) -> Response:
    """RSS 2.0 of the newest editions."""
    base = parts.settings.public_url
    newest = list_public(session, parts.settings)[:IN_FEED]
    shown = [(make_public(session, one, parts.vocabulary, base), one.released_at) for one in newest]
    words = render_feed([(public, at) for public, at in shown if at is not None], base)
    return Response(words, media_type="application/rss+xml", headers={"cache-control": FEED_KEPT})


@router.get("/digest/{label}")
def edition(request: Request, label: str, session: SessionDep, parts: PartsDep) -> Response:
    """The edition of `2026-10`, `2026-W45` or `2026-Q4`; what isn't released or isn't public is not there."""
    found = _find_public(session, parts.settings, label)
    if found is None:
        raise HTTPException(404)
    public = make_public(session, found, parts.vocabulary, "")
    return render(request, "portal/digest.html", public=public, body=render_body(public))


def list_public(session: Session, settings: Settings) -> list[Edition]:
    """The released editions of the kinds that come out in public, the newest first."""
    query = select(Edition).where(Edition.state == EditionState.RELEASED, Edition.kind.in_(_kinds(settings)))
    return list(session.scalars(query.order_by(Edition.starts.desc(), Edition.id.desc())))


def _find_public(session: Session, settings: Settings, label: str) -> Edition | None:
    try:
        period = parse_period(label)
    except UsageError:
        return None
    found = find_edition(session, period) if period.kind in _kinds(settings) else None
    return found if found is not None and found.state == EditionState.RELEASED else None


def _kinds(settings: Settings) -> list[str]:
    return [kind for kind, forms in settings.digests.items() if "public" in forms]
