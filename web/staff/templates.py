"""The wording of messages, changed by staff: looked at with an example, proven, every version kept, undone."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import TemplateError
from sqlalchemy.orm import Session

from channels.compose import make_composer
from channels.examples import example_notice, example_personal
from channels.imprint import imprint_of
from channels.message import Channel, MailContent
from channels.notice import Purpose
from channels.pieces import PIECES, Fields, Piece
from channels.proof import find_problems
from channels.registration import SmsText, list_sms_texts
from channels.sources import Overrides
from channels.wording import LABELS, TITLES
from core.errors import InputError
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.audit import record
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.messages import Shown, show_message
from web.staff.showing import show
from workers.models import TemplateOverride
from workers.rewording import PROVIDERS, list_piece_versions, list_providers, overrides_at, overrides_of, reword, undo

router = APIRouter(route_class=StaffRoute)

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""A mail is shown as it will be, with the styles written into it; nothing in it may run or be loaded."""
NOTHING_NEW = "和现在用的一样，没有保存"


@dataclass(frozen=True, slots=True)
class Card:
    """A message of one channel: how it looks now, and its newest version (None: as shipped)."""

    piece: Piece
    shown: Shown
    version: TemplateOverride | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it stands: the piece's fields, and the codes under which an SMS text is registered."""

    fields: Fields
    codes: dict[str, str]


