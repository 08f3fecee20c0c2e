"""Editions at the desk: arranged, worded, looked at, let go by another."""

from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.policy import default
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from starlette.testclient import TestClient

from channels.simulators.serve import RunningSimulators
from core.database import Sessions, unit_of_work
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from tests.web.conftest import NOW
from tests.web.forms import Page
from tests.web.rows import Rows
from tests.web.staff.conftest import Staff, read, token_of
from web.models import AuditEntry
from workers.digest.drafting import AUTOMATIC, draft
from workers.digest.periods import parse_period
from workers.models import Edition, EditionItem, EditionState, Push

Woken = list[tuple[int, list[str]]]


@pytest.fixture
def mails() -> Iterator[RunningSimulators]:
    with RunningSimulators() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, mails: RunningSimulators) -> Settings:
    """Mail and WeChat go to simulators of the test's own."""
    return settings.model_copy(update={"simulator_port": mails.port, "simulator_smtp_port": mails.smtp_port})


@pytest.fixture
def drafted(rows: Rows, sessions: Sessions, settings: Settings) -> int:
    """A draft of November with three policies, which one firm meets."""
    for title in ("甲", "乙", "丙"):
        rows.policy(title)
    rows.subscriber()
    with unit_of_work(sessions) as session:
        vocabulary = load_vocabulary(settings.vocabulary_dir)
        return draft(session, parse_period("2026-11"), vocabulary, AUTOMATIC, NOW).id


def the_edition(sessions: Sessions) -> Edition:
    with sessions() as session:
        return session.scalars(select(Edition)).one()


def items(sessions: Sessions) -> list[tuple[int, str, bool]]:
    with sessions() as session:
        found = session.scalars(select(EditionItem).order_by(EditionItem.place))
        return [(item.policy_id, item.title, item.dropped) for item in found]


def acts(sessions: Sessions) -> list[str]:
    with sessions() as session:
        found = session.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("digest.")).order_by("id"))
        return list(found)


def press(page: Page, ending: str, nth: int = 0, **given: str) -> Page:
    forms = [n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith(ending)]
    assert len(forms) > nth, (page.path, page.words)
    return page.submit(given, form=forms[nth])


def test_an_editor_arranges_and_words_it(staff: Staff, drafted: int, sessions: Sessions) -> None:
    browser = staff("editor")
    listed = read(browser, "/staff/digests")
    assert listed.root.xpath("//main//a/@href") == [f"/staff/digests/{drafted}"]
    assert "草稿" in listed.words
    page = read(browser, f"/staff/digests/{drafted}")
    page = press(page, "/items/2/move")  # up
    assert [title for _, title, _ in items(sessions)] == ["乙", "甲", "丙"]
    page = press(page, "/items/2/move")  # down, the only way left
    assert [title for _, title, _ in items(sessions)] == ["甲", "乙", "丙"]
    page = press(page, "/items/1/reword", title="甲的新名字", sentence="一句话。")
    page = press(page, "/items/2/drop")
    assert "已撤下" in page.words
    page = press(page, "/items/2/take-back")
    assert "已撤下" not in page.words
    page = press(page, "/items/3/drop")
    page = press(page, "/foreword", foreword="编者的话", chosen="1")
    assert "编辑推荐" in page.words
    assert items(sessions) == [(1, "甲的新名字", False), (2, "乙", False), (3, "丙", True)]
    edition = the_edition(sessions)
    assert (edition.foreword, edition.chosen_id, edition.edited_by) == ("编者的话", 1, "editor")
    done = ["move", "move", "reword", "drop", "take_back", "drop", "foreword"]
    assert acts(sessions) == [f"digest.{name}" for name in done]


def test_a_draft_waits_on_the_first_page_until_it_is_released(staff: Staff, drafted: int) -> None:
    chief = staff("releaser")
    assert "一月政策 · 2026年11月" in read(chief, "/staff").words
    assert "一月政策" not in read(staff("service"), "/staff").words
    press(read(chief, f"/staff/digests/{drafted}"), "/release")
    assert "一月政策" not in read(chief, "/staff").words


def test_bad_words_are_refused_and_nothing_changes(staff: Staff, drafted: int, sessions: Sessions) -> None:
    browser = staff("editor")
    data = {"csrf": token_of(browser), "title": " ", "sentence": "一句话。"}
    answer = browser.post(f"/staff/digests/{drafted}/items/1/reword", data=data)
    assert (answer.status_code, "标题不能为空" in answer.text) == (409, True)
    missing = browser.post(f"/staff/digests/{drafted}/items/99/drop", data={"csrf": data["csrf"]})
    assert (missing.status_code, "没有这项政策" in missing.text) == (409, True)
    assert browser.post(f"/staff/digests/{drafted}/items/1/drop", data={}).status_code == 403
    assert (the_edition(sessions).edited_by, acts(sessions)) == (AUTOMATIC, [])


@pytest.mark.parametrize("path", ["/staff/digests/999", "/staff/digests/0", "/staff/digests/99999999999999999999"])
def test_what_is_not_there_is_told(staff: Staff, path: str) -> None:
    answer = staff("editor").get(path)
    assert (answer.status_code, "没有这期月报" in answer.text) == (404, True)


