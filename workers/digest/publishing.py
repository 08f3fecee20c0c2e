"""An edition's article on its way: drafted at WeChat by one person, let go by another, sent by a worker, once.

What was let go stands in a row before WeChat is asked. WeChat knows a sending by our key for a day, so within that day
it may be asked again whatever became of the answer; afterwards nobody asks, and a person looks it up.
"""

from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.outcome import OutcomeClass
from channels.registry import make_account
from channels.wechat.client import ServiceAccount, WeChatError
from channels.wechat.events import MassFinished
from channels.wechat.mass import find_job_state
from core.database import unit_of_work
from core.errors import ZhidaError
from core.settings import Settings
from core.vocabulary.load import Vocabulary
from workers.digest.article import draft_article, send_article
from workers.digest.drafting import get_edition, period_in
from workers.digest.tagging import bring_tag_in_line
from workers.models import Edition, EditionArticle, EditionState
from workers.runtime import Runtime

KNOWN_FOR = timedelta(hours=23)
ASKED_FOR = timedelta(days=7)
ENDS = {"SEND_SUCCESS": "send success", "SEND_FAIL": "send fail", "DELETE": "deleted"}
"""How a sending ended, as WeChat answers and as its event says."""
TRIES = 3
"""How often WeChat is asked in a row where its answer was lost."""
LOST = "微信没有答复，不知道是否已经群发。一天之内再按一次不会重复发送；超过一天请先到公众号后台核对。"


def find_article(session: Session, edition_id: int) -> EditionArticle | None:
    return session.get(EditionArticle, edition_id)


def prepare(
    session: Session,
    account: ServiceAccount,
    edition_id: int,
    vocabulary: Vocabulary,
    settings: Settings,
    who: str,
    now: datetime,
    instead_of: str = "",
) -> EditionArticle:
    """Put a released edition among the account's drafts; again only `instead_of` the draft of that name.

    Raises ZhidaError where it isn't released or was let go already, WeChatError for what WeChat refuses.
    """
    edition = get_edition(session, edition_id)  # locked: pressed twice it is one draft
    _demand_public(edition, settings)
    article = find_article(session, edition_id)
    if article is not None and article.media_id != instead_of:
        return article
    if article is not None and not may_be_drafted(article, now):
        raise ZhidaError("这篇文章已经交付群发，不能换稿")
    media_id = draft_article(session, account, edition, vocabulary, settings)
    if article is None:
        article = EditionArticle(edition_id=edition_id)
        session.add(article)
    article.media_id, article.drafted_by, article.drafted_at = media_id, who, now
    article.sent_by, article.sent_at, article.problem = "", None, ""
    session.flush()
    return article


def may_be_drafted(article: EditionArticle, now: datetime) -> bool:
    """Whether another draft may take its place: it wasn't let go, or a day ago without a word from WeChat."""
    return article.sent_at is None or (not article.job and now - article.sent_at > KNOWN_FOR)


def let_go(session: Session, edition_id: int, who: str, now: datetime) -> EditionArticle:
    """Have a draft sent by `send_waiting`. What is sent already stays so. Raises ZhidaError for one's own draft."""
    get_edition(session, edition_id)
    article = find_article(session, edition_id)
    if article is None:
        raise ZhidaError("还没有公众号草稿")
    if article.drafted_by == who:
        raise ZhidaError("群发须由另一人决定，做草稿的人不能发自己的稿子")
    if article.sent_at is None:
        article.sent_by, article.sent_at, article.problem = who, now, ""
    elif not article.job and now - article.sent_at > KNOWN_FOR:
        raise ZhidaError("上次群发的结果不明，请先到公众号后台核对；确实没有发出的，请重新做草稿")
    session.flush()
    return article


