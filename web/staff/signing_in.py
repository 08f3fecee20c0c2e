"""Signing in and out, and changing one's password."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from core.errors import InputError
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.portal.view import local_path
from web.staff.accounts import check_sign_in, hash_password
from web.staff.audit import record
from web.staff.desk import DeskDep
from web.staff.member import MemberDep, SignInError, StaffRoute, begin
from web.staff.showing import show

router = APIRouter(route_class=StaffRoute)
HOME = "/staff"


@router.get("/staff/sign-in")
def sign_in_page(request: Request, back: str = HOME) -> Response:
    return render(request, "staff/sign_in.html", name="", error="", back=_back(back))


@router.post("/staff/sign-in")
def sign_in(
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
    name: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
    back: Annotated[str, Form()] = HOME,
) -> Response:
    """Let one in who knows the password: with a new session id, whatever the browser held before."""
    now = parts.clock()
    account, refusal = check_sign_in(session, name, password, now)
    if account is None:
        # The name as typed may be a password in the wrong field: it is not written down.
        record(session, "", "sign_in.refused", "", now)
        return render(request, "staff/sign_in.html", 422, name=name, error=refusal, back=_back(back))
    record(session, account.name, "sign_in", f"account {account.id}", now)
    answer = RedirectResponse(_back(back), 303)
    desk.signed_in.end(answer, desk.signed_in.find(request))
    desk.signed_in.hand_out(answer, begin(desk.signed_in, account, now))
    return answer


@router.post("/staff/sign-out")
def sign_out(member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep) -> Response:
    record(session, member.name, "sign_out", f"account {member.account_id}", parts.clock())
    answer = RedirectResponse("/staff/sign-in", 303)
    desk.signed_in.end(answer, member.session)
    return answer


@router.get("/staff/password")
def password_page(request: Request, member: MemberDep) -> Response:
    return show(request, member, "password.html", errors={})


@router.post("/staff/password")
def change_password(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
    old: Annotated[str, Form(max_length=400)] = "",
    new: Annotated[str, Form(max_length=400)] = "",
    again: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """A new password ends every session of the account; this browser gets a new one."""
    now = parts.clock()
    account, refusal = check_sign_in(session, member.name, old, now)
    errors = {"old": refusal} if account is None else {}
    if new != again:
        errors["again"] = "两次输入的新密码不同"
    if account is None or errors:
        return show(request, member, "password.html", 422, errors=errors)
    try:
        account.password = hash_password(new)
    except InputError as error:
        return show(request, member, "password.html", 422, errors={"new": error.reason})
    record(session, member.name, "account.password", f"account {account.id}", now)
    answer = RedirectResponse(HOME, 303)
    desk.signed_in.end(answer, member.session)
    desk.signed_in.hand_out(answer, begin(desk.signed_in, account, now))
    return answer


def ask_to_sign_in(request: Request, error: Exception) -> Response:
    """Where a request without a session is sent."""
    assert isinstance(error, SignInError)  # noqa: S101 - registered for this class
    query = "" if error.back == HOME else "?" + urlencode({"back": error.back})
    return RedirectResponse("/staff/sign-in" + query, 303)


def _back(path: str) -> str:
    """Where to go after signing in: a page of the console."""
    path = local_path(path)
    return path if path.split("/")[1] == "staff" else HOME
