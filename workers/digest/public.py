"""The public edition: the period's policies by group and topic, in numbers, what ends soon, what was repealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from policies.models import Policy
from workers.digest.charts import Chart
from workers.digest.drafting import list_items, period_in
from workers.digest.figures import count_figures
from workers.models import Edition, EditionItem, EditionKind, EditionState
from workers.notices import chinese_date

NAMES = {
    EditionKind.MONTHLY: "一月政策",
    EditionKind.WEEKLY: "政务公开周刊",
    EditionKind.QUARTERLY: "一季政策",
}
_GROUPS = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "个人", "": "企业和个人"}
_OTHER = "其他"
_MOST_BARS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One policy as the public reads it. Dates are phrases, empty where there is none."""

    policy_id: int
    title: str
    sentence: str
    agency: str
    doc_number: str
    published: str
    deadline: str
    link: str


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    topics: list[Topic]


@dataclass(frozen=True, slots=True)
class Public:
    """All that the page, the feed, the article and the print say."""

    label: str
    name: str
    period: str
    released: date | None
    foreword: str
    chosen: Entry | None
    groups: list[Group]
    figures: Mapping[str, Any]
    charts: list[Chart]
    soon: list[Entry]
    ended: list[tuple[str, str]]
    """What was repealed, and by what."""

    @property
    def title(self) -> str:
        return f"{self.name} · {self.period}"

    @property
    def count(self) -> int:
        return sum(len(topic.entries) for group in self.groups for topic in group.topics)


def make_public(session: Session, edition: Edition, vocabulary: Vocabulary, base: str) -> Public:
    """The public edition as it stands: of a draft its preview, of a released one what was frozen.

    `base` is the address of the site, before the links.
    """
    period = period_in(edition)
    items = list_items(session, edition)
    policies = {
        one.id: one for one in session.scalars(select(Policy).where(Policy.id.in_([item.policy_id for item in items])))
    }
    entries = {item.policy_id: _entry(item, policies[item.policy_id], base) for item in items}
    frozen = edition.state == EditionState.RELEASED and edition.figures
    figures = edition.figures if frozen else count_figures(session, edition)
    return Public(
        label=period.label,
        name=NAMES[period.kind],
        period=period.name,
        released=local_date(edition.released_at) if edition.released_at else None,
        foreword=edition.foreword,
        chosen=entries.get(edition.chosen_id) if edition.chosen_id else None,
        groups=_grouped(items, entries, vocabulary),
        figures=figures,
        charts=_charts(figures, vocabulary, edition.starts, edition.ends),
        soon=[_ending_entry(one, base) for one in figures["soon"]],
        ended=[(gone, by) for gone, by in figures["ended"]],
    )


def _entry(item: EditionItem, policy: Policy, base: str) -> Entry:
    return Entry(
        policy_id=item.policy_id,
        title=item.title,
        sentence=item.sentence,
        agency=policy.agency,
        doc_number=policy.doc_number,
        published=chinese_date(policy.published_date),
        deadline=chinese_date(item.closes),
        link=f"{base.rstrip('/')}/p/{item.policy_id}",
    )


def _grouped(items: Sequence[EditionItem], entries: Mapping[int, Entry], vocabulary: Vocabulary) -> list[Group]:
    """By whom it serves, then by topic; within a topic in the editor's order, topics by their first item."""
    groups: dict[str, dict[str, list[Entry]]] = {}
    for item in items:
        name = vocabulary.topics[item.topic].name if item.topic in vocabulary.topics else _OTHER
        groups.setdefault(item.side, {}).setdefault(name, []).append(entries[item.policy_id])
    return [
        Group(label, [Topic(name, held) for name, held in _others_last(groups[side])])
        for side, label in _GROUPS.items()
        if side in groups
    ]


def _others_last(topics: dict[str, list[Entry]]) -> list[tuple[str, list[Entry]]]:
    return sorted(topics.items(), key=lambda topic: topic[0] == _OTHER)


def _charts(figures: Mapping[str, Any], vocabulary: Vocabulary, starts: date, ends: date) -> list[Chart]:
    topics = [
        (vocabulary.topics[code].name if code in vocabulary.topics else code, number)
        for code, number in figures["topics"][:_MOST_BARS]
    ]
    by_day = dict(figures["days"])
    span = [starts + timedelta(days=number) for number in range((ends - starts).days + 1)]
    days = [(str(day.day), by_day.get(day.isoformat(), 0)) for day in span] if by_day else []
    charts = [Chart("各主题政策数", topics), Chart("每日发布数", days, columns=True)]
    return [chart for chart in charts if chart.values]


def _ending_entry(one: Mapping[str, Any], base: str) -> Entry:
    closes = date.fromisoformat(one["closes"]) if one["closes"] else None
    link = f"{base.rstrip('/')}/p/{one['policy_id']}"
    return Entry(one["policy_id"], one["title"], "", one["agency"], "", "", chinese_date(closes), link)
