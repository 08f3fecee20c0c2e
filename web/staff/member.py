"""Who is at the desk: checked for every route of the console before anything else happens."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from core.clock import Clock
from web.cookies import Memory, Remembered
from web.dependencies import PartsDep, SessionDep
from web.models import Account
from web.staff.desk import DeskDep, get_desk
from web.staff.roles import OPEN_ROUTES, Role, may

ROTATE_AFTER = timedelta(minutes=15)
GRACE = timedelta(seconds=60)
"""How long the old session id still counts after a change, for requests that were under way."""
LONGEST = timedelta(hours=12)
PASSIVE = frozenset({"/staff/running", "/staff/pushes/{push_id}/progress"})
"""What an open page asks for by itself: it doesn't keep a session alive that nobody uses."""


class SignInError(Exception):
    """Nobody has signed in, or not lately. `back` is where to go afterwards."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


class Refused(HTTPException):
    """The console refuses, and says why in Chinese; shown in the console's own frame. `back`: where to go on."""

    def __init__(self, status: int, happened: str = "", kept: str = "", then: str = "", back: str = "") -> None:
        super().__init__(status)
        self.happened, self.kept, self.then, self.back = happened, kept, then, back


@dataclass(frozen=True)
class Member:
    """The member of staff who asks. `csrf` goes into every form of theirs."""

    account_id: int
    name: str
    roles: frozenset[Role]
    csrf: str
    session: Remembered

    def may(self, method: str, path: str) -> bool:
        """Whether this member may use the route whose template is `path`; pages show nothing else."""
        return may(self.roles, method, path)


def begin(memory: Memory, account: Account, now: datetime) -> Remembered:
    """A fresh session for one who has proved to be `account`; a new password ends it."""
    return memory.start(
        {
            "account": account.id,
            "password": _mark(account),
            "csrf": secrets.token_urlsafe(24),
            "rotated": now.isoformat(),
            "ends": (now + LONGEST).isoformat(),
        }
    )


async def read_token(request: Request) -> str:
    """The token that a form carries; empty for requests without a form."""
    if request.method != "POST":
        return ""
    form = await request.form()
    told = sorted((name, value) for name, value in form.multi_items() if isinstance(value, str))
    request.state.form_digest = hashlib.sha256(repr(told).encode()).hexdigest()
    return str(form.get("csrf", ""))


def admit(
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
    token: Annotated[str, Depends(read_token)],
) -> Member:
    """The member who asks. Raises SignInError, or Refused for a route that isn't theirs or a form that isn't ours."""
    found = desk.signed_in.find(request)
    account = _account_of(session, found, parts.clock())
    if found is None or account is None:
        raise SignInError(_back(request))
    roles = frozenset(Role(role) for role in account.roles if role in list(Role))
    path = request.scope["route"].path
    if not may(roles, request.method, path):
        raise Refused(403, "您的角色不能使用这个功能", then="需要时请联系管理员调整角色。")
    if request.method == "POST" and not hmac.compare_digest(token, found.data["csrf"]):
        raise Refused(403, "这个表单已失效，没有执行", then="请回到上一页刷新后再提交一次。")
    request.state.member = Member(account.id, account.name, roles, found.data["csrf"], found)
    if path not in PASSIVE:
        desk.signed_in.keep(found)
    return request.state.member  # type: ignore[no-any-return]  # set one line above; Request.state is untyped


MemberDep = Annotated[Member, Depends(admit)]


class StaffRoute(APIRoute):
    """A route of the console: nobody is let in without `admit`, and the session's id changes from time to time."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        methods = given.get("methods") or {"GET"}
        self.is_open = {(method, path) for method in methods} <= OPEN_ROUTES
        if not self.is_open:
            given["dependencies"] = [*(given.get("dependencies") or []), Depends(admit)]
        super().__init__(path, endpoint, **given)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_and_rotate(request: Request) -> Response:
            if not self.is_open and not await run_in_threadpool(_is_known, request):
                raise SignInError(_back(request))  # before a stranger's upload is read
            response = await handle(request)
            member = getattr(request.state, "member", None)
            if member is not None and "set-cookie" not in response.headers:
                clock: Clock = request.app.state.parts.clock
                _rotate(get_desk(request).signed_in, member, clock(), response)
            return response

        return handle_and_rotate


def _is_known(request: Request) -> bool:
    return get_desk(request).signed_in.find(request) is not None


def _back(request: Request) -> str:
    return request.url.path if request.method == "GET" else "/staff"


def _account_of(session: Any, found: Remembered | None, now: datetime) -> Account | None:
    """The account of a session that still counts: not too old, not shut out, the password still the same."""
    if found is None or now >= datetime.fromisoformat(found.data["ends"]):
        return None
    account: Account | None = session.get(Account, found.data["account"])
    if account is None or account.disabled_at is not None or _mark(account) != found.data["password"]:
        return None
    return account


def _mark(account: Account) -> str:
    """Changes with the password and says nothing of it."""
    return hashlib.sha256(account.password.encode()).hexdigest()


def _rotate(memory: Memory, member: Member, now: datetime, response: Response) -> None:
    """Give an older session another id; the token of its forms stays, since pages are open."""
    data = member.session.data
    if now - datetime.fromisoformat(data["rotated"]) < ROTATE_AFTER:
        return
    memory.hand_out(response, memory.start({**data, "rotated": now.isoformat()}))
    ends = min(datetime.fromisoformat(data["ends"]), now + GRACE)
    memory.keep(Remembered(member.session.token, {**data, "rotated": now.isoformat(), "ends": ends.isoformat()}))