@router.get("/staff/templates")
def templates_page(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    purpose: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The messages of one purpose on all channels, each with an example."""
    chosen = Purpose(purpose) if purpose in list(Purpose) else Purpose.POLICY
    overrides = overrides_at(session, parts.clock())
    pieces = [PIECES[f"{channel}-{chosen}"] for channel in Channel]
    cards = [
        Card(one, _try(parts, one, overrides), next(iter(list_piece_versions(session, one)), None)) for one in pieces
    ]
    layouts = [piece for piece in PIECES.values() if piece.purpose is None]
    return show(
        request, member, "templates.html", cards=cards, layouts=layouts, purposes=TITLES.items(), chosen=chosen.value
    )


async def read_draft(request: Request) -> Draft:
    """What was typed."""
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str) and len(value) <= 20_000}
    codes = {provider: typed.get(f"code_{provider}", "") for provider in PROVIDERS}
    return Draft({name: value for name, value in typed.items() if name not in ("csrf", "act")}, codes)


DraftDep = Annotated[Draft, Depends(read_draft)]


@router.get("/staff/templates/{slug}")
def template_page(slug: str, request: Request, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    piece = _get(slug)
    return _page(request, member, session, parts, piece, _current(session, parts, piece))


@router.post("/staff/templates/{slug}")
def change_template(
    slug: str,
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    draft: DraftDep,
    act: Annotated[str, Form()] = "preview",
) -> Response:
    """`preview` shows the draft with an example, `save` puts it in force for pushes that are planned from now on."""
    piece = _get(slug)
    overrides = overrides_at(session, parts.clock())
    words = piece.write(draft.fields, overrides)
    if act != "save":
        problems = find_problems(piece.source, words, imprint_of(parts.settings), overrides)
        return _page(request, member, session, parts, piece, draft, problems=problems, tried=True)
    try:
        if piece.read({piece.source: words}) == piece.read(overrides) and draft.codes == _codes(session, piece):
            raise InputError(NOTHING_NEW)
        kept = reword(session, parts.settings, piece.source, words, member.name, parts.clock(), draft.codes)
    except InputError as error:
        return _page(request, member, session, parts, piece, draft, problems=error.reason.split("；"), status=422)
    record(session, member.name, "template.edit", f"template {slug}", parts.clock(), version=kept.version)
    return RedirectResponse(f"/staff/templates/{slug}", 303)


@router.post("/staff/templates/{slug}/restore")
def restore_template(
    slug: str,
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    version: Annotated[int, Form(ge=0, le=1_000_000)],
) -> Response:
    """Back to an earlier version; 0 is the shipped wording."""
    piece = _get(slug)
    try:
        kept = undo(session, parts.settings, piece, version, member.name, parts.clock())
    except InputError as error:
        draft = _current(session, parts, piece)
        return _page(request, member, session, parts, piece, draft, problems=error.reason.split("；"), status=422)
    record(
        session, member.name, "template.restore", f"template {slug}", parts.clock(), to=version, version=kept.version
    )
    return RedirectResponse(f"/staff/templates/{slug}", 303)


@router.get("/staff/templates/{slug}/look")
def look(slug: str, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """The mail with its styles, as mailboxes show it."""
    return _look(parts, _get(slug), overrides_at(session, parts.clock()))


@router.post("/staff/templates/{slug}/look")
def look_at_draft(slug: str, member: MemberDep, session: SessionDep, parts: PartsDep, draft: DraftDep) -> Response:
    """The same of what was typed."""
    piece, overrides = _get(slug), overrides_at(session, parts.clock())
    return _look(parts, piece, {**overrides, piece.source: piece.write(draft.fields, overrides)})


def _get(slug: str) -> Piece:
    piece = PIECES.get(slug)
    if piece is None:
        raise Refused(404, "没有这个模板", then="请从模板页重新打开。")
    return piece


def _current(session: Session, parts: Parts, piece: Piece) -> Draft:
    return Draft(piece.read(overrides_at(session, parts.clock())), _codes(session, piece))


def _codes(session: Session, piece: Piece) -> dict[str, str]:
    """The codes of an SMS text that staff have worded, by provider; empty where there is none."""
    newest = next(iter(list_piece_versions(session, piece)), None)
    known = overrides_of(session, piece, newest.version)[1] if newest else {}
    return {provider: known.get(provider, "") for provider in PROVIDERS}


def _try(parts: Parts, piece: Piece, overrides: Overrides) -> Shown:
    """The example of a piece; a layout is tried with the message of a policy."""
    purpose = piece.purpose or Purpose.POLICY
    personal = example_personal(purpose, imprint_of(parts.settings).link_prefix)
    try:
        return show_message(parts.settings, example_notice(purpose), personal, piece.channel, overrides)
    except (TemplateError, ValueError, KeyError) as error:
        return Shown(piece.channel, "", [], error=f"示例做不出来（{type(error).__name__}）")


def _look(parts: Parts, piece: Piece, overrides: Overrides) -> Response:
    if piece.channel is not Channel.MAIL:
        raise Refused(404, "只有邮件可以这样看")
    imprint, purpose = imprint_of(parts.settings), piece.purpose or Purpose.POLICY
    try:
        composer = make_composer(example_notice(purpose), Channel.MAIL, imprint, overrides)
        mail = composer.fill(example_personal(purpose, imprint.link_prefix))
    except (TemplateError, ValueError, KeyError) as error:
        raise Refused(422, f"示例做不出来：{error}", then="请改正后再看。") from None
    assert isinstance(mail, MailContent)  # noqa: S101 - tells mypy
    return HTMLResponse(mail.html, headers={"content-security-policy": MAIL_POLICY})


def _page(
    request: Request,
    member: Member,
    session: Session,
    parts: Parts,
    piece: Piece,
    draft: Draft,
    *,
    problems: list[str] | None = None,
    tried: bool = False,
    status: int = 200,
) -> Response:
    overrides = overrides_at(session, parts.clock())
    edited = {**overrides, piece.source: piece.write(draft.fields, overrides)}
    return show(
        request,
        member,
        "template.html",
        status,
        piece=piece,
        draft=draft,
        shown=_try(parts, piece, edited),
        problems=problems or [],
        tried=tried,
        versions=list_piece_versions(session, piece),
        providers=list_providers(parts.settings),
        registered=_registered(parts, piece, edited),
        variables=LABELS,
    )


def _registered(parts: Parts, piece: Piece, overrides: Overrides) -> SmsText | None:
    """An SMS in the spelling in which it is to be registered; None while it can't be written so."""
    if piece.channel is not Channel.SMS:
        return None
    try:
        texts = list_sms_texts(imprint_of(parts.settings), overrides)
    except (TemplateError, KeyError):
        return None
    return next(text for text in texts if text.purpose is piece.purpose)
