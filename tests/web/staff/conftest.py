"""Members of staff at the console, each in a browser of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi import FastAPI
from redis import Redis

from core.database import Sessions, unit_of_work
from core.settings import Settings
from tests.web.conftest import NOW, TestClient
from tests.web.forms import Page, open_page
from web.app import create_app
from web.staff.accounts import add_account

PASSWORD = "correct horse battery"
Staff = Callable[..., TestClient]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> object:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def woken() -> list[tuple[int, list[str]]]:
    """The pushes for which workers were woken up, with their channels."""
    return []


@pytest.fixture
def app(
    settings: Settings, sessions: Sessions, redis: Redis, clock: Clock, woken: list[tuple[int, list[str]]]
) -> FastAPI:
    return create_app(
        settings,
        sessions,
        redis,
        clock,  # type: ignore[arg-type]  # answers an aware datetime
        wake=lambda push_id, channels, urgent: woken.append((push_id, list(channels))),
    )


@pytest.fixture
def staff(app: FastAPI, sessions: Sessions) -> Iterator[Staff]:
    """`staff("editor", name="王编辑")`: a browser in which an account with these roles has signed in."""
    with ExitStack() as stack:

        def sign_in_as(*roles: str, name: str = "") -> TestClient:
            name = name or "、".join(roles)
            with unit_of_work(sessions) as session:
                add_account(session, name, PASSWORD, roles, NOW)
            browser = stack.enter_context(TestClient(app, follow_redirects=False, raise_server_exceptions=False))
            answer = browser.post("/staff/sign-in", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 303
            return browser

        yield sign_in_as


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """A browser in which nobody has signed in."""
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as browser:
        yield browser


def token_of(browser: TestClient) -> str:
    """The token that the forms of this browser's session carry."""
    page = open_page(browser, "GET", "/staff")
    return str(page.root.xpath("//input[@name='csrf']/@value")[0])


def read(browser: TestClient, path: str) -> Page:
    return open_page(browser, "GET", path)
