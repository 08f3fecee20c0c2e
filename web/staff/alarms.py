"""What staff must look at: gates that are shut, messages that are late, answers that point at us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis, RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.outcome import ACTIONS, OutcomeClass
from channels.sender import Sender
from web.staff.progress import CHANNEL_LABELS
from workers.gates import describe
from workers.inquiries import count_waiting
from workers.models import WAITING, Attempt, Delivery, Push, PushState

LATE = timedelta(minutes=15)
LATELY = timedelta(hours=24)
MOST_COUNTED = 10_000
"""Late ones are counted so far and no further."""
UNANSWERED = timedelta(hours=24)
OUTCOME_LABELS = {
    OutcomeClass.OK: "已接收",
    OutcomeClass.DUP: "重复，服务商已有",
    OutcomeClass.TOKEN: "凭证过期",
    OutcomeClass.TEMP: "服务商暂时故障",
    OutcomeClass.RATE_MIN: "发送过快",
    OutcomeClass.RATE_DAY: "当日额度用完",
    OutcomeClass.RECIPIENT_TEMP: "对方暂时收不到",
    OutcomeClass.RECIPIENT_PERM: "地址不存在",
    OutcomeClass.OPT_OUT: "对方已拒收",
    OutcomeClass.WINDOW: "没有发送资格",
    OutcomeClass.CONTENT: "内容或模板被拒",
    OutcomeClass.CONFIG: "账号或配置有误",
    OutcomeClass.AMBIGUOUS: "结果不明，等待核实",
}
_OURS = [cls for cls, action in ACTIONS.items() if action.alert]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing and what to do about it."""

    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate before a provider account; `why` is the provider's code, empty for an open one."""

    channel: str
    provider: str
    why: str


def list_gates(redis: Redis, senders: Mapping[Channel, Sender], now: datetime) -> list[Gate]:
    """The gates of all channels. Raises redis.RedisError."""
    return [
        Gate(channel, sender.provider, describe(redis, sender.provider, now)) for channel, sender in senders.items()
    ]


def list_alarms(session: Session, redis: Redis, senders: Mapping[Channel, Sender], now: datetime) -> list[Alarm]:
    """All that is wrong now, the worst first."""
    return [
        *_of_gates(redis, senders, now),
        *_of_late(session, now),
        *_of_inquiries(session, now),
        *_of_answers(session, now),
    ]


def _of_gates(redis: Redis, senders: Mapping[Channel, Sender], now: datetime) -> list[Alarm]:
    try:
        gates = list_gates(redis, senders, now)
    except RedisError:
        return [Alarm("Redis 无法连接", "投递已停，恢复后会自动继续，不会丢失。请联系运维。")]
    return [
        Alarm(
            f"{CHANNEL_LABELS[gate.channel]}渠道已暂停（{gate.provider}：{gate.why}）",
            "系统会自动试探恢复；持续超过一小时请检查账号、额度和模板。",
        )
        for gate in gates
        if gate.why
    ]


def _of_late(session: Session, now: datetime) -> list[Alarm]:
    # Running pushes first: without their ids and months PostgreSQL would read all that waits.
    running = session.execute(select(Push.id, Push.month).where(Push.state == PushState.RUNNING)).all()
    if not running:
        return []
    due = (
        select(Delivery.id)
        .where(Delivery.push_id.in_([push_id for push_id, _ in running]))
        .where(Delivery.month.in_({month for _, month in running}))
        .where(Delivery.state.in_(WAITING), Delivery.due_at < now - LATE)
        .limit(MOST_COUNTED)
    )
    late = session.scalar(select(func.count()).select_from(due.subquery())) or 0
    more = "或更多" if late == MOST_COUNTED else ""
    title = f"有 {late:,} 条{more}投递超过 15 分钟没有发出"
    return [Alarm(title, "请检查工作进程和调度器是否在运行。")] if late else []


def _of_inquiries(session: Session, now: datetime) -> list[Alarm]:
    late = count_waiting(session, now - UNANSWERED)
    if not late:
        return []
    return [Alarm(f"有 {late} 条留言等了一天还没有回复", "微信只在 48 小时内接收回复，请客服在“留言”页处理。")]


def _of_answers(session: Session, now: datetime) -> list[Alarm]:
    rows = session.execute(
        select(Attempt.channel, Attempt.outcome, func.count())
        .where(Attempt.at > now - LATELY, Attempt.outcome.in_(_OURS))
        .group_by(Attempt.channel, Attempt.outcome)
        .order_by(func.count().desc())
    )
    return [
        Alarm(
            f"{CHANNEL_LABELS[channel]}：{OUTCOME_LABELS[OutcomeClass(outcome)]}，24 小时内 {count} 次",
            "请在“渠道”页查看服务商的错误码。",
        )
        for channel, outcome, count in rows
    ]
