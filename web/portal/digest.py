"""The public editions (一月政策): which there are, one of them, and all as a feed."""

from dataclasses import dataclass, field
from functools import lru_cache

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.imprint import imprint_of
from core.errors import UsageError
from core.settings import Settings
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from workers.digest.drafting import find_edition, period_in
from workers.digest.periods import parse_period
from workers.digest.printing import render_pdf
from workers.digest.public import NAMES, Public, make_public
from workers.digest.rendering import render_body, render_feed
from workers.models import Edition, EditionState

router = APIRouter()

IN_FEED = 12
FEED_KEPT = "public, max-age=900"
"""Feed readers come back often; an edition comes once a month."""
PRINTS_KEPT = 8
"""Laying out some hundred policies takes a second or two of one processor."""


@router.get("/digest")
def editions(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """The released editions, the newest first."""
    found = [(one, period_in(one)) for one in list_public(session, parts.settings)]
    return render(request, "portal/digests.html", editions=found, names=NAMES)


# These two before the route with the label, which would take them for one.
@router.get("/digest/feed")
def feed(session: SessionDep, parts: PartsDep) -> Response:
    """RSS 2.0 of the newest editions."""
    base = parts.settings.public_url
    newest = list_public(session, parts.settings)[:IN_FEED]
    shown = [(make_public(session, one, parts.vocabulary, base), one.released_at) for one in newest]
    words = render_feed([(public, at) for public, at in shown if at is not None], base)
    return Response(words, media_type="application/rss+xml", headers={"cache-control": FEED_KEPT})


@router.get("/digest/{label}.pdf")
def printed(label: str, session: SessionDep, parts: PartsDep) -> Response:
    """The same edition as a PDF to be printed."""
    found = _find_public(session, parts.settings, label)
    if found is None:
        raise HTTPException(404)
    name, base = imprint_of(parts.settings).name, parts.settings.public_url
    public = make_public(session, found, parts.vocabulary, base)
    words = _print(_Copy(repr((public, name, base)), public, name, base))
    kept = {"cache-control": FEED_KEPT, "content-disposition": f'inline; filename="zhida-{public.label}.pdf"'}
    return Response(words, media_type="application/pdf", headers=kept)


@router.get("/digest/{label}")
def edition(request: Request, label: str, session: SessionDep, parts: PartsDep) -> Response:
    """The edition of `2026-10`, `2026-W45` or `2026-Q4`; what isn't released or isn't public is not there."""
    found = _find_public(session, parts.settings, label)
    if found is None:
        raise HTTPException(404)
    public = make_public(session, found, parts.vocabulary, "")
    return render(request, "portal/digest.html", public=public, body=render_body(public))


@dataclass(frozen=True, slots=True)
class _Copy:
    """An edition to be printed; the same as another one where all of its `words` are."""

    words: str
    public: Public = field(compare=False)
    publisher: str = field(compare=False)
    base: str = field(compare=False)


@lru_cache(maxsize=PRINTS_KEPT)
def _print(copy: _Copy) -> bytes:
    return render_pdf(copy.public, copy.publisher, copy.base)


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
