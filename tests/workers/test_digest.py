"""一月政策, the personal part: who gets which lines, once, and what is left out at the last moment."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default as default_policy
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.simulators.serve import RunningSimulators
from core.database import unit_of_work
from core.errors import ZhidaError
from policies.models import PolicyState
from subscribers.erasing import erase
from subscribers.models import Subscriber
from tests.workers.conftest import NOON, add_reader, plan
from tests.workers.rows import HAIDIAN, at, policy_of, published
from workers.bundles import list_lines
from workers.digest.drafting import draft, drop, find_edition, list_items, reword
from workers.digest.periods import parse_period
from workers.digest.releasing import Released, release
from workers.feedback import note
from workers.models import Delivery, DeliveryState, Edition, FeedbackKind, Habit, Push
from workers.runtime import Runtime
from workers.tasks import run_delivery

NOVEMBER = parse_period("2026-11")
FIRST = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
"""08:30 in China on the day after November."""


def released(runtime: Runtime, session: Session, now: datetime = FIRST, **settings: Any) -> Released:
    edition = draft(session, NOVEMBER, runtime.vocabulary, "editor", now)
    given = runtime.settings.model_copy(update=settings)
    return release(session, edition, runtime.vocabulary, given, "chief", now)


def titles(session: Session, push: Push | None, person: Subscriber) -> list[str]:
    assert push is not None
    return [line.title for line in list_lines(session, push.id, person.id)]


def whys(session: Session, push: Push | None, person: Subscriber) -> dict[str, str]:
    assert push is not None
    return {line.title: line.why for line in list_lines(session, push.id, person.id)}


def test_what_was_held_back_or_lacks_a_datum_or_ends_soon_is_in_it_and_what_was_opened_is_not(
    runtime: Runtime, session: Session
) -> None:
    reader = add_reader(runtime, session, HAIDIAN, daily_cap=1, recommend=True)
    sent, capped = published(session, "已推送"), published(session, "超频次", region="000000")
    asking = published(
        session,
        "还缺信息",
        topics=["P0902"],
        conditions={
            "all": [
                {"field": "age", "op": "ge", "value": 18, "quote": ""},
                {"field": "education", "op": "ge", "value": "bachelor", "quote": ""},
            ]
        },
    )
    opened = published(session, "已打开", region="000000")
    plan(runtime, session, sent, capped, opened)
    plan(runtime, session, asking)
    published(session, "没人推送")
    note(session, reader.id, policy_of(session, opened).id, FeedbackKind.OPENED, NOON)
    out = released(runtime, session)
    assert whys(session, out.push, reader) == {
        "已推送": "deadline", "超频次": "capped", "还缺信息": "ask", "没人推送": "unpushed"
    }  # fmt: skip


def test_nobody_gets_more_than_twelve_and_the_best_come_first(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    for number in range(14):
        published(session, f"区级 {number:02}", closes=None)
    vague = published(session, "国家", region="000000", conditions={"all": []}, closes=None)
    urgent = published(session, "快截止", closes=date(2026, 12, 3))
    got = titles(session, released(runtime, session).push, reader)
    assert len(got) == 12
    assert got[0] == policy_of(session, urgent).title
    assert policy_of(session, vague).title not in got


def test_who_has_nothing_to_read_gets_no_message(runtime: Runtime, session: Session) -> None:
    add_reader(runtime, session, {**HAIDIAN, "residence_region": "330302"})
    published(session, "海淀政策")
    out = released(runtime, session)
    assert out.push is None
    assert out.edition.state == "released"
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_it_goes_out_once_by_the_real_senders(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        people = [add_reader(runtime, session, HAIDIAN, channels=[c]) for c in ("wechat", "mail", "sms")]
        session.add(Habit(subscriber_id=people[2].id, digest_by_sms=True))
        published(session, "海淀求职补贴")
        published(session, "海淀创业补贴")
        out = released(runtime, session)
    assert out.push is not None
    assert out.push.key == "digest:2026-11"
    opening = at(runtime, FIRST)
    for channel in Channel:
        run_delivery(opening, out.push.id, channel)
        run_delivery(opening, out.push.id, channel)
    world = simulators.providers.world
    assert dict(world.counts) == {"wechat": 1, "mail": 1, "sms": 1}
    by_channel = {one.channel: one.content for one in world.accepted}
    mail = read_mail(by_channel["mail"]["raw"])
    assert "您订阅了“就业服务与就业补贴”" in mail
    assert "海淀求职补贴" in mail
    assert "海淀创业补贴" in mail
    assert "11月" in str(by_channel["sms"])
    with runtime.sessions() as session:
        kept = session.scalars(select(Delivery).where(Delivery.subscriber_id == people[1].id)).one()
        assert kept.state == DeliveryState.ACCEPTED
        assert any("海淀求职补贴" in one for one in kept.reasons)


def test_sms_only_on_request(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN, channels=["sms", "mail"])
    add_reader(runtime, session, HAIDIAN, channels=["sms"])
    published(session, "海淀政策")
    out = released(runtime, session)
    rows = session.scalars(select(Delivery)).all()
    assert [(row.subscriber_id, row.channel, row.fallbacks) for row in rows] == [(reader.id, "mail", [])]
    assert out.push is not None
    assert out.push.audience_size == 1


def test_pressing_twice_or_by_oneself_or_in_another_process_releases_once(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN)
        published(session, "海淀政策")
        edition = draft(session, NOVEMBER, runtime.vocabulary, "editor", FIRST)
        with pytest.raises(ZhidaError, match="另一人"):
            release(session, edition, runtime.vocabulary, runtime.settings, "editor", FIRST)
        with pytest.raises(ZhidaError, match="还没有人审核"):
            release(session, edition, runtime.vocabulary, runtime.settings, "auto", FIRST)
        release(session, edition, runtime.vocabulary, runtime.settings, "chief", FIRST)
    with runtime.sessions() as session:
        again = find_edition(session, NOVEMBER, lock=True)
        assert again is not None
        with pytest.raises(ZhidaError, match="不会再发一次"):
            release(session, again, runtime.vocabulary, runtime.settings, "chief", FIRST)
        with pytest.raises(ZhidaError, match="不能再改"):
            draft(session, NOVEMBER, runtime.vocabulary, "editor", FIRST)
        assert session.scalar(select(func.count()).select_from(Edition)) == 1
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1


def test_a_release_that_is_killed_leaves_the_draft_and_nothing_else(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN)
        published(session, "海淀政策")
        draft(session, NOVEMBER, runtime.vocabulary, "editor", FIRST)
    with runtime.sessions() as session:
        released(runtime, session)
        session.connection().invalidate()
        session.close()
    with unit_of_work(runtime.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Push)) == 0
        assert released(runtime, session).push is not None


def test_what_is_repealed_between_draft_and_release_is_dropped(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    gone, stays = published(session, "要废止的"), published(session, "还有效的")
    edition = draft(session, NOVEMBER, runtime.vocabulary, "editor", FIRST)
    policy_of(session, gone).state = PolicyState.REPEALED
    session.flush()
    out = release(session, edition, runtime.vocabulary, runtime.settings, "chief", FIRST)
    assert [item.policy_id for item in out.ended] == [policy_of(session, gone).id]
    assert titles(session, out.push, reader) == [policy_of(session, stays).title]


def test_what_is_repealed_between_release_and_sending_is_not_sent(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    with unit_of_work(runtime.sessions) as session:
        both, one = add_reader(runtime, session, HAIDIAN), add_reader(runtime, session, HAIDIAN, topics=["P0902"])
        gone = published(session, "要废止的", topics=["P0301", "P0902"])
        published(session, "还有效的")
        out = released(runtime, session)
        policy_of(session, gone).state = PolicyState.REPEALED
    assert out.push is not None
    run_delivery(at(runtime, FIRST), out.push.id, Channel.WECHAT)
    with runtime.sessions() as session:
        states = {d.subscriber_id: (d.state, d.detail) for d in session.scalars(select(Delivery))}
        kept = session.scalars(select(Delivery).where(Delivery.subscriber_id == both.id)).one().reasons
    assert states == {both.id: ("accepted", ""), one.id: ("suppressed", "内容已不再适用")}
    assert not any("要废止的" in line for line in kept)
    assert simulators.providers.world.counts["wechat"] == 1


def test_who_is_erased_between_planning_and_sending_gets_nothing(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, HAIDIAN)
        published(session, "海淀政策")
        out = released(runtime, session)
        erase(session, reader.id, how="portal", now=FIRST)
    assert out.push is not None
    run_delivery(at(runtime, FIRST), out.push.id, Channel.WECHAT)
    with runtime.sessions() as session:
        assert session.scalars(select(Delivery.state)).all() == [DeliveryState.SUPPRESSED]
    assert not simulators.providers.world.counts


def test_a_full_cap_does_not_hold_it_back(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN, daily_cap=0)
        published(session, "海淀政策")
        out = released(runtime, session)
    assert out.push is not None
    run_delivery(at(runtime, FIRST), out.push.id, Channel.WECHAT)
    assert simulators.providers.world.counts["wechat"] == 1


def test_an_early_release_waits_for_its_hour(runtime: Runtime, simulators: RunningSimulators) -> None:
    early = FIRST - timedelta(days=2)
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN)
        published(session, "海淀政策")
        out = released(runtime, session, now=early)
    assert out.push is not None
    run_delivery(at(runtime, early), out.push.id, Channel.WECHAT)
    assert not simulators.providers.world.counts
    run_delivery(at(runtime, FIRST), out.push.id, Channel.WECHAT)
    assert simulators.providers.world.counts["wechat"] == 1


def test_a_month_to_come_or_without_policies_is_refused(runtime: Runtime, session: Session) -> None:
    with pytest.raises(ZhidaError, match="2027年2月还没有开始"):
        draft(session, parse_period("2027-02"), runtime.vocabulary, "editor", FIRST)
    edition = draft(session, NOVEMBER, runtime.vocabulary, "editor", FIRST)
    with pytest.raises(ZhidaError, match="2026年11月没有可以编入的政策"):
        release(session, edition, runtime.vocabulary, runtime.settings, "chief", FIRST)


def test_the_editors_words_and_drops_count_in_the_personal_part(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN)
    dull, wrong = published(session, "关于印发某某的通知"), published(session, "不该有的")
    edition = draft(session, NOVEMBER, runtime.vocabulary, "auto", FIRST)
    reword(session, edition.id, policy_of(session, dull).id, "求职补贴开始发", "每人一千元。", "editor", FIRST)
    drop(session, edition.id, policy_of(session, wrong).id, "editor", FIRST)
    out = release(session, edition, runtime.vocabulary, runtime.settings, "chief", FIRST)
    assert titles(session, out.push, reader) == ["求职补贴开始发"]
    assert [item.title for item in list_items(session, out.edition)] == ["求职补贴开始发"]


def test_the_next_edition_begins_where_this_one_ended(runtime: Runtime, session: Session) -> None:
    reader = add_reader(runtime, session, HAIDIAN, daily_cap=0)
    published(session, "月中", closes=None)
    early = FIRST - timedelta(days=2)
    assert titles(session, released(runtime, session, now=early).push, reader) == ["月中"]
    plan(runtime, session, published(session, "月末", date(2026, 11, 30), closes=None), now=early + timedelta(days=1))
    december = draft(session, parse_period("2026-12"), runtime.vocabulary, "editor", FIRST)
    out = release(session, december, runtime.vocabulary, runtime.settings, "chief", FIRST + timedelta(days=31))
    assert whys(session, out.push, reader) == {"月末": "capped"}


def read_mail(raw: bytes) -> str:
    """The text of a mail."""
    body = message_from_bytes(raw, policy=default_policy).get_body(("plain",))
    return str(body.get_content()) if body else ""