def send_waiting(runtime: Runtime) -> str:
    """Send the articles that were let go, and ask after those of which WeChat hasn't said how it ended; answers what
    came of it (Chinese)."""
    with runtime.sessions() as session:
        let_go_ = select(EditionArticle.edition_id).where(
            EditionArticle.sent_at > runtime.clock() - KNOWN_FOR, EditionArticle.job == ""
        )
        waiting = list(session.scalars(let_go_))
        open_ended = select(EditionArticle.edition_id).where(
            EditionArticle.sent_at > runtime.clock() - ASKED_FOR, EditionArticle.job != "", EditionArticle.status == ""
        )
        unclear = list(session.scalars(open_ended))
    done = [_send(runtime, edition_id) for edition_id in waiting]
    done += [_ask_after(runtime, edition_id) for edition_id in unclear]
    return "；".join(done) or "没有要群发的文章"


def note_finished(session: Session, event: MassFinished) -> bool:
    """Keep what WeChat says at the end of a sending. False while a sending of ours is under way whose number isn't
    known yet: the event may be about it and must come again."""
    article = session.scalar(select(EditionArticle).where(EditionArticle.job == event.job, EditionArticle.job != ""))
    if article is None:
        under_way = select(EditionArticle.edition_id).where(
            EditionArticle.job == "", EditionArticle.sent_at > event.at - KNOWN_FOR
        )
        return session.scalar(under_way) is None
    article.status, article.finished_at = event.status, event.at
    article.tagged, article.filtered = event.total, event.filtered
    article.reached, article.failed = event.sent, event.errors
    session.flush()
    return True


def _demand_public(edition: Edition, settings: Settings) -> None:
    if edition.state != EditionState.RELEASED:
        raise ZhidaError("月报发布以后才能做公众号文章")
    if "public" not in settings.digests.get(period_in(edition).kind.value, []):
        raise ZhidaError("这种月报没有公开版，不能做公众号文章")


def _send(runtime: Runtime, edition_id: int) -> str:
    with closing(make_account(runtime.settings, runtime.redis)) as account:
        try:
            tag, count, _ = bring_tag_in_line(runtime, account)
        except WeChatError as error:  # nothing was sent: it may be let go again at any time
            return _note(runtime, edition_id, problem=str(error), back=True)
        if not count:
            return _note(runtime, edition_id, problem="还没有人同意接收微信消息，没有群发", back=True)
        for left in reversed(range(TRIES)):
            try:
                return _note(runtime, edition_id, job=_ask(runtime, account, edition_id, tag))
            except WeChatError as error:
                if error.cls is not OutcomeClass.AMBIGUOUS:
                    return _note(runtime, edition_id, problem=str(error), back=True)
                if not left:
                    return _note(runtime, edition_id, problem=LOST)
    raise AssertionError("the last try returns")


def _ask_after(runtime: Runtime, edition_id: int) -> str:
    """Where the event was lost: whether it has ended; how many it reached only the event would have said."""
    with unit_of_work(runtime.sessions) as session:
        edition, article = get_edition(session, edition_id), session.get_one(EditionArticle, edition_id)
        name = f"{period_in(edition).name}的文章"
        try:
            with closing(make_account(runtime.settings, runtime.redis)) as account:
                state = find_job_state(account, article.job)
        except WeChatError as error:
            return f"{name}群发结果没有查到：{error}"
        if state not in ENDS:
            return f"{name}正在群发"
        article.status, article.finished_at = ENDS[state], runtime.clock()
        return f"{name}群发已结束"


def _ask(runtime: Runtime, account: ServiceAccount, edition_id: int, tag: int) -> str:
    with runtime.sessions() as session:
        edition = session.get_one(Edition, edition_id)
        article = session.get_one(EditionArticle, edition_id)
    return send_article(account, edition, article.media_id, tag)


def _note(runtime: Runtime, edition_id: int, *, job: str = "", problem: str = "", back: bool = False) -> str:
    with unit_of_work(runtime.sessions) as session:
        edition = get_edition(session, edition_id)
        article = session.get_one(EditionArticle, edition_id)
        article.job, article.problem = job, problem
        if back:
            article.sent_by, article.sent_at = "", None
        return f"{period_in(edition).name}的文章" + ("已交给微信群发" if job else f"没有群发：{problem}")
