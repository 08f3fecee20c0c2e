"""What the demo shows: numbers per policy, three messages as received, one answer to "why not", time per stage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from pyroaring import BitMap
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from channels.simulators.client import SimulatorClient
from cli.output import console
from cli.tables import CHANNEL_NAMES
from core.addresses import MASKS
from core.clock import local_date, local_time
from core.vocabulary.load import Vocabulary
from matcher.answers import explain_decision, reason_label
from matcher.decision import Code
from matcher.models import DecisionGroup, Targeting
from policies.models import PolicyVersion
from subscribers.models import Subscriber
from workers.plan import CAPPED, Planned
from workers.runtime import Runtime

CHANNELS = ("wechat", "sms", "mail")


@dataclass(frozen=True)
class Row:
    """One policy: whom it was matched with, what went out, what waits for the digest, and why the rest got nothing."""

    title: str
    topics: list[str]
    firms: int
    people: int
    sent: dict[str, int]
    digest: int
    rest: dict[str, int]


@dataclass(frozen=True)
class Sample:
    """A message as its receiver sees it, with a masked address."""

    channel: str
    address: str
    text: str


@dataclass(frozen=True)
class WhyNot:
    """The explanation of somebody who didn't get a policy."""

    title: str
    subscriber: int
    text: str


@dataclass(frozen=True)
class DemoResult:
    """The whole demo. `differences` are disagreements with the simulators' ledgers: there must be none."""

    day: str
    policies: int
    subscribers: int
    matched: int
    deliveries: int
    accepted: dict[str, int]
    failed: int
    rows: list[Row]
    samples: list[Sample]
    why_not: WhyNot | None
    seconds: dict[str, float]
    differences: list[str]
    report: str

    def as_dict(self) -> dict[str, Any]:
        """The object of `--json`."""
        names = ("policies", "subscribers", "matched", "deliveries", "accepted", "failed", "seconds", "report")
        return {name: getattr(self, name) for name in names}


def gather(
    runtime: Runtime, planned: list[Planned], simulators: SimulatorClient, seconds: dict[str, float], folder: Path
) -> DemoResult:
    """Read the result from the database and the simulators, and write the report."""
    with runtime.sessions() as session:
        accepted = _accepted(session)
        theirs = simulators.counts()
        report = folder / "report.html"
        result = DemoResult(
            day=f"{local_time(runtime.clock()):%Y年%m月%d日}",
            policies=session.scalars(text("SELECT count(*) FROM policies")).one(),
            subscribers=session.scalars(text("SELECT count(*) FROM subscribers")).one(),
            matched=sum(one.push.audience_size + one.reasons.get(CAPPED, 0) for one in planned),
            deliveries=session.scalars(text("SELECT count(*) FROM deliveries")).one(),
            accepted=accepted,
            failed=session.scalars(text("SELECT count(*) FROM deliveries WHERE state = 'failed'")).one(),
            rows=[_row(session, one, runtime.vocabulary) for one in planned],
            samples=[sample for channel in CHANNELS for sample in _samples(simulators, channel)],
            why_not=_why_not(runtime, session, planned),
            seconds={**seconds, "total": round(sum(seconds.values()), 2)},
            differences=[
                f"{CHANNEL_NAMES[c]}：我方 {accepted.get(c, 0)}，对方 {theirs.get(c, 0)}"
                for c in CHANNELS
                if accepted.get(c, 0) != theirs.get(c, 0)
            ],
            report=str(report),
        )
    write_report(result, report)
    return result


def write_report(result: DemoResult, path: Path) -> None:
    """The same as is printed, as a page."""
    pages = Environment(loader=PackageLoader("cli"), autoescape=True)
    path.write_text(pages.get_template("demo.html").render(r=result, names=CHANNEL_NAMES), encoding="utf-8")


