"""Which kind of WeChat message goes out, by what a follower allowed, and what WeChat's answers change of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from channels.message import Channel
from channels.outcome import Outcome, OutcomeClass
from channels.simulators.serve import RunningSimulators
from channels.simulators.wechat import LONG_TERM, Follower
from channels.wechat.grants import GrantChange, GrantType
from core.database import unit_of_work
from core.settings import Settings
from subscribers.consent import has_consent
from subscribers.erasing import erase, export
from subscribers.models import Contact, Inquiry, WeChatGrant
from tests.workers.conftest import NOON, add_reader, add_targeting, plan
from workers.grants import change_grants, forget_grants, note_answers
from workers.inquiries import store_inquiry
from workers.models import Delivery, DeliveryState, Push
from workers.runtime import Runtime
from workers.tasks import run_delivery

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}
TYPES = {"LONG": GrantType.LONG_TERM, "ONCE": GrantType.ONE_OFF}
FIELDS = ["thing1", "thing2", "thing3", "thing4", "thing5"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"wechat_long_term": {"policy": "LONG"}, "wechat_one_off": {"policy": "ONCE", "missing": "ASK"}}
    )


@pytest.fixture
def world(simulators: RunningSimulators) -> RunningSimulators:
    """An account with two subscription templates."""
    simulators.providers.wechat.notices.update({"LONG": FIELDS, "ONCE": FIELDS})
    return simulators


def planned_push(runtime: Runtime, *orders: list[str]) -> tuple[Push, list[int]]:
    with unit_of_work(runtime.sessions) as session:
        people = [add_reader(runtime, session, HAIDIAN, channels=order).id for order in orders]
        [planned] = plan(runtime, session, add_targeting(session))
    return planned.push, people


def allow(runtime: Runtime, person: int, *changes: GrantChange, minutes: int = 0) -> None:
    with unit_of_work(runtime.sessions) as session:
        index = session.get_one(Contact, (person, "wechat")).blind_index
        change_grants(session, index, changes, TYPES, NOON + timedelta(minutes=minutes))


def granted(runtime: Runtime) -> dict[str, tuple[bool, int]]:
    with runtime.sessions() as session:
        return {g.template_id: (g.accepted, g.remaining) for g in session.scalars(select(WeChatGrant))}


def sent(world: RunningSimulators) -> list[tuple[str, str]]:
    accepted = world.providers.world.list_accepted("wechat")
    return sorted((one["address"], one["content"]["template_id"]) for one in accepted)


def yes(template: str) -> GrantChange:
    return GrantChange(template, accepted=True)


def no(template: str) -> GrantChange:
    return GrantChange(template, accepted=False)


def test_long_term_then_template_then_one_off_then_another_channel(runtime: Runtime, world: RunningSimulators) -> None:
    push, (first, second, third, fourth) = planned_push(runtime, ["wechat"], ["wechat"], ["wechat"], ["wechat", "sms"])
    for person in (first, third, fourth):
        world.providers.wechat.followers[f"sim-{person}"] = Follower(grants={"LONG": LONG_TERM, "ONCE": 1})
    allow(runtime, first, yes("LONG"), yes("ONCE"))
    allow(runtime, third, yes("ONCE"), no("LONG"))
    allow(runtime, fourth, no("LONG"))
    run_delivery(runtime, push.id, Channel.WECHAT)
    run_delivery(runtime, push.id, Channel.SMS)
    assert sent(world) == [(f"sim-{first}", "LONG"), (f"sim-{second}", "TPL-POLICY"), (f"sim-{third}", "ONCE")]
    assert dict(world.providers.world.counts) == {"wechat": 3, "sms": 1}
    with runtime.sessions() as session:
        remaining = select(WeChatGrant.remaining).where(WeChatGrant.template_id == "ONCE")
        assert sorted(session.scalars(remaining)) == [0, 1]  # the third used theirs, the first didn't need it


def test_an_account_without_template_messages_writes_by_notices_only(
    runtime: Runtime, world: RunningSimulators
) -> None:
    runtime = replace(runtime, settings=runtime.settings.model_copy(update={"wechat_template_policy": ""}))
    push, (granting, other) = planned_push(runtime, ["wechat"], ["wechat"])
    world.providers.wechat.followers[f"sim-{granting}"] = Follower(grants={"ONCE": 1})
    allow(runtime, granting, yes("ONCE"))
    run_delivery(runtime, push.id, Channel.WECHAT)
    assert sent(world) == [(f"sim-{granting}", "ONCE")]
    with runtime.sessions() as session:
        states = {d.subscriber_id: (d.state, d.detail) for d in session.scalars(select(Delivery))}
    assert states[other] == (DeliveryState.SUPPRESSED, "没有可用的微信模板或订阅授权")


def test_a_grant_that_wechat_knows_to_be_used_up_is_corrected_and_another_kind_goes(
    runtime: Runtime, world: RunningSimulators
) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    runtime = replace(runtime, settings=runtime.settings.model_copy(update={"wechat_template_policy": ""}))
    world.providers.wechat.followers[f"sim-{person}"] = Follower(grants={})
    allow(runtime, person, yes("ONCE"), yes("ONCE"))
    run_delivery(runtime, push.id, Channel.WECHAT)
    assert granted(runtime) == {"ONCE": (True, 0)}
    assert world.providers.world.calls["wechat.bizsend"] == 1
    with runtime.sessions() as session:
        assert session.scalars(select(Delivery.state)).one() == DeliveryState.SUPPRESSED
        assert has_consent(session, person, "wechat")


def test_after_a_used_up_notice_the_template_message_goes(runtime: Runtime, world: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    world.providers.wechat.followers[f"sim-{person}"] = Follower(grants={})
    allow(runtime, person, yes("ONCE"))
    with unit_of_work(runtime.sessions) as session:  # as after an answer to another message
        note_answers(session, [(person, Outcome(OutcomeClass.WINDOW, notice="ONCE"))], NOON)
    run_delivery(runtime, push.id, Channel.WECHAT)
    assert sent(world) == [(f"sim-{person}", "TPL-POLICY")]


def test_a_long_term_notice_refused_at_wechat_ends_grant_and_consent(
    runtime: Runtime, world: RunningSimulators
) -> None:
    push, [person] = planned_push(runtime, ["wechat", "sms"])
    world.providers.wechat.followers[f"sim-{person}"] = Follower(grants={})
    allow(runtime, person, yes("LONG"))
    run_delivery(runtime, push.id, Channel.WECHAT)
    assert granted(runtime) == {"LONG": (False, 0)}
    with runtime.sessions() as session:
        assert not has_consent(session, person, "wechat")
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.channel, delivery.state) == ("sms", DeliveryState.RETRY)


def test_an_older_choice_that_comes_late_changes_nothing(runtime: Runtime, world: RunningSimulators) -> None:
    _, [person] = planned_push(runtime, ["wechat"])
    allow(runtime, person, yes("ONCE"), minutes=1)
    allow(runtime, person, no("ONCE"), yes("OTHER"), minutes=3)
    allow(runtime, person, yes("ONCE"), minutes=2)
    assert granted(runtime) == {"ONCE": (False, 0)}
    allow(runtime, person, yes("ONCE"), yes("ONCE"), minutes=4)
    assert granted(runtime) == {"ONCE": (True, 2)}


def test_two_subscriptions_of_one_person_share_their_grants(runtime: Runtime, world: RunningSimulators) -> None:
    _, [first, second] = planned_push(runtime, ["wechat"], ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        shared = session.get_one(Contact, (first, "wechat")).blind_index
        session.get_one(Contact, (second, "wechat")).blind_index = shared
    allow(runtime, first, yes("ONCE"), yes("ONCE"), yes("ONCE"))
    used = Outcome(OutcomeClass.OK, notice="ONCE")
    with unit_of_work(runtime.sessions) as session:
        note_answers(session, [(first, used), (second, used), (first, Outcome(OutcomeClass.OK))], NOON)
    assert granted(runtime) == {"ONCE": (True, 1)}
    with unit_of_work(runtime.sessions) as session:
        forget_grants(session, shared)
    assert granted(runtime) == {}


def test_erasing_takes_grants_and_words_but_not_those_that_another_shares(
    runtime: Runtime, world: RunningSimulators
) -> None:
    _, [first, second] = planned_push(runtime, ["wechat"], ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        store_inquiry(session, runtime.keys, "wechat", f"sim-{first}", "人工 你好", NOON)
        shared = session.get_one(Contact, (first, "wechat")).blind_index
        session.get_one(Contact, (second, "wechat")).blind_index = shared
    allow(runtime, first, yes("ONCE"))
    with unit_of_work(runtime.sessions) as session:
        copy = export(session, runtime.keys, first)
        assert [one["template"] for one in copy["wechat_grants"]] == ["ONCE"]
        assert [one["words"] for one in copy["inquiries"]] == ["人工 你好"]
        erase(session, first, how="portal", now=NOON)
        assert session.scalar(select(func.count()).select_from(Inquiry)) == 0
    assert granted(runtime) == {"ONCE": (True, 1)}
    with unit_of_work(runtime.sessions) as session:
        erase(session, second, how="portal", now=NOON)
    assert granted(runtime) == {}
