"""发到公众号 at the desk: drafted by one, let go by another, sent once, and what WeChat said of it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from channels.simulators.serve import RunningSimulators
from channels.wechat.events import MassFinished
from core.database import Sessions, unit_of_work
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from tests.web.conftest import NOW
from tests.web.forms import Page
from tests.web.rows import Rows
from tests.web.staff.conftest import Staff, read
from web.models import AuditEntry
from workers.digest.drafting import AUTOMATIC, draft
from workers.digest.periods import parse_period
from workers.digest.publishing import note_finished
from workers.digest.releasing import release
from workers.models import EditionArticle, JobRun


@pytest.fixture
def wechat() -> Iterator[RunningSimulators]:
    with RunningSimulators() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, wechat: RunningSimulators) -> Settings:
    return settings.model_copy(update={"simulator_port": wechat.port})


@pytest.fixture
def released(rows: Rows, sessions: Sessions, settings: Settings) -> int:
    rows.policy("甲")
    with unit_of_work(sessions) as session:
        vocabulary = load_vocabulary(settings.vocabulary_dir)
        edition = draft(session, parse_period("2026-11"), vocabulary, AUTOMATIC, NOW)
        release(session, edition, vocabulary, settings, "chief", NOW)
        return edition.id


def press(page: Page, ending: str, **given: str) -> Page:
    [form] = [n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith(ending)]
    return page.submit(given, form=form)


def the_article(sessions: Sessions) -> EditionArticle:
    with sessions() as session:
        return session.query(EditionArticle).one()


def acts(sessions: Sessions) -> list[str]:
    with sessions() as session:
        found = session.query(AuditEntry.act).filter(AuditEntry.act.startswith("digest.")).order_by(AuditEntry.id)
        return [act for (act,) in found]


def test_one_drafts_another_lets_it_go_once(
    staff: Staff, released: int, sessions: Sessions, wechat: RunningSimulators, stranger: TestClient
) -> None:
    both, other = staff("editor", "releaser", name="甲"), staff("releaser", name="乙")
    empty = read(both, f"/staff/digests/{released}")
    for _ in range(2):
        page = press(empty, "/article")
    assert len(wechat.providers.mass.drafts) == 1
    assert "须由另一位发布人员群发" in page.words
    page = press(page, "/article/preview", name="wang-bianji")
    [seen] = wechat.providers.world.list_accepted("wechat_mass")
    assert (seen["address"], seen["content"]["title"]) == ("wang-bianji", "一月政策 · 2026年11月")
    waiting = read(other, f"/staff/digests/{released}")
    for _ in range(2):
        assert "正在交给微信" in press(waiting, "/article/send").words
    with sessions() as session:
        runs = session.query(JobRun).all()
    assert [(run.job, run.by) for run in runs] == [("article", "乙")]
    assert acts(sessions) == ["digest.article", "digest.article_preview", "digest.article_send"]
    finished(sessions, NOW)
    done = read(both, f"/staff/digests/{released}").words
    assert "微信群发已结束" in done
    assert "发送成功1,234 人" in done


def finished(sessions: Sessions, at: datetime) -> None:
    """As if a worker had sent it and WeChat had told."""
    with unit_of_work(sessions) as session:
        article = session.query(EditionArticle).one()
        article.job = "1000000001"
    with unit_of_work(sessions) as session:
        event = MassFinished("o", at, "once", "1000000001", "send success", 2_000, 1_240, 1_234, 6)
        assert note_finished(session, event)


def test_another_draft_takes_its_place_until_it_is_let_go(
    staff: Staff, released: int, sessions: Sessions, wechat: RunningSimulators
) -> None:
    editor, chief = staff("editor"), staff("releaser")
    press(read(editor, f"/staff/digests/{released}"), "/article")
    first = the_article(sessions).media_id
    page = read(editor, f"/staff/digests/{released}")
    for _ in range(2):
        press(page, "/article")
    assert the_article(sessions).media_id != first
    assert len(wechat.providers.mass.drafts) == 2
    press(read(chief, f"/staff/digests/{released}"), "/article/send")
    late = press(page, "/article")
    assert late.answer.status_code == 200  # the form names a draft that was replaced: nothing happens
    assert len(wechat.providers.mass.drafts) == 2


def test_what_wechat_refuses_is_told(
    staff: Staff, released: int, wechat: RunningSimulators, sessions: Sessions
) -> None:
    wechat.providers.wechat.appid = "another"
    answer = press(read(staff("editor"), f"/staff/digests/{released}"), "/article")
    assert (answer.answer.status_code, "微信接口出错" in answer.words) == (409, True)
    assert acts(sessions) == []
    with sessions() as session:
        assert session.query(EditionArticle).count() == 0
