"""What a push of a targeting would do now, for the editor: figures, and some people without their names."""

import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import InputError
from matcher.decision import Act
from matcher.matching import offer_of
from matcher.models import Targeting
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.desk import Desk, DeskDep
from web.staff.editing import get_targeting
from web.staff.figures import figures_of
from web.staff.member import Refused, StaffRoute
from web.staff.preview import explain_people
from web.staff.reach import REASON_LABELS

router = APIRouter(route_class=StaffRoute)


@router.get("/api/targetings/{targeting_id}/preview")
def preview_targeting(targeting_id: int, session: SessionDep, parts: PartsDep, desk: DeskDep) -> dict[str, Any]:
    """Counts of the whole and of each node of the conditions; `nodes` are put to all whom side, type and place leave,
    `only` counts those whom nothing else rules out, `nearly` are some of them."""
    return _preview(session, parts, desk, get_targeting(session, targeting_id))


@router.post("/api/targetings/{targeting_id}/preview")
def preview_conditions(
    targeting_id: int, conditions: Annotated[str, Form()], session: SessionDep, parts: PartsDep, desk: DeskDep
) -> dict[str, Any]:
    """The same with the tree `conditions` (JSON) in the place of the stored one; nothing is kept."""
    try:
        tree = json.loads(conditions)
    except RecursionError:
        raise Refused(422, "conditions：JSON 嵌套过深") from None
    except ValueError:
        raise Refused(422, "conditions：不是有效的 JSON") from None
    return _preview(session, parts, desk, _with_conditions(get_targeting(session, targeting_id), tree))


def _with_conditions(targeting: Targeting, tree: Any) -> Targeting:
    """A copy that no session knows of."""
    columns = {column.key: getattr(targeting, column.key) for column in inspect(Targeting).column_attrs}
    return Targeting(**{**columns, "conditions": tree})


def _preview(session: Session, parts: Parts, desk: Desk, targeting: Targeting) -> dict[str, Any]:
    try:
        offer = offer_of(targeting, parts.vocabulary)
    except InputError as error:
        raise Refused(422, str(error)) from error
    found = desk.audience.preview(offer)
    figures = figures_of(found, offer.demand, parts.vocabulary)
    words = {condition.path: condition.words for condition in figures.conditions}
    people = explain_people(session, targeting, found.sample, parts.vocabulary, local_date(parts.clock()))
    return {
        "targeting": targeting.id,
        "candidates": found.candidates,
        **{act.value: found.acts[act] for act in Act},
        "reasons": [{"code": c, "label": REASON_LABELS[c], "count": n} for c, n in found.codes.items()],
        "nodes": [{**asdict(node), "words": words.get(node.path, "")} for node in found.nodes],
        "types": [asdict(line) for line in figures.types],
        "places": [asdict(line) for line in figures.places],
        "channels": [asdict(line) for line in figures.channels],
        "unreachable": found.unreachable,
        "told_lately": found.overlap,
        "sample": [
            {
                "subscriber": person.subscriber_id,
                "name": person.name,
                "place": person.place,
                "types": person.types,
                "headline": person.answer.headline,
                "label": person.answer.label,
                "reasons": [reason.as_json() for reason in person.answer.reasons],
            }
            for person in people
        ],
    }
