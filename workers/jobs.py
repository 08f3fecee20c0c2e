"""The jobs of the schedule: when each is due on China's clock, and what it does. The time is the runtime's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import delete, select

from core.clock import SHANGHAI, local_date
from core.database import unit_of_work
from core.settings import Settings
from core.vocabulary.workdays import load_workdays
from subscribers.models import Subscriber
from workers.changes import announce
from workers.digest.publishing import send_waiting
from workers.digest.routine import draft_due, release_due
from workers.followers import forget_events
from workers.maintenance import maintain
from workers.models import Bundle, BundleBlock, Feedback, Habit, JobRun, Push
from workers.partitions import month_of
from workers.plan import wake_push
from workers.reminders import remind
from workers.returns import fetch
from workers.runtime import Runtime
from workers.welcome import ask_silent, greet, note_returned

KEEP_RUNS = timedelta(days=400)
MISSED_FOR = timedelta(days=7)
"""A job that was missed is made up for once within this time, later not at all."""


@dataclass(frozen=True)
class ScheduledJob:
    """`act` answers what came of it, in a Chinese phrase, and may be run twice or late without harm."""

    name: str
    label: str
    trigger: BaseTrigger
    act: Callable[[Runtime], str]

    def last_due(self, after: datetime, until: datetime) -> datetime | None:
        """The last time after `after` and not after `until`, looking back a week; None where there was none."""
        due = self.trigger.get_next_fire_time(None, max(after, until - MISSED_FOR) + timedelta(microseconds=1))
        last = None
        while due is not None and due <= until:
            last, due = due, self.trigger.get_next_fire_time(due, due)
        return last

    def next_due(self, now: datetime) -> datetime | None:
        found: datetime | None = self.trigger.get_next_fire_time(None, now)
        return found


def list_jobs(settings: Settings) -> list[ScheduledJob]:
    """All jobs, in the order in which those of one moment run."""
    hour, minute = settings.digest_time.split(":")[:2]
    jobs = [
        ScheduledJob("maintain", "建表与清理", _at(3, 30), clean_up),
        ScheduledJob("digest_draft", "月报起草", _at(7, 0), draft_due),
        ScheduledJob("digest", "月报发布", _at(int(hour), int(minute)), release_due),
        ScheduledJob("article", "公众号文章群发", _at(9, 20), send_waiting),
        ScheduledJob("changes", "政策变化通知", _at(8, 40), tell_changes),
        ScheduledJob("reminders", "截止提醒", _at(9, 0), send_reminders),
        ScheduledJob("welcome", "新订阅者与画像变化", _at("8-20", 10), welcome),
        ScheduledJob("silent", "久未打开者询问", _at(10, 0, day_of_week="mon"), ask_the_silent),
    ]
    if settings.mail_returns or settings.tencent_pull:
        jobs.append(ScheduledJob("returns", "收取退信与短信回执", _at("*", "*/5"), fetch))
    return jobs


def clean_up(runtime: Runtime) -> str:
    """The nightly work; forgetting old runs, the lines of old pushes, and what erased subscribers did."""
    maintain(runtime)
    now = runtime.clock()
    oldest = month_of(local_date(now - timedelta(days=31 * runtime.settings.retention_months)))
    gone = select(Subscriber.id).where(Subscriber.erased_at.is_not(None))
    old = select(Push.id).where(Push.month < oldest)
    with unit_of_work(runtime.sessions) as session:
        session.execute(delete(JobRun).where(JobRun.due_at < now - KEEP_RUNS))
        for kept in (BundleBlock, Bundle):
            session.execute(delete(kept).where(kept.push_id.in_(old)))
        for known in (Feedback, Habit):
            session.execute(delete(known).where(known.subscriber_id.in_(gone)))
        forget_events(session, now)
    return "已完成"


def tell_changes(runtime: Runtime) -> str:
    """Plan what is to be told of changed policies."""
    with unit_of_work(runtime.sessions) as session:
        pushes = announce(session, runtime.vocabulary, runtime.clock())
        for push in pushes:
            wake_push(session, runtime.celery, push)
        return f"通知{len(pushes)}项变化，{sum(push.audience_size for push in pushes)}人次"


def send_reminders(runtime: Runtime) -> str:
    """Plan the reminders of the day."""
    with unit_of_work(runtime.sessions) as session:
        push = remind(session, load_workdays(runtime.settings.vocabulary_dir), runtime.clock())
        if push is None:
            return "今天没有要提醒的"
        wake_push(session, runtime.celery, push)
        return f"提醒{push.audience_size}人"


def welcome(runtime: Runtime) -> str:
    """Greet those who came and those whose profile changed; take back in who opened something again."""
    with unit_of_work(runtime.sessions) as session:
        back = note_returned(session)
        pushes = greet(session, runtime.vocabulary, runtime.clock())
        for push in pushes:
            wake_push(session, runtime.celery, push)
        return f"推荐给{sum(push.audience_size for push in pushes)}人，{back}人恢复接收"


def ask_the_silent(runtime: Runtime) -> str:
    """Ask those who opened nothing for long whether to go on; who doesn't answer gets the digest only."""
    with unit_of_work(runtime.sessions) as session:
        push, quieted = ask_silent(session, runtime.clock())
        if push is not None:
            wake_push(session, runtime.celery, push)
        return f"询问{push.audience_size if push else 0}人，{quieted}人改为只收月报"


@cache  # triggers hold no state
def _at(hour: int | str, minute: int | str, **days: str) -> BaseTrigger:
    return CronTrigger(hour=hour, minute=minute, timezone=SHANGHAI, **days)
