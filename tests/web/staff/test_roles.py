"""Every route of the console against every role, from the one table."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Message

from tests.web.conftest import TestClient
from tests.web.staff.conftest import Staff, token_of
from web.api import preview
from web.staff.console import PAGES
from web.staff.member import StaffRoute
from web.staff.roles import OPEN_ROUTES, ROUTES, Role, may

SERVED = sorted(
    (method, route.path)
    for page in (*PAGES, preview)
    for route in page.router.routes
    if isinstance(route, APIRoute)
    for method in route.methods
)


def test_the_table_and_the_routes_agree() -> None:
    assert set(SERVED) == set(ROUTES) | OPEN_ROUTES


def test_everything_below_staff_and_api_is_served_by_the_console(app: FastAPI) -> None:
    routers = [app.router, *(one.original_router for one in app.routes if hasattr(one, "original_router"))]
    below = {
        (method, route.path): type(route)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.path.startswith(("/staff", "/api"))
        for method in route.methods
    }
    assert set(below) == set(SERVED)
    assert set(below.values()) == {StaffRoute}


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_in_where_the_table_says_and_nowhere_else(staff: Staff, role: Role) -> None:
    browser = staff(role.value)
    token = token_of(browser)
    wrong = []
    for method, path in SERVED:
        if (method, path) in OPEN_ROUTES or path == "/staff/sign-out":
            continue
        status = ask(browser, method, path, token)
        if (status != 403) is not may(frozenset({role}), method, path):
            wrong.append((method, path, status))
    assert wrong == []


def test_a_stranger_can_open_none_of_it(stranger: TestClient) -> None:
    for method, path in SERVED:
        if (method, path) in OPEN_ROUTES:
            continue
        answer = stranger.request(method, concrete(path), data={} if method == "POST" else None)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/staff/sign-in"), (method, path)


def test_the_upload_of_a_stranger_is_not_even_read(app: FastAPI) -> None:
    answered: list[int] = []

    async def receive() -> Message:
        raise AssertionError("the body was asked for")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    path = "/staff/policies/upload"
    headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"host", b"testserver")]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    scope |= {"server": ("testserver", 80), "scheme": "http", "root_path": ""}
    with ThreadPoolExecutor(1) as other:  # the thread of the tests may hold the loop of a browser
        other.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    assert answered == [303]


def ask(browser: TestClient, method: str, path: str, token: str) -> int:
    data = {"csrf": token} if method == "POST" else None
    return int(browser.request(method, concrete(path), data=data).status_code)


def concrete(path: str) -> str:
    """The path with numbers of things that don't exist."""
    return "/".join("987654" if part.startswith("{") else part for part in path.split("/"))
