"""Whom a targeting reaches, in figures and in the words of staff."""

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.decision import ACTS, Act, Code
from matcher.models import Targeting
from web.staff.desk import Desk

REASON_LABELS: dict[str, str] = {
    Code.SUBSCRIBED_FITS: "已订阅，符合",
    Code.SUBSCRIBED_CHECK: "已订阅，基本符合，个别条款请本人核对",
    Code.SUBSCRIBED_ASK: "已订阅，信息不足，附上要补的一项",
    Code.RECOMMENDED_FITS: "未订阅但对口，符合",
    Code.RECOMMENDED_CHECK: "未订阅但对口，基本符合",
    Code.RECOMMENDED_ASK: "未订阅但可能适合，信息不足",
    Code.CLOSED: "申报已截止",
    Code.NOT_FITTING: "不符合条件",
    Code.PLACE_UNKNOWN: "所在地不清楚",
    Code.NO_INTEREST: "未订阅，也不对口",
    "capped": "超过本人接收频次",
    "unreachable": "没有可用的联系方式",
    "already_pushed": "这一版已经收到过",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One reason and how many it concerns."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many are told now, in the digest, not; with the reasons, the largest first. `was`: told now before."""

    push: int
    digest: int
    none: int
    lines: dict[Act, list[Line]]
    was: int | None = None

    @property
    def change(self) -> int:
        return self.push - self.was if self.was is not None else 0


def reach_of(counts: Mapping[Code, int], was: int | None = None) -> Reach:
    lines: dict[Act, list[Line]] = {act: [] for act in Act}
    for code, count in sorted(counts.items(), key=lambda item: -item[1]):
        lines[ACTS[code]].append(Line(REASON_LABELS[code], count))
    totals = {act: sum(line.count for line in lines[act]) for act in Act}
    return Reach(totals[Act.PUSH], totals[Act.DIGEST], totals[Act.NONE], lines, was)


def count_push(desk: Desk, targeting: Targeting) -> int:
    """How many a targeting as it is now would be pushed to."""
    return reach_of(desk.audience.count_targeting(targeting)).push
