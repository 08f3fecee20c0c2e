"""The conditions of a draft: acts on the tree by one button each, and a form for one condition."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Field, Kind, Side
from matcher.criteria import parse_criteria
from matcher.models import Targeting
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.portal.evidence import marks_of_conditions, paragraphs
from web.staff import tree
from web.staff.condition_form import ConditionForm, form_of, form_of_atom, read_form
from web.staff.desk import DeskDep
from web.staff.editing import documents_of, get_targeting, keep_change, open_draft, stamp_of, to_editor
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.reach import count_push
from web.staff.showing import show

router = APIRouter(route_class=StaffRoute)

ACTS: dict[str, Callable[[tree.Node, str], tree.Node]] = {
    "remove": tree.remove,
    "switch": tree.switch,
    "negate": tree.negate,
    "ungroup": tree.ungroup,
}
"""What a button with the value `ACT:PATH` does; `all:` and `any:` group what is ticked."""


class ConditionFields(BaseModel):
    """The form of one condition. `path` is the condition, or with `new` the group that it is added to."""

    stamp: str = ""
    path: str = ""
    new: str = ""
    field: str = ""
    op: str = ""
    value: list[str] = []
    quote: str = ""

    def values(self) -> list[str]:
        """Each input may hold several lines."""
        return [line for value in self.value for line in value.splitlines() if line.strip()]


@router.post("/staff/targetings/{targeting_id}/tree")
def change_tree(
    request: Request,
    targeting_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
    act: Annotated[str, Form()] = "",
    stamp: Annotated[str, Form()] = "",
    pick: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """One act on the tree, kept at once."""
    targeting = open_draft(request, session, parts, targeting_id, stamp)
    if targeting is None:
        return to_editor(targeting_id, at="tree")
    try:
        changed = _act(tree.rooted(targeting.conditions), act, pick or [])
    except InputError as error:
        raise Refused(422, error.reason, kept="条件没有改动。", then="请返回上一页重试。") from error
    return _keep(session, targeting, changed, member, parts, count_push(desk, targeting))


@router.get("/staff/targetings/{targeting_id}/condition")
def condition_page(
    request: Request,
    targeting_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    path: str = "",
    new: str = "",
    field: str = "",
) -> Response:
    """The form of the condition at `path`, or of a new one in the group there; `field` asks for another field."""
    targeting = get_targeting(session, targeting_id)
    node = _node(targeting, path)
    form = None
    if not new and "field" in node and field in ("", node["field"]):
        form = form_of_atom(node, parts.vocabulary)
    elif field in FIELDS:
        form = form_of(FIELDS[field], parts.vocabulary, quote=node.get("quote", "") if not new else "")
    return _page(request, member, session, targeting, ConditionFields(path=path, new=new, field=field), form)


@router.post("/staff/targetings/{targeting_id}/condition")
def save_condition(
    request: Request,
    targeting_id: int,
    fields: Annotated[ConditionFields, Form()],
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
) -> Response:
    targeting = open_draft(request, session, parts, targeting_id, fields.stamp)
    if targeting is None:
        return to_editor(targeting_id, at="tree")
    if fields.field not in FIELDS:
        return _page(request, member, session, targeting, fields, None, 422)
    form = form_of(
        FIELDS[fields.field], parts.vocabulary, op=fields.op, values=fields.values(), quote=fields.quote.strip()
    )
    _, version = documents_of(session, targeting)
    try:
        atom = read_form(form, version.text, version.title, parts.vocabulary)
    except InputError as error:
        form = form_of(
            form.field, parts.vocabulary, op=form.op, values=form.values, quote=form.quote, error=error.reason
        )
        return _page(request, member, session, targeting, fields, form, 422)
    _node(targeting, fields.path)
    whole = tree.rooted(targeting.conditions)
    changed = tree.add(whole, fields.path, atom) if fields.new else tree.replace(whole, fields.path, atom)
    return _keep(session, targeting, changed, member, parts, count_push(desk, targeting))


def _act(whole: tree.Node, act: str, pick: list[str]) -> tree.Node:
    name, _, path = act.partition(":")
    if name in ("all", "any"):
        return tree.group(whole, pick, name)
    if name not in ACTS:
        raise InputError("没有这个操作")
    return ACTS[name](whole, path)


def _keep(
    session: Session, targeting: Targeting, changed: tree.Node, member: Member, parts: Parts, was: int
) -> Response:
    """Keep the tree if it is one."""
    try:
        parse_criteria(changed, parts.vocabulary)
    except InputError as error:
        raise Refused(422, str(error), kept="条件没有改动。") from error
    keep_change(session, targeting, {"conditions": changed}, member, parts.clock(), "targeting.conditions")
    return to_editor(targeting.id, was, "tree")


def _node(targeting: Targeting, path: str) -> dict[str, Any]:
    try:
        return tree.node_at(tree.rooted(targeting.conditions), path)
    except InputError as error:
        raise Refused(409, error.reason, then="请回到草稿，看过现在的条件后再改。") from error


def _page(
    request: Request,
    member: Member,
    session: Session,
    targeting: Targeting,
    fields: ConditionFields,
    form: ConditionForm | None,
    status: int = 200,
) -> Response:
    policy, version = documents_of(session, targeting)
    return show(
        request,
        member,
        "condition.html",
        status,
        targeting=targeting,
        policy=policy,
        stamp=fields.stamp or stamp_of(targeting),
        fields=fields,
        form=form,
        choices=_choices(targeting),
        official=paragraphs(version.text, marks_of_conditions(targeting.conditions)),
    )


def _choices(targeting: Targeting) -> list[tuple[str, list[Field]]]:
    """The fields by side; those of a side that the policy doesn't speak to come last."""
    sides = sorted(Side, key=lambda side: side not in targeting.sides)
    labels = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "个人"}
    grouped = [
        (labels[side], [f for f in FIELDS.values() if f.sides == {side} and f.kind is not Kind.OPEN]) for side in sides
    ]
    general = [f for f in FIELDS.values() if len(f.sides) > 1 or f.kind is Kind.OPEN]
    return [*grouped, ("通用与需自行核对", general)]
