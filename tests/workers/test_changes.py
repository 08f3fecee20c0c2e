"""After a push: new versions, amendments, extensions, repeals, expiry and corrections, each told once."""

from datetime import date, timedelta
from typing import Any

import pytest
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.simulators.serve import RunningSimulators
from core.database import unit_of_work
from core.errors import ZhidaError
from matcher.decision import Act
from matcher.matching import keep
from matcher.models import Targeting
from policies.models import Policy, PolicyRelation, PolicyState, RelationKind
from tests.workers.conftest import NOON, add_reader, plan
from tests.workers.rows import HAIDIAN, lines_of, policy_of, published, reasons, retargeted, send, states
from workers.changes import announce, correct
from workers.feedback import note
from workers.models import FeedbackKind, Push
from workers.runtime import Runtime

GRADUATE = {"field": "education", "op": "ge", "value": "bachelor", "quote": "本科以上"}
ADULT = {"field": "age", "op": "ge", "value": 18, "quote": "年满18周岁"}


def acting_on(session: Session, target: Policy, kind: RelationKind, title: str) -> None:
    source = policy_of(session, published(session, title, date(2026, 11, 20), pushable=False))
    session.add(PolicyRelation(source_id=source.id, kind=kind, named=target.stem, target_id=target.id))
    session.flush()


def pushed(runtime: Runtime, session: Session, title: str = "海淀政策", **values: Any) -> Targeting:
    targeting = published(session, title, **values)
    plan(runtime, session, targeting)
    return targeting


def told_once(runtime: Runtime, session: Session) -> list[Push]:
    pushes = announce(session, runtime.vocabulary, NOON)
    assert announce(session, runtime.vocabulary, NOON) == []
    return pushes


def test_nothing_is_told_where_nothing_changed(runtime: Runtime, session: Session) -> None:
    add_reader(runtime, session, HAIDIAN)
    pushed(runtime, session)
    assert told_once(runtime, session) == []


def test_a_new_version_tells_the_difference_and_what_it_means_for_each(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    with unit_of_work(runtime.sessions) as session:
        stays = add_reader(runtime, session, {**HAIDIAN, "education": "master"})
        loses = add_reader(runtime, session, {**HAIDIAN, "education": "senior_high"})
        unsure = add_reader(runtime, session, HAIDIAN)
        old = pushed(runtime, session)
        new = retargeted(
            session, old, new_version=True, conditions={"all": [ADULT, GRADUATE]}, closes=date(2027, 1, 31)
        )
        [push] = told_once(runtime, session)
        assert push.targeting_id == new.id
    send(runtime, push, NOON)
    assert simulators.providers.world.counts["wechat"] == 3
    with runtime.sessions() as session:
        said = {one.id: reasons(session, push, one.id) for one in (stays, loses, unsure)}
    difference = "截止时间由2026年12月31日改为2027年1月31日；新增条件：学历不低于本科"
    assert all(difference in one for one in said.values())
    assert "按您的信息，仍然符合条件" in said[stays.id]
    assert "不再符合条件：要求学历不低于本科" in said[loses.id]
    assert "还缺少信息" in said[unsure.id]


def test_who_was_told_of_a_new_version_does_not_get_it_as_a_push_as_well(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    new = retargeted(session, pushed(runtime, session), new_version=True, closes=date(2027, 1, 31))
    told_once(runtime, session)
    newcomer = add_reader(runtime, session, HAIDIAN)
    [planned] = plan(runtime, session, new)
    assert set(states(session, planned.push)) == {newcomer.id}
    assert reader.id not in states(session, planned.push)


def test_one_who_now_qualifies_reads_so(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, {**HAIDIAN, "education": "master"})
        old = pushed(runtime, session, conditions={"all": [ADULT]})
        reader.profile = {**HAIDIAN, "birth_date": "2010-01-01"}
        retargeted(session, old, new_version=True, conditions={"all": []})
        [push] = told_once(runtime, session)
    send(runtime, push, NOON)
    with runtime.sessions() as session:
        assert "现在符合条件了" in reasons(session, push, reader.id)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (RelationKind.REPEALS, "由2026年11月20日的《新办法》废止"),
        (RelationKind.AMENDS, "作了修改，见2026年11月20日的《新办法》；按您的信息，仍然符合条件"),
        (RelationKind.EXTENDS, "期限延长了，见2026年11月20日的《新办法》；按您的信息，仍然符合条件"),
    ],
)
def test_what_another_policy_does_to_it(
    runtime: Runtime, simulators: RunningSimulators, kind: RelationKind, words: str
) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, HAIDIAN)
        acting_on(session, policy_of(session, pushed(runtime, session)), kind, "新办法")
        [push] = told_once(runtime, session)
    send(runtime, push, NOON)
    with runtime.sessions() as session:
        assert reasons(session, push, reader.id) == f"海淀政策：{words}"