def print_result(result: DemoResult) -> None:
    """Tables and messages for a terminal."""
    numbers = ("企业", "个人", *CHANNEL_NAMES.values(), "月报")
    table = Table("政策（主题；其余的人为什么没有）", title=f"推送结果，演示日 {result.day}", show_lines=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        rest = "，".join(f"{words} {count}" for words, count in row.rest.items())
        words = f"[bold]{escape(row.title)}[/bold]\n{'、'.join(row.topics)}\n[dim]{rest}[/dim]"
        counts = (row.firms, row.people, *(row.sent.get(channel, 0) for channel in CHANNELS), row.digest)
        table.add_row(words, *map(str, counts))
    console.print(table)
    for sample in result.samples:
        console.rule(f"{CHANNEL_NAMES[sample.channel]} → {sample.address}", align="left")
        console.print(sample.text, markup=False)
    if result.why_not:
        console.rule(f"为什么订阅者 {result.why_not.subscriber} 没有收到《{result.why_not.title}》", align="left")
        console.print(result.why_not.text, markup=False)
    console.rule("用时（秒）", align="left")
    console.print("  ".join(f"{name} {seconds}" for name, seconds in result.seconds.items()), markup=False)
    accepted = "，".join(f"{CHANNEL_NAMES[c]} {result.accepted.get(c, 0)}" for c in CHANNELS)
    console.print(f"共 {result.deliveries} 条投递，服务商接收：{accepted}；失败 {result.failed}。报告：{result.report}")


def _accepted(session: Session) -> dict[str, int]:
    rows = session.execute(
        text("SELECT channel, count(*) AS n FROM deliveries WHERE state IN ('accepted', 'delivered') GROUP BY channel")
    )
    found = {row.channel: row.n for row in rows}
    return {channel: found.get(channel, 0) for channel in CHANNELS}


def _row(session: Session, planned: Planned, vocabulary: Vocabulary) -> Row:
    push = planned.push
    targeting = session.get_one(Targeting, push.targeting_id)
    kinds = session.execute(
        text(
            "SELECT s.kind, count(*) AS n FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id "
            "WHERE d.push_id = :push AND d.month = :month GROUP BY s.kind"
        ),
        {"push": push.id, "month": push.month},
    )
    by_kind = {row.kind: row.n for row in kinds}
    sent = session.execute(
        text(
            "SELECT channel, count(*) AS n FROM deliveries WHERE push_id = :push AND month = :month "
            "AND state IN ('accepted', 'delivered') GROUP BY channel"
        ),
        {"push": push.id, "month": push.month},
    )
    groups = session.scalars(select(DecisionGroup).where(DecisionGroup.targeting_id == targeting.id)).all()
    return Row(
        title=push.notice["title"],
        topics=[vocabulary.topics[code].name for code in targeting.topics],
        firms=by_kind.get("enterprise", 0),
        people=by_kind.get("individual", 0),
        sent={row.channel: row.n for row in sent},
        digest=sum(group.size for group in groups if group.action == "digest"),
        rest={
            reason_label(group.reason): group.size
            for group in sorted(groups, key=lambda g: -g.size)
            if group.action == "none" and group.size
        },
    )


def _samples(simulators: SimulatorClient, channel: str) -> list[Sample]:
    return [
        Sample(channel, MASKS[channel](one["address"]), message_text(channel, one["content"]))
        for one in simulators.accepted(channel)
    ]


def message_text(channel: str, content: dict[str, Any]) -> str:
    """What the receiver reads of an accepted message."""
    if channel == "sms":
        return str(content["text"])
    if channel == "mail":
        return f"主题：{content['subject']}\n\n{content['text']}"
    lines = [f"{label}" for label in content["data"].values()]
    return "\n".join([*lines, f"点开：{content['url']}"])


def _why_not(runtime: Runtime, session: Session, planned: list[Planned]) -> WhyNot | None:
    """Somebody who subscribed to a policy's topic and yet doesn't fulfil its conditions, by the most telling policy."""
    best: tuple[int, Targeting, Subscriber] | None = None
    for one in planned:
        targeting = session.get_one(Targeting, one.push.targeting_id)
        group = session.scalars(
            select(DecisionGroup).where(
                DecisionGroup.targeting_id == targeting.id, DecisionGroup.reason == Code.NOT_FITTING
            )
        ).first()
        for subscriber_id in list(BitMap.deserialize(group.members))[:200] if group else []:
            subscriber = session.get_one(Subscriber, subscriber_id)
            answer = explain_decision(session, targeting, subscriber, runtime.vocabulary, local_date(runtime.clock()))
            telling = (
                sum(r.part == "condition" for r in answer.reasons)
                if set(subscriber.topics) & set(targeting.topics)
                else 0
            )
            if telling and (best is None or telling > best[0]):
                best = telling, targeting, subscriber
    if best is None:
        return None
    _, targeting, subscriber = best
    answer = explain_decision(session, targeting, subscriber, runtime.vocabulary, local_date(runtime.clock()))
    return WhyNot(_title(session, targeting), subscriber.id, answer.as_text())


def _title(session: Session, targeting: Targeting) -> str:
    return session.get_one(PolicyVersion, targeting.version_id).title
