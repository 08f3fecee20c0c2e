"""What the schedule does for editions: drafts some days before the end, and lets go what is due, for up to a week."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from core.clock import local_date
from core.database import unit_of_work
from core.errors import ZhidaError
from core.settings import Settings
from workers.digest.drafting import AUTOMATIC, draft, find_edition, list_items
from workers.digest.periods import Period, period_before, period_of
from workers.digest.releasing import LASTS, release
from workers.models import EditionKind, EditionState
from workers.plan import wake_push
from workers.runtime import Runtime


def draft_due(runtime: Runtime) -> str:
    """Make the drafts whose time has come, and bring those that wait up to date. Answers what was done (Chinese)."""
    now = runtime.clock()
    done = []
    for period in periods_to_draft(runtime.settings, local_date(now)):
        with unit_of_work(runtime.sessions) as session:
            edition = find_edition(session, period, lock=True)
            if edition is None or edition.state == EditionState.DRAFT:
                who = edition.edited_by if edition else AUTOMATIC
                count = len(list_items(session, draft(session, period, runtime.vocabulary, who, now)))
                done.append(f"{period.name}草稿{count}项")
    return "；".join(done) or "没有到起草时间的月报"


def release_due(runtime: Runtime) -> str:
    """Let go the editions whose hour has come: those that nobody has to look at, where the setting says so."""
    now = runtime.clock()
    done = [_release(runtime, period, now) for period in periods_to_release(runtime.settings, now)]
    return "；".join(done) or "没有到发布时间的月报"


def periods_to_draft(settings: Settings, today: date) -> Iterator[Period]:
    """Of each kind of edition the period that ends within the days of drafting, or ended within the last week."""
    for kind in settings.digests:
        period = period_of(EditionKind(kind), today)
        if period.ends - today < timedelta(days=settings.digest_draft_days):
            yield period
        before = period_before(period)
        if today - before.ends <= LASTS:
            yield before


def periods_to_release(settings: Settings, now: datetime) -> Iterator[Period]:
    """Of each kind of edition the last period that has ended, for a week after its hour."""
    hour = time.fromisoformat(settings.digest_time)
    for kind in settings.digests:
        period = period_before(period_of(EditionKind(kind), local_date(now)))
        if period.sent_at(hour) <= now < period.sent_at(hour) + LASTS:
            yield period


def _release(runtime: Runtime, period: Period, now: datetime) -> str:
    try:
        with unit_of_work(runtime.sessions) as session:
            edition = find_edition(session, period, lock=True)
            if edition is not None and edition.state == EditionState.RELEASED:
                return f"{period.name}已发布"
            edition = draft(session, period, runtime.vocabulary, edition.edited_by if edition else AUTOMATIC, now)
            out = release(session, edition, runtime.vocabulary, runtime.settings, AUTOMATIC, now)
            if out.push is not None:
                wake_push(session, runtime.celery, out.push)
            return f"{period.name}发布，{out.push.audience_size if out.push else 0}人收到"
    except ZhidaError as held:  # nothing in it, or nobody has looked at it yet: what the console shows, not a failure
        return str(held)
