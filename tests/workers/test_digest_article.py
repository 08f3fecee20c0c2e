"""The article of an edition: drafted, shown, let go by another, sent once to whoever agreed, and what came of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from channels.registry import make_account
from channels.simulators.serve import RunningSimulators
from channels.simulators.wechat import Follower
from channels.wechat.client import ServiceAccount, WeChatError
from channels.wechat.events import MassFinished
from channels.wechat.mass import get_tag, list_tagged
from core.database import unit_of_work
from core.errors import ZhidaError
from subscribers.consent import withdraw
from tests.workers.conftest import add_reader
from tests.workers.rows import HAIDIAN, published
from workers.digest import publishing
from workers.digest.article import show_article
from workers.digest.drafting import draft
from workers.digest.periods import parse_period
from workers.digest.publishing import KNOWN_FOR, find_article, let_go, note_finished, prepare, send_waiting
from workers.digest.releasing import release
from workers.digest.tagging import TAG, bring_tag_in_line
from workers.models import EditionArticle
from workers.runtime import Runtime

FIRST = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def account(runtime: Runtime) -> ServiceAccount:
    return make_account(runtime.settings, runtime.redis)


@pytest.fixture
def later(runtime: Runtime) -> Runtime:
    return replace(runtime, clock=lambda: FIRST)


@pytest.fixture
def released(later: Runtime, simulators: RunningSimulators) -> int:
    """A released November, with three readers of whom two follow the account."""
    with unit_of_work(later.sessions) as session:
        readers = [add_reader(later, session, HAIDIAN).id for _ in range(3)]
        published(session, "海淀求职补贴")
    for reader in readers[:2]:
        simulators.providers.wechat.followers[f"sim-{reader}"] = Follower()
    simulators.providers.wechat.followers[f"sim-{readers[2]}"] = Follower(follows=False)
    with unit_of_work(later.sessions) as session:
        edition = draft(session, parse_period("2026-11"), later.vocabulary, "editor", FIRST)
        release(session, edition, later.vocabulary, later.settings, "chief", FIRST)
        return edition.id


def drafted(runtime: Runtime, account: ServiceAccount, edition_id: int, who: str = "editor", again: str = "") -> str:
    with unit_of_work(runtime.sessions) as session:
        return prepare(
            session, account, edition_id, runtime.vocabulary, runtime.settings, who, runtime.clock(), again
        ).media_id


def freed(runtime: Runtime, edition_id: int, who: str = "chief") -> None:
    with unit_of_work(runtime.sessions) as session:
        let_go(session, edition_id, who, runtime.clock())


def the_article(runtime: Runtime, edition_id: int) -> EditionArticle:
    with runtime.sessions() as session:
        found = find_article(session, edition_id)
        assert found is not None
        return found


def test_it_goes_to_the_followers_who_agreed_and_once(
    later: Runtime, account: ServiceAccount, released: int, simulators: RunningSimulators
) -> None:
    media_id = drafted(later, account, released)
    assert drafted(later, account, released) == media_id  # pressed twice
    show_article(account, media_id, "wang-editor")
    for _ in range(2):
        freed(later, released)
    assert send_waiting(later) == "2026年11月的文章已交给微信群发"
    assert the_article(later, released).status == ""
    assert send_waiting(later) == "2026年11月的文章群发已结束"  # asked, where the event was lost
    assert (the_article(later, released).status, the_article(later, released).reached) == ("send success", None)
    freed(later, released)
    assert send_waiting(later) == "没有要群发的文章"
    [job] = simulators.providers.mass.jobs.values()
    assert (job["total"], job["sent"]) == (2, 2)
    article = the_article(later, released)
    assert (article.sent_by, article.job, article.problem) == ("chief", str(job["msg_id"]), "")
    finished = MassFinished("o", FIRST, "once", article.job, "send success", 2, 2, 2, 0)
    with unit_of_work(later.sessions) as session:
        assert note_finished(session, finished)
    article = the_article(later, released)
    assert (article.status, article.tagged, article.reached, article.failed) == ("send success", 2, 2, 0)


def test_only_another_lets_it_go_and_only_a_released_one_is_drafted(
    later: Runtime, account: ServiceAccount, released: int, session: Session
) -> None:
    with pytest.raises(ZhidaError, match="还没有公众号草稿"):
        freed(later, released)
    media_id = drafted(later, account, released, "editor")
    with pytest.raises(ZhidaError, match="另一人"):
        freed(later, released, "editor")
    other = drafted(later, account, released, "chief", media_id)
    assert other != media_id
    assert drafted(later, account, released, "chief", media_id) == other  # the same press again
    freed(later, released, "editor")
    with pytest.raises(ZhidaError, match="不能换稿"):
        drafted(later, account, released, "chief", other)
    edition = draft(session, parse_period("2026-12"), later.vocabulary, "editor", FIRST)
    with pytest.raises(ZhidaError, match="发布以后"):
        prepare(session, account, edition.id, later.vocabulary, later.settings, "editor", FIRST)
    weekly = later.settings.model_copy(update={"digests": {"monthly": ["personal"]}})
    with pytest.raises(ZhidaError, match="没有公开版"):
        prepare(session, account, released, later.vocabulary, weekly, "editor", FIRST, other)


def test_the_tag_follows_who_agreed(
    later: Runtime, account: ServiceAccount, released: int, simulators: RunningSimulators
) -> None:
    followers = simulators.providers.wechat.followers
    followers["sim-stranger"] = Follower(tags={get_tag(account, TAG)})
    for _ in range(2):
        tag, count, gone = bring_tag_in_line(later, account)
        assert (count, gone) == (2, 1)
    assert set(list_tagged(account, tag)) == {"sim-1", "sim-2"}
    with unit_of_work(later.sessions) as session:
        withdraw(session, 1, "wechat", how="portal", now=FIRST)
    bring_tag_in_line(later, account)
    assert set(list_tagged(account, tag)) == {"sim-2"}


def test_where_the_answer_is_lost_it_is_asked_again_for_a_day_and_sent_once(
    later: Runtime,
    account: ServiceAccount,
    released: int,
    simulators: RunningSimulators,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drafted(later, account, released)
    freed(later, released)
    asked = publishing.send_article
    lost = {"left": publishing.TRIES}

    def lose_answer(*given: object) -> str:
        job = asked(*given)  # type: ignore[arg-type]  # handed through
        if lost["left"]:
            lost["left"] -= 1
            raise WeChatError(publishing.OutcomeClass.AMBIGUOUS, "network", "答复丢失")
        return job

    monkeypatch.setattr(publishing, "send_article", lose_answer)
    assert "微信没有答复" in send_waiting(later)
    assert "一天之内再按一次" in the_article(later, released).problem
    late = replace(later, clock=lambda: FIRST + KNOWN_FOR + timedelta(hours=1))
    assert send_waiting(late) == "没有要群发的文章"
    with pytest.raises(ZhidaError, match="后台核对"):
        freed(late, released)
    assert send_waiting(later) == "2026年11月的文章已交给微信群发"
    assert len(simulators.providers.mass.jobs) == 1


def test_what_wechat_refuses_is_said_and_may_be_let_go_again(
    later: Runtime, account: ServiceAccount, released: int, simulators: RunningSimulators
) -> None:
    drafted(later, account, released)
    simulators.providers.mass.drafts.clear()
    freed(later, released)
    assert "没有群发：微信接口出错（40007）" in send_waiting(later)
    article = the_article(later, released)
    assert (article.sent_at, article.sent_by, "40007" in article.problem) == (None, "", True)
    again = drafted(later, account, released, "editor", article.media_id)
    assert again != article.media_id
    freed(later, released)
    assert send_waiting(later) == "2026年11月的文章已交给微信群发"


def test_nobody_to_send_to(later: Runtime, account: ServiceAccount, released: int) -> None:
    with unit_of_work(later.sessions) as session:
        for reader in (1, 2):
            withdraw(session, reader, "wechat", how="portal", now=FIRST)
    drafted(later, account, released)
    freed(later, released)
    assert "还没有人同意接收微信消息" in send_waiting(later)


def test_an_event_that_comes_before_its_number_must_come_again(
    later: Runtime, account: ServiceAccount, released: int
) -> None:
    finished = MassFinished("o", FIRST, "once", "1000000001", "send success", 1, 1, 1, 0)
    with unit_of_work(later.sessions) as session:
        assert note_finished(session, finished)  # of somebody who sent at WeChat's own pages
    drafted(later, account, released)
    freed(later, released)
    with unit_of_work(later.sessions) as session:
        assert not note_finished(session, finished)
