"""What every answer has: headers, Chinese errors, a log without tokens, nothing from elsewhere."""

import logging
import re

import pytest
from redis import Redis
from starlette.testclient import TestClient

from core.database import Sessions
from core.settings import Settings
from tests.web.conftest import NOW
from tests.web.rows import Rows
from web.app import create_app
from web.pages import STATIC, chinese_moment, days_left


@pytest.mark.parametrize("path", ["/", "/p/1", "/nowhere", "/static/zhida.css", "/healthz"])
def test_every_answer_is_strict(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in headers


def test_https_is_kept_once_the_service_has_it(settings: Settings, sessions: Sessions, redis: Redis) -> None:
    secure = settings.model_copy(update={"public_url": "https://zhengce.example.gov.cn"})
    client = TestClient(create_app(secure, sessions, redis, lambda: NOW))
    assert "max-age" in client.get("/healthz").headers["strict-transport-security"]


def test_pages_are_not_kept_and_assets_for_a_year(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["cache-control"] == "no-store"
    sheet = re.search(r'href="(/static/zhida\.css\?v=\w+)"', page.text)
    assert sheet is not None
    assert "immutable" in client.get(sheet[1]).headers["cache-control"]


def test_only_files_of_the_static_folder_are_served(client: TestClient) -> None:
    for name in ("..%2fapp.py", "%2e%2e%2fapp.py", "nothing.css", "%00"):
        assert client.get(f"/static/{name}").status_code in (404, 422)


def test_no_page_names_another_site_or_carries_style_or_script(client: TestClient, rows: Rows) -> None:
    policy = rows.policy()
    for path in ("/", "/policies", f"/p/{policy}", "/_design", "/nowhere"):
        page = client.get(path).text
        assert not re.search(r'(?:src|href|action)="(?!/|#)', page), path
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?! src=)", page)
        assert not re.search(r"\son\w+=", page)
    for sheet in STATIC.glob("*.css"):
        assert "url(" not in sheet.read_text(encoding="utf-8")


def test_the_first_page_is_light(client: TestClient, rows: Rows) -> None:
    for number in range(8):
        rows.policy(f"关于支持企业的第{number}项措施")
    page = client.get("/")
    assets = [client.get(path) for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)]
    assert sum(len(answer.content) for answer in (page, *assets)) < 100_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/", 405), ("GET", "/policies?page=0", 422), ("POST", "/view", 422)],
)
def test_errors_say_what_happened_what_is_kept_and_what_next(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert all(word in answer.text for word in ("已保留", "接下来", "回到首页"))


def test_hooks_fail_in_plain_words(client: TestClient) -> None:
    answer = client.get("/hooks/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")


def test_what_breaks_inside_is_told_calmly_and_logged_by_kind_only(
    settings: Settings, sessions: Sessions, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings, sessions, redis, lambda: NOW)

    @app.get("/broken/{token}")
    def broken(token: str) -> None:
        raise RuntimeError(f"phone 13800000000 and {token}")

    with caplog.at_level(logging.INFO, "web"):
        answer = TestClient(app, raise_server_exceptions=False).get("/broken/abc")
    assert answer.status_code == 500
    assert "已保留" in answer.text
    assert "default-src" in answer.headers["content-security-policy"]
    written = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("web"))
    assert "RuntimeError on /broken/{token}" in written
    assert "13800000000" not in written
    assert "abc" not in written


def test_the_access_log_names_routes_and_no_tokens(
    client: TestClient, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    link = rows.refuse_path(rows.subscriber())
    with caplog.at_level(logging.INFO, "web"):
        client.get(link)
    written = [record.getMessage() for record in caplog.records if record.name == "web.access"]
    assert any(line.startswith("GET /u/{token} 200") for line in written)
    assert link.removeprefix("/u/") not in " ".join(written)


def test_too_large_a_form_is_refused(client: TestClient) -> None:
    answer = client.post("/view", data={"view": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "太大" in answer.text


def test_the_elder_view_is_remembered_and_left_again(client: TestClient) -> None:
    assert 'class="elder"' not in client.get("/").text
    answer = client.post("/view", data={"view": "elder", "back": "/policies"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/policies")
    assert 'class="elder"' in client.get("/").text
    client.post("/view", data={"view": "plain", "back": "/"})
    assert 'class="elder"' not in client.get("/").text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"])
def test_the_view_form_leads_to_no_other_site(client: TestClient, back: str) -> None:
    assert client.post("/view", data={"view": "elder", "back": back}).headers["location"] == "/"


def test_days_and_moments_in_words() -> None:
    today = NOW.date()
    assert [days_left(today.replace(day=day), today) for day in (20, 21, 22, 30)] == [
        "已截止",
        "今天截止",
        "明天截止",
        "还有9天",
    ]
    assert chinese_moment(NOW) == "11月21日 10:00"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"origin": "http://testserver"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_forms_of_other_sites_do_nothing(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/view", data={"view": "elder"}, headers=headers)
    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) is (status == 303)
