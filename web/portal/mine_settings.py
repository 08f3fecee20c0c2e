"""What a subscriber changes: facts, topics, channels, pace, recommendation."""

from datetime import time
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from channels.message import Channel
from core.clock import local_date
from core.vocabulary.fields import Side
from subscribers.consent import has_consent, record_consent, withdraw
from subscribers.models import Contact, Purpose
from subscribers.profiles import Source, list_fact_names, place_of
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.portal.consent_text import VERSION
from web.portal.facts_form import as_text, make_inputs, read_facts
from web.portal.home import SIDES, group_topics
from web.portal.residents import ResidentDep
from web.portal.signup import list_certain_types
from web.portal.steps import FormDep
from workers.habits import ask_digest_by_sms

router = APIRouter()


@router.get("/mine/profile")
def show_profile(request: Request, resident: ResidentDep, parts: PartsDep) -> Response:
    """Every fact that can be stored, to be corrected."""
    names = list_fact_names(Side(resident.kind))
    given = {
        name: as_text(name, resident.profile[name], parts.vocabulary) for name in names if name in resident.profile
    }
    inputs = make_inputs(names, given, {}, parts.vocabulary)
    return render(request, "portal/mine_profile.html", me=resident, inputs=inputs, errors={})


@router.post("/mine/profile")
def save_profile(request: Request, resident: ResidentDep, form: FormDep, parts: PartsDep) -> Response:
    """Store what is right; what is wrong is shown with what was typed, and nothing is stored."""
    side, today = Side(resident.kind), local_date(parts.clock())
    names = list_fact_names(side)
    given = {name: tuple(str(value)[:100] for value in form.getlist(name)) for name in names}
    facts, errors = read_facts(side, given, parts.vocabulary, today)
    if errors:
        inputs = make_inputs(names, given, errors, parts.vocabulary)
        return render(request, "portal/mine_profile.html", 422, me=resident, inputs=inputs, errors=errors)
    said = [Source.SELF.value, today.isoformat()]
    changed = {name for name in facts if resident.profile.get(name) != facts[name]}
    resident.provenance = {name: said if name in changed else resident.provenance.get(name, said) for name in facts}
    resident.profile = facts
    resident.region = place_of(resident.kind, facts)
    resident.types = list_certain_types(resident.kind, facts, parts.facets, today)
    return RedirectResponse("/mine", 303)


@router.get("/mine/topics")
def show_topics(request: Request, resident: ResidentDep, parts: PartsDep, add: str = "") -> Response:
    """All topics, mine ticked, and `add`, which a link brought."""
    sides = [(label, group_topics(parts.vocabulary, side)) for side, label in SIDES]
    if resident.kind == Side.INDIVIDUAL:
        sides.reverse()
    return render(request, "portal/mine_topics.html", chosen=[*resident.topics, add], sides=sides)


@router.post("/mine/topics")
def save_topics(resident: ResidentDep, form: FormDep, parts: PartsDep) -> Response:
    """Store the choice; none at all is a choice too."""
    wanted = dict.fromkeys(str(code) for code in form.getlist("topics"))
    resident.topics = [code for code in wanted if code in parts.vocabulary.topics]
    return RedirectResponse("/mine", 303)


@router.post("/mine/channels")
def save_channels(
    resident: ResidentDep,
    session: SessionDep,
    parts: PartsDep,
    channel: Annotated[str, Form()],
    act: Annotated[str, Form()],
) -> Response:
    """`stop` a channel, `resume` it, or have it `first`."""
    if session.get(Contact, (resident.id, channel)) is None:
        raise HTTPException(422)
    if act == "stop" and has_consent(session, resident.id, channel):
        withdraw(session, resident.id, channel, how="portal", now=parts.clock())
    elif act == "resume" and not has_consent(session, resident.id, channel):
        record_consent(session, resident.id, channel, text_version=VERSION, how="portal", now=parts.clock())
    elif act == "first":
        resident.channels = [channel, *(one for one in resident.channels if one != channel)]
    return RedirectResponse("/mine", 303)


@router.post("/mine/pace")
def save_pace(
    resident: ResidentDep,
    daily: Annotated[int, Form(ge=0, le=20)],
    weekly: Annotated[int, Form(ge=0, le=100)],
    quiet_start: Annotated[time, Form()],
    quiet_end: Annotated[time, Form()],
) -> Response:
    """How many messages, and when none."""
    resident.daily_cap, resident.weekly_cap = daily, weekly
    resident.quiet_start, resident.quiet_end = quiet_start, quiet_end
    return RedirectResponse("/mine", 303)


@router.post("/mine/digest-sms")
def save_digest_by_sms(
    resident: ResidentDep, session: SessionDep, wanted: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """The monthly digest by SMS as well, for who asks for it."""
    if wanted and session.get(Contact, (resident.id, Channel.SMS)) is None:
        raise HTTPException(422)
    ask_digest_by_sms(session, resident.id, bool(wanted))
    return RedirectResponse("/mine", 303)


@router.post("/mine/recommend")
def save_recommend(
    resident: ResidentDep, session: SessionDep, parts: PartsDep, wanted: Annotated[str, Form()] = ""
) -> Response:
    """Personalised recommendation on or off."""
    now = parts.clock()
    held = has_consent(session, resident.id, purpose=Purpose.RECOMMEND)
    if wanted and not held:
        record_consent(session, resident.id, purpose=Purpose.RECOMMEND, text_version=VERSION, how="portal", now=now)
    elif held and not wanted:
        withdraw(session, resident.id, purpose=Purpose.RECOMMEND, how="portal", now=now)
    return RedirectResponse("/mine", 303)
