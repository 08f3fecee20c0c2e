"""How far a push has come: its deliveries by state and channel, and what people did with them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.models import Engagement, EngagementKind
from workers.models import OPEN, WAITING, Delivery, DeliveryState, Push, PushState

STATE_LABELS = {
    DeliveryState.PLANNED: "等待发送",
    DeliveryState.SENDING: "正在发送",
    DeliveryState.RETRY: "稍后重试",
    DeliveryState.UNKNOWN: "等待核实",
    DeliveryState.ACCEPTED: "已提交",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.FAILED: "未送达",
    DeliveryState.SUPPRESSED: "不再发送",
    DeliveryState.EXPIRED: "已过时效",
}
PUSH_STATES = {
    PushState.DRAFT: ("草稿", "soft"),
    PushState.PLANNED: ("等待审批", "warn"),
    PushState.RUNNING: ("正在推送", ""),
    PushState.PAUSED: ("已暂停", "warn"),
    PushState.CANCELLED: ("已取消", "soft"),
    PushState.DONE: ("已完成", "good"),
}
CHANNEL_LABELS = {"wechat": "微信", "sms": "短信", "mail": "邮件"}
_GONE = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Progress:
    """`states` by name of state, `channels` by channel and state; `open` still move by themselves."""

    total: int
    states: dict[str, int]
    channels: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, *states: str) -> int:
        return sum(self.states.get(state, 0) for state in states)

    @property
    def open(self) -> int:
        return self.count(*OPEN)

    @property
    def settled(self) -> int:
        return self.total - self.open

    @property
    def gone(self) -> int:
        """Taken by a provider, whether or not it has said more."""
        return self.count(*_GONE)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: how many came so far."""

    label: str
    count: int


def progress_of(session: Session, pushes: Iterable[Push]) -> dict[int, Progress]:
    """The progress of each push, by id."""
    pushes = list(pushes)
    rows = session.execute(
        select(Delivery.push_id, Delivery.channel, Delivery.state, func.count())
        .where(Delivery.push_id.in_([push.id for push in pushes]), Delivery.month.in_(_months(pushes)))
        .group_by(Delivery.push_id, Delivery.channel, Delivery.state)
    ).all()
    found = {}
    for push in pushes:
        states: dict[str, int] = {}
        channels: dict[str, dict[str, int]] = {}
        for push_id, channel, state, count in rows:
            if push_id == push.id:
                states[state] = states.get(state, 0) + count
                channels.setdefault(channel, {})[state] = count
        found[push.id] = Progress(push.audience_size, states, channels)
    return found


def find_next(session: Session, push: Push, now: datetime) -> datetime | None:
    """When the next of those who still wait may be sent to, where that is later (quiet hours, retries)."""
    due = select(func.min(Delivery.due_at)).where(
        Delivery.push_id == push.id, Delivery.month == push.month, Delivery.state.in_(WAITING)
    )
    first = session.scalar(due)
    return first if first is not None and first > now else None


def list_steps(session: Session, push: Push, progress: Progress) -> list[Step]:
    """From those who match to those who acted: deliveries, receipts and what was done on the pages."""
    counted = session.execute(
        select(Engagement.kind, func.count(Engagement.delivery_id.distinct()))
        .where(Engagement.push_id == push.id)
        .group_by(Engagement.kind)
    )
    done = {row[0]: row[1] for row in counted}
    return [
        Step("应送达", progress.total),
        Step("服务商已接收", progress.gone),
        Step("已送达（有回执）", progress.count(DeliveryState.DELIVERED)),
        Step("打开", done.get(EngagementKind.OPENED, 0)),
        Step("核对“与我有关吗”", done.get(EngagementKind.CHECKED, 0)),
        Step("说“有用”", done.get(EngagementKind.USEFUL, 0)),
    ]


def _months(pushes: list[Push]) -> list[date]:
    return list({push.month for push in pushes})
