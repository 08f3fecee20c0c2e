"""Policies that act on others: joined whichever comes first, and the other's state follows on its day."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.database import Sessions, unit_of_work
from policies.intake.importing import import_paths
from policies.library import find_policy, list_relations
from policies.models import Policy
from policies.validity import refresh

Import = Callable[..., None]
OLD = {
    "title": "某市人才公寓管理暂行办法",
    "doc_number": "某政发〔2016〕39号",
    "region": "某省某市",
    "published_date": "2016-05-01",
}
NEW = {
    "title": "某市人才公寓管理办法",
    "region": "某省某市",
    "published_date": "2025-10-01",
    "text": "本办法自2025年11月1日起施行，《某市人才公寓管理暂行办法》（某政发〔2016〕39号）同时废止。",
}


@pytest.fixture
def bring_in(sessions: Sessions, tmp_path: Path) -> Import:
    """Imports rows on a day of 2025, the 15th of October unless told otherwise."""

    def bring(*rows: dict[str, Any], month: int = 10) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
        report = import_paths(sessions, [path], lambda: datetime(2025, month, 15, tzinfo=UTC))
        assert not report.refused

    return bring


def states(sessions: Sessions) -> dict[str, str]:
    with sessions() as session:
        return {policy.title: policy.state for policy in session.scalars(select(Policy))}


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_a_repeal_finds_its_target_whichever_comes_first_and_works_on_its_day(
    order: tuple[dict[str, Any], ...], bring_in: Import, sessions: Sessions
) -> None:
    for row in order:
        bring_in(row)
    with sessions() as session:
        old = find_policy(session, "某政发〔2016〕39号")
        (relation,) = list_relations(session, old.id)
        assert (relation.kind, relation.policy.title, relation.outgoing) == ("repeals", NEW["title"], False)
        (back,) = list_relations(session, relation.policy.id)
        assert (back.kind, back.policy.id, back.outgoing) == ("repeals", old.id, True)
    assert states(sessions)[OLD["title"]] == "in_force"
    with unit_of_work(sessions) as session:
        refresh(session, datetime(2025, 11, 1, tzinfo=UTC).date())
    assert states(sessions)[OLD["title"]] == "repealed"


def test_an_amendment_and_an_interpretation_are_joined(bring_in: Import, sessions: Sessions) -> None:
    bring_in(
        OLD,
        {"title": "某市人民政府关于修改《某市人才公寓管理暂行办法》的决定", "published_date": "2020-01-01"},
        {"title": "《某市人才公寓管理暂行办法》政策解读", "published_date": "2016-05-02"},
        {"title": "关于公开征求《某市人才公寓管理暂行办法》修改意见的公告", "published_date": "2019-01-01"},
    )
    with sessions() as session:
        old = find_policy(session, "某政发〔2016〕39号")
        assert [relation.kind for relation in list_relations(session, old.id)] == ["amends", "interprets"]
        assert old.state == "amended"


def test_the_policy_of_the_same_place_is_meant(bring_in: Import, sessions: Sessions) -> None:
    bring_in(
        {"title": "就业补助办法", "region": "甲省乙市", "url": "https://a/1", "published_date": "2020-01-01"},
        {"title": "就业补助办法", "region": "丙省", "url": "https://a/2", "published_date": "2022-01-01"},
        {"title": "就业补助办法", "region": "丙省", "url": "https://a/3", "published_date": "2024-01-01"},
        {"title": "《就业补助办法》解读", "region": "丙省", "url": "https://a/4", "published_date": "2023-01-01"},
        {"title": "一图读懂《就业补助办法》", "region": "丁市", "url": "https://a/5", "published_date": "2023-01-01"},
    )
    with sessions() as session:
        (relation,) = list_relations(session, find_policy(session, "https://a/4").id)
        assert relation.policy.url == "https://a/2"
        assert list_relations(session, find_policy(session, "https://a/5").id) == []


def test_a_relation_may_name_its_target_by_address(bring_in: Import, sessions: Sessions) -> None:
    bring_in(
        {"title": "某办法", "url": "https://a/1"},
        {"title": "某某附件", "relations": [{"kind": "attaches", "target": "https://a/1"}]},
    )
    with sessions() as session:
        (relation,) = list_relations(session, find_policy(session, "某某附件").id)
        assert (relation.kind, relation.policy.url) == ("attaches", "https://a/1")


def test_a_policy_expires_after_its_last_day_unless_extended(bring_in: Import, sessions: Sessions) -> None:
    bring_in(
        {"title": "甲市第一补助办法", "expires_date": "2025-10-14"},
        {"title": "甲市第二补助办法", "expires_date": "2025-10-15"},
        {"title": "甲市第三补助办法", "expires_date": "2025-10-14"},
        {"title": "关于延长《甲市第三补助办法》有效期的通知"},
    )
    found = states(sessions)
    assert found["甲市第一补助办法"] == "expired"
    assert found["甲市第二补助办法"] == found["甲市第三补助办法"] == "in_force"
