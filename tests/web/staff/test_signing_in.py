"""Who gets in, for how long, and what stops somebody who guesses."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.database import Sessions, unit_of_work
from core.errors import InputError
from tests.web.conftest import NOW, TestClient
from tests.web.forms import open_page
from tests.web.staff.conftest import PASSWORD, Clock, Staff, read, token_of
from web.models import Account, AuditEntry
from web.staff.accounts import add_account
from web.staff.desk import IDLE_SECONDS
from web.staff.member import GRACE, LONGEST, ROTATE_AFTER


def attempt(browser: TestClient, name: str, password: str) -> int:
    return int(browser.post("/staff/sign-in", data={"name": name, "password": password}).status_code)


def add(sessions: Sessions, name: str = "王编辑", roles: tuple[str, ...] = ("editor",)) -> None:
    with unit_of_work(sessions) as session:
        add_account(session, name, PASSWORD, roles, NOW)


def test_one_signs_in_and_comes_back_to_where_one_wanted_to_go(stranger: TestClient, sessions: Sessions) -> None:
    add(sessions)
    page = open_page(stranger, "GET", "/staff/policies")
    assert page.heading == "登录工作台"
    page = page.submit({"name": "王编辑", "password": PASSWORD})
    assert page.path == "/staff/policies"


def test_wrong_password_keeps_the_name_and_says_nothing_of_which_was_wrong(
    stranger: TestClient, sessions: Sessions
) -> None:
    add(sessions)
    answers = [
        stranger.post("/staff/sign-in", data={"name": name, "password": "wrong password"})
        for name in ("王编辑", "没人")
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all("账号或密码不对" in answer.text for answer in answers)
    assert 'value="王编辑"' in answers[0].text
    assert "wrong password" not in answers[0].text


def test_guessing_is_locked_out_for_growing_times(stranger: TestClient, sessions: Sessions, clock: Clock) -> None:
    add(sessions)
    for _ in range(5):
        assert attempt(stranger, "王编辑", "wrong password") == 422
    assert attempt(stranger, "王编辑", PASSWORD) == 422
    clock.now += timedelta(minutes=1)
    assert attempt(stranger, "王编辑", "wrong password") == 422
    clock.now += timedelta(minutes=1)
    assert attempt(stranger, "王编辑", PASSWORD) == 422
    clock.now += timedelta(minutes=1)
    assert attempt(stranger, "王编辑", PASSWORD) == 303
    with sessions() as session:
        assert session.scalar(select(Account.failures)) == 0


def test_a_session_gets_a_new_id_when_it_begins_and_from_time_to_time(staff: Staff, clock: Clock) -> None:
    browser = staff("editor")
    first = browser.cookies["zhida_staff"]
    read(browser, "/staff")
    assert browser.cookies["zhida_staff"] == first
    clock.now += ROTATE_AFTER
    read(browser, "/staff")
    second = browser.cookies["zhida_staff"]
    assert second != first
    token = token_of(browser)
    browser.cookies.set("zhida_staff", first)
    assert read(browser, "/staff").heading == "今天"  # for requests under way
    clock.now += GRACE
    assert read(browser, "/staff").heading == "登录工作台"
    browser.cookies.set("zhida_staff", second)
    assert token_of(browser) == token  # open forms stay good


def test_signing_in_replaces_the_session_that_the_browser_had(stranger: TestClient, sessions: Sessions) -> None:
    add(sessions)
    attempt(stranger, "王编辑", PASSWORD)
    first = stranger.cookies["zhida_staff"]
    attempt(stranger, "王编辑", PASSWORD)
    assert stranger.cookies["zhida_staff"] != first
    stranger.cookies.set("zhida_staff", first)
    assert read(stranger, "/staff").heading == "登录工作台"


def test_the_cookie_is_for_our_pages_only_and_the_server_keeps_a_digest(staff: Staff, stranger: TestClient) -> None:
    staff("editor", name="王编辑")
    answer = stranger.post("/staff/sign-in", data={"name": "王编辑", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert f"max-age={IDLE_SECONDS}" in cookie
    redis = stranger.app.state.parts.redis  # type: ignore[attr-defined]  # the app under test
    token = stranger.cookies["zhida_staff"].encode()
    assert not any(token in key or token in (redis.get(key) or b"") for key in redis.keys("staff:*"))


def test_a_session_ends_after_a_working_day(staff: Staff, clock: Clock) -> None:
    browser = staff("editor")
    clock.now += LONGEST
    assert read(browser, "/staff").heading == "登录工作台"


def test_signing_out_ends_it(staff: Staff) -> None:
    browser = staff("editor")
    kept = browser.cookies["zhida_staff"]
    answer = browser.post("/staff/sign-out", data={"csrf": token_of(browser)})
    assert answer.headers["location"] == "/staff/sign-in"
    browser.cookies.set("zhida_staff", kept)
    assert read(browser, "/staff").heading == "登录工作台"


def test_a_disabled_account_is_out_at_once(staff: Staff, sessions: Sessions) -> None:
    browser = staff("editor")
    with unit_of_work(sessions) as session:
        session.execute(update(Account).values(disabled_at=NOW))
    assert read(browser, "/staff").heading == "登录工作台"


def test_a_new_password_ends_the_other_sessions(staff: Staff, stranger: TestClient) -> None:
    browser = staff("editor", name="王编辑")
    attempt(stranger, "王编辑", PASSWORD)
    page = read(browser, "/staff/password").submit({"old": PASSWORD, "new": "another horse", "again": "another horse"})
    assert page.heading == "今天"
    assert read(stranger, "/staff").heading == "登录工作台"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"old": "wrong password", "new": "another horse", "again": "another horse"}, "账号或密码不对"),
        ({"old": PASSWORD, "new": "another horse", "again": "another house"}, "两次输入的新密码不同"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "密码至少 10 个字符"),
    ],
)
def test_a_password_is_not_changed_where_something_is_wrong(staff: Staff, given: dict[str, str], said: str) -> None:
    browser = staff("editor")
    page = read(browser, "/staff/password").submit(given)
    assert page.errors == [said]


def test_a_form_without_the_token_of_its_session_does_nothing(staff: Staff) -> None:
    browser, other = staff("editor"), staff("releaser")
    for token in ("", "x", token_of(other)):
        answer = browser.post("/staff/sign-out", data={"csrf": token})
        assert answer.status_code == 403
        assert "这个表单已失效" in answer.text
    assert read(browser, "/staff").heading == "今天"


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/p/1", "/staffroom"])
def test_signing_in_leads_to_the_console_only(stranger: TestClient, sessions: Sessions, back: str) -> None:
    add(sessions)
    answer = stranger.post("/staff/sign-in", data={"name": "王编辑", "password": PASSWORD, "back": back})
    assert answer.headers["location"] == "/staff"


def test_sign_ins_and_refusals_are_written_down_without_what_was_typed(
    stranger: TestClient, sessions: Sessions
) -> None:
    add(sessions)
    attempt(stranger, "my password by mistake", "x")
    attempt(stranger, "王编辑", PASSWORD)
    with sessions() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(entry.actor, entry.act) for entry in entries] == [("", "sign_in.refused"), ("王编辑", "sign_in")]
    assert all("my password" not in str(entry.detail) for entry in entries)


@pytest.mark.parametrize(
    ("name", "password", "roles"),
    [("", PASSWORD, ["editor"]), ("a", "short", ["editor"]), ("a", PASSWORD, ["boss"]), ("a", PASSWORD, [])],
)
def test_accounts_need_a_name_a_long_password_and_known_roles(
    sessions: Sessions, name: str, password: str, roles: list[str]
) -> None:
    with sessions() as session, pytest.raises(InputError):
        add_account(session, name, password, roles, NOW)
