"""The sample policies: enough of them, of all levels and formats, whole, and related as they are in reality."""

import re
from collections import Counter
from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select

from core.clock import SHANGHAI
from core.database import Sessions
from policies.intake.importing import ImportReport, import_paths
from policies.library import current_version, find_policy, list_relations
from policies.models import Policy
from policies.samples import DEMO_DAY, SAMPLES


def on_demo_day() -> datetime:
    return datetime.combine(DEMO_DAY, time(10), SHANGHAI).astimezone(UTC)


@pytest.fixture
def report(sessions: Sessions) -> ImportReport:
    return import_paths(sessions, [SAMPLES], on_demo_day)


def test_all_are_taken_and_whole(report: ImportReport, sessions: Sessions) -> None:
    assert report.refused == report.same == report.changed == []
    assert len(report.new) == 38
    with sessions() as session:
        for one in report.new:
            text = current_version(session, one.policy_id).text
            assert 250 <= len(text) <= 1200, one.source
            assert "一、" in text[:120], one.source
            assert not re.search("首页|网站标识码|打印本页|[|]", text), one.source


def test_every_level_and_format_is_there(report: ImportReport, sessions: Sessions) -> None:
    with sessions() as session:
        policies = session.scalars(select(Policy)).all()
    places = Counter(policy.region for policy in policies)
    assert set(places) == {"全国", "北京市", "北京市海淀区", "杭州市", "浙江省杭州市", "广东省深圳市", "四川省成都市"}
    assert all(policy.agency and policy.title and policy.region for policy in policies)
    kinds = Counter(policy.kind for policy in policies)
    assert kinds["interpretation"] == 3
    assert kinds["call"] >= 5
    assert {one.source.split(" ")[0].rsplit(".", 1)[1] for one in report.new} == {"html", "txt", "jsonl"}


@pytest.mark.parametrize(
    ("words", "kind", "target", "state"),
    [
        ("国发〔2023〕13号", "amends", "国发〔2018〕41号", "amended"),
        ("工信部企业〔2026〕2号", "repeals", "工信部企业〔2022〕63号", "repealed"),
        ("京建法〔2020〕6号", "repeals", "京建法〔2015〕19号", "repealed"),
        ("育儿补贴制度政策问答", "interprets", "育儿补贴制度实施方案", "in_force"),
        ("义务教育阶段入学工作的意见》政策解读", "interprets", "2026年义务教育阶段入学工作的意见", "in_force"),
        ("申报指南》的政策解读", "interprets", "2026年中关村科学城模型券政策申报指南", "in_force"),
    ],
)
@pytest.mark.usefixtures("report")
def test_they_are_related_as_in_reality(sessions: Sessions, words: str, kind: str, target: str, state: str) -> None:
    with sessions() as session:
        relations = list_relations(session, find_policy(session, words).id)
        assert [(one.kind, one.policy.id) for one in relations] == [(kind, find_policy(session, target).id)]
        assert relations[0].policy.state == state


def test_a_second_import_changes_nothing(report: ImportReport, sessions: Sessions) -> None:
    again = import_paths(sessions, [SAMPLES], on_demo_day)
    assert (len(again.same), again.new, again.changed, again.refused) == (len(report.new), [], [], [])