def test_it_is_read_as_one_subscriber_with_the_editors_words(staff: Staff, drafted: int, sessions: Sessions) -> None:
    browser = staff("editor")
    page = read(browser, f"/staff/digests/{drafted}")
    press(press(page, "/items/1/reword", title="甲的新名字"), "/items/2/drop")
    shown = press(read(browser, f"/staff/digests/{drafted}"), "/preview", subscriber="1")
    assert {str(one) for one in shown.root.find_class("items")[0].xpath(".//a/text()")} == {"甲的新名字", "丙"}
    assert "没有单独推送过" in shown.words
    assert "您的11月政策月报" in shown.words  # the mail
    assert "【政策直达】11月政策月报：2项可能适合您" in shown.words  # the SMS
    assert "远山" not in shown.text
    assert acts(sessions)[-1] == "digest.preview"
    assert browser.get(f"/staff/digests/{drafted}/preview?subscriber=99").status_code == 404


def test_a_proof_goes_to_oneself(staff: Staff, drafted: int, sessions: Sessions, mails: RunningSimulators) -> None:
    browser = staff("editor")
    page = read(browser, f"/staff/digests/{drafted}/preview?subscriber=1")
    sent = press(page, "/proof", address="editor@zhida.example")
    assert "样张已寄出" in sent.words
    [mail] = mails.providers.world.list_accepted("mail")
    read_mail = message_from_bytes(mail["content"]["raw"], policy=default)
    assert (mail["address"], read_mail["subject"]) == ("editor@zhida.example", "您的11月政策月报")
    assert acts(sessions).count("digest.proof") == 1
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "digest.proof")).one()
    assert entry.detail == {"edition": drafted, "domain": "zhida.example"}
    wrong = press(page, "/proof", address="editor at home")
    assert (wrong.answer.status_code, "邮箱" in wrong.words) == (400, True)


def test_the_draft_is_read_as_the_public_would(staff: Staff, drafted: int) -> None:
    browser = staff("service")
    page = read(browser, f"/staff/digests/{drafted}/public")
    assert "草稿，尚未发布" in page.words
    assert "即将截止" in page.words
    printed = browser.get(f"/staff/digests/{drafted}/print")
    assert printed.headers["content-type"] == "application/pdf"
    assert "草稿，尚未发布" in PdfReader(BytesIO(printed.content)).pages[0].extract_text()


def test_an_edition_is_begun_at_the_press_of_a_button(staff: Staff, rows: Rows, sessions: Sessions) -> None:
    rows.policy("十月的", published_date=date(2026, 10, 20))
    browser = staff("editor")
    page = read(browser, "/staff/digests")
    assert press(page, "/staff/digests", label="2026-10").answer.status_code == 200
    edition = the_edition(sessions)
    assert (str(edition.starts), edition.edited_by, items(sessions)[0][1]) == ("2026-10-01", "editor", "十月的")
    for label, said in (("2027-01", "还没有开始"), ("十月", "期号"), ("2026-13", "期号")):
        refused = press(page, "/staff/digests", label=label)
        assert (refused.answer.status_code, said in refused.words) == (409, True)
    assert acts(sessions) == ["digest.draft"]


def test_who_edited_last_does_not_release(staff: Staff, drafted: int, sessions: Sessions, woken: Woken) -> None:
    both, other = staff("editor", "releaser", name="甲"), staff("releaser", name="乙")
    page = press(read(both, f"/staff/digests/{drafted}"), "/foreword", foreword="编者的话")
    assert "须由另一位发布人员发布" in page.words
    answer = both.post(f"/staff/digests/{drafted}/release", data={"csrf": token_of(both)})
    assert (answer.status_code, "最后编辑的人不能发布" in answer.text) == (409, True)
    assert the_edition(sessions).state == EditionState.DRAFT
    waiting = read(other, f"/staff/digests/{drafted}")
    for _ in range(2):  # pressed twice, released once
        assert press(waiting, "/release").answer.status_code == 200
    edition = the_edition(sessions)
    assert (edition.state, edition.released_by) == (EditionState.RELEASED, "乙")
    assert acts(sessions).count("digest.release") == 1
    with sessions() as session:
        push = session.scalars(select(Push)).one()
    assert (edition.push_id, push.audience_size) == (push.id, 1)
    assert woken == [(push.id, ["mail"])]


def test_what_is_released_is_shown_and_not_changed(staff: Staff, drafted: int, stranger: TestClient) -> None:
    assert stranger.get("/digest/2026-11").status_code == 404
    press(read(staff("releaser"), f"/staff/digests/{drafted}"), "/release")
    assert stranger.get("/digest/2026-11").status_code == 200
    browser = staff("editor")
    page = read(browser, f"/staff/digests/{drafted}")
    assert page.root.xpath("//main//form/@action") == [f"/staff/digests/{drafted}/article"]
    answer = browser.post(f"/staff/digests/{drafted}/items/1/drop", data={"csrf": token_of(browser)})
    assert (answer.status_code, "不能再改" in answer.text) == (409, True)