def test_what_was_amended_before_anybody_heard_of_it_is_no_news(runtime: Runtime, session: Session) -> None:
    early = add_reader(runtime, session, HAIDIAN)
    old = policy_of(session, targeting := pushed(runtime, session))
    acting_on(session, old, RelationKind.AMENDS, "新办法")
    old.state = PolicyState.AMENDED
    source = session.scalars(select(Policy).where(Policy.title == "新办法")).one()
    source.created_at = NOON - timedelta(days=1)
    session.flush()
    assert told_once(runtime, session) == []
    # Where it comes between two matchings, it is news to those of the first one.
    late = add_reader(runtime, session, HAIDIAN)
    again = retargeted(session, targeting)
    keep(session, again.id, {"subscribed_fits": (Act.PUSH, BitMap([late.id]))}, NOON + timedelta(hours=2))
    acting_on(session, old, RelationKind.EXTENDS, "延期通知")
    source = session.scalars(select(Policy).where(Policy.title == "延期通知")).one()
    source.created_at = NOON + timedelta(hours=1)
    session.flush()
    [push] = told_once(runtime, session)
    assert list(BitMap.deserialize(push.audience)) == [early.id]


def test_expiry_is_told_to_those_matched_unless_it_was_not_for_them(runtime: Runtime, session: Session) -> None:
    reader, other = add_reader(runtime, session, HAIDIAN), add_reader(runtime, session, HAIDIAN)
    stranger = add_reader(runtime, session, {**HAIDIAN, "residence_region": "330302"})
    policy = policy_of(session, pushed(runtime, session))
    note(session, other.id, policy.id, FeedbackKind.NOT_FOR_ME, NOON)
    policy.state = PolicyState.EXPIRED
    session.flush()
    [push] = told_once(runtime, session)
    assert [line.change for line in lines_of(session, push, reader.id)] == ["有效期已满，不再执行"]
    assert not lines_of(session, push, other.id)
    assert not lines_of(session, push, stranger.id)


def test_a_correction_reaches_whom_the_push_reached_and_says_what_is_right(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, {**HAIDIAN, "education": "senior_high"})
        targeting = published(session, "海淀政策")
        [planned] = plan(runtime, session, targeting)
        retargeted(session, targeting, conditions={"all": [GRADUATE]})
        push = correct(session, planned.push.id, "漏写了学历要求。", "editor", NOON)
        with pytest.raises(ZhidaError, match="已经更正过"):
            correct(session, planned.push.id, "漏写了学历要求。", "editor", NOON)
        with pytest.raises(ZhidaError, match="请写明"):
            correct(session, planned.push.id, " ", "editor", NOON)
        with pytest.raises(ZhidaError, match="只能更正"):
            correct(session, 0, "什么？", "editor", NOON)
    send(runtime, push, NOON)
    with runtime.sessions() as session:
        said = reasons(session, push, reader.id)
    assert "上次的推送有误：漏写了学历要求。" in said
    assert "不再符合条件：要求学历不低于本科" in said
