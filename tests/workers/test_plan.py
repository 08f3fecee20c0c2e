"""Planning: who gets what, in which order of channels, and what is written down about the others."""

from datetime import timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Channel
from core.errors import ZhidaError
from matcher.matching import find_decision
from matcher.models import DecisionGroup, TargetingState
from subscribers.consent import withdraw
from tests.workers.conftest import NOON, add_reader, add_targeting, plan
from workers.gates import shut
from workers.models import Delivery, PushState
from workers.plan import approve
from workers.resting import list_resting
from workers.runtime import Runtime

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def deliveries(session: Session) -> dict[int, list[str]]:
    rows = session.scalars(select(Delivery))
    return {row.subscriber_id: [row.channel, *row.fallbacks] for row in rows}


def test_those_whom_it_is_for_get_it_by_their_own_order_of_channels(runtime: Runtime, session: Session) -> None:
    first = add_reader(runtime, session, HAIDIAN)
    by_mail = add_reader(runtime, session, HAIDIAN, channels=["mail", "sms"])
    add_reader(runtime, session, {**HAIDIAN, "residence_region": "330302"})
    child = add_reader(runtime, session, {**HAIDIAN, "birth_date": "2015-01-01"})
    other = add_reader(runtime, session, HAIDIAN, topics=["P0902"])
    targeting = add_targeting(session)
    [planned] = plan(runtime, session, targeting)
    assert deliveries(session) == {first.id: ["wechat", "sms", "mail"], by_mail.id: ["mail", "sms"]}
    assert planned.channels == {"wechat": 1, "mail": 1}
    assert planned.push.state == PushState.RUNNING
    assert set(BitMap.deserialize(planned.push.audience)) == {first.id, by_mail.id}
    told = {one.id: find_decision(session, targeting.id, one.id) for one in (first, child, other)}
    assert told[first.id] == ("push", "subscribed_fits", NOON)
    assert told[child.id] == ("none", "not_fitting", NOON)
    assert told[other.id] is None  # no candidate: neither subscribed nor to be recommended to


def test_a_channel_without_consent_is_left_out_and_who_has_none_is_unreachable(
    runtime: Runtime, session: Session
) -> None:
    some, none = add_reader(runtime, session, HAIDIAN), add_reader(runtime, session, HAIDIAN, channels=["sms"])
    withdraw(session, some.id, "wechat", how="portal", now=NOON)
    withdraw(session, none.id, "sms", how="portal", now=NOON)
    targeting = add_targeting(session)
    [planned] = plan(runtime, session, targeting)
    assert deliveries(session) == {some.id: ["sms", "mail"]}
    assert planned.reasons["unreachable"] == 1
    assert find_decision(session, targeting.id, none.id) == ("none", "unreachable", NOON)


def test_the_cap_keeps_the_best_ranked_and_the_rest_for_the_digest(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN, daily_cap=1)
    vague = add_targeting(session, "全国政策", region="000000", conditions={"all": []}, closes=None)
    narrow = add_targeting(session, "海淀政策")
    planned = plan(runtime, session, vague, narrow)
    assert [one.push.audience_size for one in planned] == [0, 1]
    assert find_decision(session, vague.id, reader.id) == ("digest", "capped", NOON)


def test_what_is_planned_already_counts_for_the_cap(runtime: Runtime, session: Session) -> None:
    add_reader(runtime, session, HAIDIAN, daily_cap=1)
    plan(runtime, session, add_targeting(session, "甲"))
    [second] = plan(runtime, session, add_targeting(session, "乙"))
    assert (second.push.audience_size, second.reasons["capped"]) == (0, 1)


def test_a_version_reaches_nobody_twice(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN, daily_cap=9)
    first = add_targeting(session)
    plan(runtime, session, first)
    later = add_reader(runtime, session, HAIDIAN)
    wider = add_targeting(session, "同一版本的新定向", version_id=first.version_id, number=2)
    [again] = plan(runtime, session, wider)
    assert set(BitMap.deserialize(again.push.audience)) == {later.id}
    assert find_decision(session, wider.id, reader.id) == ("none", "already_pushed", NOON)


def test_nothing_is_pushed_twice_unconfirmed_or_that_is_not_to_be(runtime: Runtime, session: Session) -> None:
    targeting = add_targeting(session)
    plan(runtime, session, targeting)
    with pytest.raises(ZhidaError, match="已经推送过"):
        plan(runtime, session, targeting)
    with pytest.raises(ZhidaError, match="还没有确认"):
        plan(runtime, session, add_targeting(session, "草稿", state=TargetingState.DRAFT))
    with pytest.raises(ZhidaError, match="不必推送"):
        plan(runtime, session, add_targeting(session, "人事任免", pushable=False))


def test_a_large_audience_waits_for_a_second_person(runtime: Runtime, session: Session) -> None:
    add_reader(runtime, session, HAIDIAN)
    [planned] = plan(runtime, session, add_targeting(session), approve_above=0)
    assert planned.push.state == PushState.PLANNED
    with pytest.raises(ZhidaError, match="另一人"):
        approve(session, planned.push.id, "editor", NOON)
    assert approve(session, planned.push.id, "releaser", NOON).state == PushState.RUNNING
    with pytest.raises(ZhidaError, match="不在待审批"):
        approve(session, planned.push.id, "releaser", NOON)


def test_every_candidate_is_in_one_group_only(runtime: Runtime, session: Session) -> None:
    people = [add_reader(runtime, session, HAIDIAN, daily_cap=n % 2) for n in range(6)]
    targeting = add_targeting(session)
    plan(runtime, session, targeting)
    groups = session.scalars(select(DecisionGroup).where(DecisionGroup.targeting_id == targeting.id)).all()
    members = [i for group in groups for i in BitMap.deserialize(group.members)]
    assert sorted(members) == [one.id for one in people]
    assert all(group.size == len(BitMap.deserialize(group.members)) for group in groups)


def test_a_channel_that_is_out_for_long_comes_last(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    only = add_reader(runtime, session, HAIDIAN, channels=["wechat"])
    for channel, rest in ((Channel.WECHAT, timedelta(hours=2)), (Channel.SMS, timedelta(minutes=1))):
        shut(runtime.redis, runtime.senders[channel].provider, NOON + rest, "45009", probe=False)
    resting = list_resting(runtime.redis, runtime.senders, NOON)
    plan(runtime, session, add_targeting(session), resting=resting)
    assert deliveries(session) == {reader.id: ["sms", "mail", "wechat"], only.id: ["wechat"]}
