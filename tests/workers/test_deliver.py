"""A push goes out to the simulators by the real senders, and the rows say what became of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import select

from channels.message import Channel
from channels.outcome import HALT_AFTER
from channels.simulators.serve import RunningSimulators
from channels.simulators.world import Fault
from core.database import unit_of_work
from subscribers.consent import has_consent, withdraw
from subscribers.contacts import set_contact
from subscribers.models import Contact, ContactState, Subscriber
from tests.workers.conftest import MONTH, NOON, add_reader, add_targeting, plan
from workers.claims import claim_due
from workers.composing import load_composing
from workers.deliver import LEASE, deliver
from workers.gates import describe
from workers.models import Attempt, Delivery, DeliveryState, Push, PushState, Receipt
from workers.receipts import apply_receipts
from workers.rescue import rescue
from workers.runtime import Runtime
from workers.settling import FORGOTTEN
from workers.tasks import run_delivery
from workers.unsent import Begin, note_unsent, take_unsent

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def planned_push(runtime: Runtime, *channels: list[str]) -> tuple[Push, list[int]]:
    """A running push to one person for each order of channels."""
    with unit_of_work(runtime.sessions) as session:
        people = [add_reader(runtime, session, HAIDIAN, channels=order).id for order in channels]
        [planned] = plan(runtime, session, add_targeting(session))
    return planned.push, people


def all_deliveries(runtime: Runtime) -> dict[int, Delivery]:
    with runtime.sessions() as session:
        return {d.subscriber_id: d for d in session.scalars(select(Delivery))}


def test_three_channels_deliver_and_their_ledgers_agree_with_ours(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    push, people = planned_push(runtime, ["wechat"], ["sms"], ["mail"])
    for channel in Channel:
        run_delivery(runtime, push.id, channel)
    rows = all_deliveries(runtime)
    assert {rows[i].state for i in people} == {DeliveryState.ACCEPTED}
    assert dict(simulators.providers.world.counts) == {"wechat": 1, "sms": 1, "mail": 1}
    assert all("您订阅了“就业服务与就业补贴”" in rows[i].reasons for i in people)
    with runtime.sessions() as session:
        attempts = session.scalars(select(Attempt)).all()
    assert {a.id for a in attempts} == {rows[i].attempt_id for i in people}
    assert all(a.provider_id for a in attempts)


def test_delivering_again_sends_nothing_more(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, _ = planned_push(runtime, ["wechat"])
    for _ in range(3):
        run_delivery(runtime, push.id, Channel.WECHAT)
    assert simulators.providers.world.counts["wechat"] == 1


def test_a_refusal_after_planning_is_respected(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        withdraw(session, person, "wechat", how="portal", now=NOON)
    run_delivery(runtime, push.id, Channel.WECHAT)
    assert all_deliveries(runtime)[person].state == DeliveryState.SUPPRESSED
    assert not simulators.providers.world.counts


def test_who_no_longer_qualifies_gets_nothing(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        session.get_one(Subscriber, person).profile = {**HAIDIAN, "birth_date": "2020-01-01"}
    run_delivery(runtime, push.id, Channel.WECHAT)
    delivery = all_deliveries(runtime)[person]
    assert (delivery.state, delivery.detail) == (DeliveryState.SUPPRESSED, "情况有变，已不符合条件")
    assert not simulators.providers.world.counts


def test_an_address_that_does_not_exist_is_marked_and_the_next_channel_takes_over(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    push, [person] = planned_push(runtime, ["mail", "sms"])
    with unit_of_work(runtime.sessions) as session:
        set_contact(session, runtime.keys, person, "mail", "hard1@example.cn", verified_at=NOON)
    run_delivery(runtime, push.id, Channel.MAIL)
    run_delivery(runtime, push.id, Channel.SMS)
    assert dict(simulators.providers.world.counts) == {"sms": 1}
    assert all_deliveries(runtime)[person].channel == "sms"
    with runtime.sessions() as session:
        assert session.get_one(Contact, (person, "mail")).state == ContactState.INVALID


def test_a_refusal_told_by_the_provider_ends_the_consent(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    simulators.providers.world.faults.append(Fault("wechat.template", "json", body={"errcode": 43019, "errmsg": "x"}))
    run_delivery(runtime, push.id, Channel.WECHAT)
    with runtime.sessions() as session:
        assert not session.get_one(Contact, (person, "wechat")).consented
        assert not has_consent(session, person, "wechat")


def test_trouble_at_the_provider_is_tried_again_later(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    simulators.providers.world.faults.append(Fault("wechat.template", "json", body={"errcode": -1, "errmsg": "busy"}))
    run_delivery(runtime, push.id, Channel.WECHAT)
    waiting = all_deliveries(runtime)[person]
    assert (waiting.state, waiting.attempts) == (DeliveryState.RETRY, 1)
    assert waiting.due_at > NOON
    run_delivery(later(runtime, hours=1), push.id, Channel.WECHAT)
    assert all_deliveries(runtime)[person].state == DeliveryState.ACCEPTED
    assert simulators.providers.world.counts["wechat"] == 1


def test_an_exhausted_account_pauses_the_channel_and_uses_up_no_try(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    push, people = planned_push(runtime, ["wechat"], ["wechat"])
    simulators.providers.world.faults.append(
        Fault("wechat.template", "json", count=None, body={"errcode": 45011, "errmsg": "minute"})
    )
    run_delivery(runtime, push.id, Channel.WECHAT)
    rows = all_deliveries(runtime)
    assert {(rows[i].state, rows[i].attempts) for i in people} == {(DeliveryState.RETRY, 0)}
    assert describe(runtime.redis, "wechat", NOON) == "45011"
    simulators.providers.world.faults.clear()
    run_delivery(later(runtime, seconds=59), push.id, Channel.WECHAT)
    assert not simulators.providers.world.counts
    run_delivery(later(runtime, seconds=60), push.id, Channel.WECHAT)
    assert simulators.providers.world.counts["wechat"] == 2


def test_a_refused_account_is_tried_with_one_message_first(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, people = planned_push(runtime, ["wechat"], ["wechat"], ["wechat"])
    simulators.providers.world.faults.append(
        Fault("wechat.template", "json", count=None, body={"errcode": 48001, "errmsg": "unauthorized"})
    )
    run_delivery(runtime, push.id, Channel.WECHAT)
    calls = simulators.providers.world.calls["wechat.template"]
    run_delivery(later(runtime, minutes=2), push.id, Channel.WECHAT)
    assert simulators.providers.world.calls["wechat.template"] == calls + 1
    simulators.providers.world.faults.clear()
    run_delivery(later(runtime, minutes=5), push.id, Channel.WECHAT)
    assert simulators.providers.world.counts["wechat"] == len(people)


def test_an_answer_that_never_came_is_resolved_without_a_second_message(
    runtime: Runtime, simulators: RunningSimulators
) -> None:
    push, [person] = planned_push(runtime, ["wechat", "sms"])
    simulators.providers.world.faults.append(Fault("wechat.template", "reset", when="after"))
    run_delivery(runtime, push.id, Channel.WECHAT)
    lost = all_deliveries(runtime)[person]
    assert lost.state == DeliveryState.UNKNOWN
    soon = later(runtime, minutes=2)
    assert rescue(soon).resolved == 1
    run_delivery(soon, push.id, Channel.WECHAT)
    found = all_deliveries(runtime)[person]
    assert (found.state, found.attempt_id) == (DeliveryState.ACCEPTED, lost.attempt_id)
    assert dict(simulators.providers.world.counts) == {"wechat": 1}


def test_a_dead_process_leaves_a_lease_that_the_rescue_finds(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        claim_due(session, push.id, push.month, "wechat", 10, LEASE, NOON)
    assert rescue(runtime).ended_leases == 0
    assert rescue(later(runtime, minutes=4)).ended_leases == 1
    soon = later(runtime, minutes=6)
    rescue(soon)
    run_delivery(soon, push.id, Channel.WECHAT)
    assert all_deliveries(runtime)[person].state == DeliveryState.ACCEPTED
    assert rescue(soon).finished == 1
    with runtime.sessions() as session:
        assert session.get_one(Push, push.id).state == PushState.DONE


def test_what_a_dead_process_had_not_sent_yet_is_simply_sent(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, _ = planned_push(runtime, ["sms"], ["sms"])
    with unit_of_work(runtime.sessions) as session:
        sent, unsent = claim_due(session, push.id, push.month, "sms", 10, LEASE, NOON)
    begin = note_unsent(runtime.redis, [sent.attempt_id, unsent.attempt_id])
    assert begin([sent.attempt_id]) == {sent.attempt_id}
    soon = later(runtime, minutes=4)
    assert rescue(soon).ended_leases == 2
    rows = all_deliveries(runtime)
    assert rows[sent.subscriber_id].state == DeliveryState.UNKNOWN
    free = rows[unsent.subscriber_id]
    assert (free.state, free.attempts, free.attempt_id) == (DeliveryState.RETRY, 0, None)
    run_delivery(soon, push.id, Channel.SMS)
    assert all_deliveries(runtime)[unsent.subscriber_id].state == DeliveryState.ACCEPTED
    assert not begin([unsent.attempt_id])  # who was only slow finds that it isn't theirs any more
    assert simulators.providers.world.counts["sms"] == 1


def test_a_repeat_that_was_not_sent_stays_in_doubt_as_before(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    simulators.providers.world.faults.append(Fault("wechat.template", "reset", when="after"))
    run_delivery(runtime, push.id, Channel.WECHAT)
    lost = all_deliveries(runtime)[person]
    rescue(later(runtime, minutes=2))
    with unit_of_work(runtime.sessions) as session:
        [again] = claim_due(session, push.id, push.month, "wechat", 10, LEASE, NOON + timedelta(minutes=2))
    note_unsent(runtime.redis, [again.attempt_id])
    rescue(later(runtime, minutes=6))
    found = all_deliveries(runtime)[person]
    assert (found.state, found.attempt_id, found.attempts) == (DeliveryState.RETRY, lost.attempt_id, lost.attempts)
    run_delivery(later(runtime, minutes=10), push.id, Channel.WECHAT)  # WeChat may not recognise it any more
    found = all_deliveries(runtime)[person]
    assert (found.state, found.detail) == (DeliveryState.FAILED, FORGOTTEN)
    assert simulators.providers.world.counts["wechat"] == 1


def test_a_repeat_goes_before_all_that_waits(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, _ = planned_push(runtime, ["wechat"], ["wechat"], ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        [doubtful] = claim_due(session, push.id, push.month, "wechat", 1, LEASE, NOON)
    rescue(later(runtime, minutes=4))
    rescue(later(runtime, minutes=5))
    with unit_of_work(runtime.sessions) as session:
        [first] = claim_due(session, push.id, push.month, "wechat", 1, LEASE, NOON + timedelta(minutes=5))
    assert (first.id, first.attempt_id, first.tried_at) == (doubtful.id, doubtful.attempt_id, NOON)


def test_when_redis_forgot_what_was_unsent_it_goes_out_all_the_same(
    runtime: Runtime, simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    push, [person] = planned_push(runtime, ["sms"])

    def forgetful(redis: Redis, attempt_ids: Sequence[UUID]) -> Begin:
        begin = note_unsent(redis, attempt_ids)
        take_unsent(redis, attempt_ids)
        monkeypatch.undo()
        return begin

    monkeypatch.setattr("workers.deliver.note_unsent", forgetful)
    run_delivery(runtime, push.id, Channel.SMS)
    assert all_deliveries(runtime)[person].state == DeliveryState.ACCEPTED
    assert simulators.providers.world.counts["sms"] == 1


def test_a_provider_that_mostly_fails_is_given_a_rest(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, _ = planned_push(runtime, *(["wechat"] for _ in range(24)))
    simulators.providers.world.faults.append(
        Fault("wechat.template", "json", count=None, body={"errcode": -1, "errmsg": "busy"})
    )
    run_delivery(runtime, push.id, Channel.WECHAT)
    assert describe(runtime.redis, "wechat", NOON) == "failing"
    calls = simulators.providers.world.calls["wechat.template"]
    run_delivery(later(runtime, seconds=50), push.id, Channel.WECHAT)
    assert simulators.providers.world.calls["wechat.template"] == calls


def test_a_template_that_is_refused_stops_its_push(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, _ = planned_push(runtime, *(["wechat"] for _ in range(HALT_AFTER)))
    simulators.providers.world.faults.append(
        Fault("wechat.template", "json", count=None, body={"errcode": 47003, "errmsg": "argument invalid"})
    )
    run_delivery(runtime, push.id, Channel.WECHAT)
    with runtime.sessions() as session:
        assert session.get_one(Push, push.id).state == PushState.PAUSED


def test_a_message_that_cannot_be_made_fails_alone(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [broken, whole] = planned_push(runtime, ["wechat"], ["wechat"])
    with unit_of_work(runtime.sessions) as session:
        session.get_one(Contact, (broken, "wechat")).sealed = b"v1|not ours"
    run_delivery(runtime, push.id, Channel.WECHAT)
    rows = all_deliveries(runtime)
    assert (rows[broken].state, rows[whole].state) == (DeliveryState.FAILED, DeliveryState.ACCEPTED)


def test_mail_to_one_domain_is_slowed_and_to_others_not(runtime: Runtime, simulators: RunningSimulators) -> None:
    slow = replace(runtime, settings=runtime.settings.model_copy(update={"mail_domain_rates": {"slow.cn": 1}}))
    push, people = planned_push(slow, ["mail"], ["mail"], ["mail"], ["mail"])
    with unit_of_work(runtime.sessions) as session:
        for person in people[:3]:
            set_contact(session, runtime.keys, person, "mail", f"a{person}@slow.cn", verified_at=NOON)
    run_delivery(slow, push.id, Channel.MAIL)
    rows = all_deliveries(runtime)
    assert sorted(rows[i].state for i in people[:3]) == ["accepted", "retry", "retry"]
    assert rows[people[3]].state == DeliveryState.ACCEPTED
    assert {rows[i].attempts for i in people[:3]} == {0, 1}
    with slow.sessions() as session:
        errand, compose = load_composing(slow, session, push.id, Channel.MAIL)
    assert deliver(slow, errand, compose) == timedelta(seconds=1)  # not left to the rescue, which comes much later
    for second in (1, 2):
        run_delivery(later(slow, seconds=second), push.id, Channel.MAIL)
    assert simulators.providers.world.counts["mail"] == 4


def test_an_sms_that_arrived_in_silence_is_not_sent_again(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["sms"])
    simulators.providers.world.faults.append(Fault("aliyun.send", "reset", when="after"))
    run_delivery(runtime, push.id, Channel.SMS)
    assert all_deliveries(runtime)[person].state == DeliveryState.UNKNOWN
    soon = later(runtime, minutes=11)
    rescue(soon)
    run_delivery(soon, push.id, Channel.SMS)
    assert all_deliveries(runtime)[person].state == DeliveryState.ACCEPTED
    assert simulators.providers.world.counts["sms"] == 1


def test_at_night_it_waits_for_the_morning(runtime: Runtime, simulators: RunningSimulators) -> None:
    push, [person] = planned_push(runtime, ["wechat"])
    run_delivery(later(runtime, hours=11), push.id, Channel.WECHAT)
    waiting = all_deliveries(runtime)[person]
    assert (waiting.state, waiting.due_at) == (DeliveryState.RETRY, datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    run_delivery(later(runtime, hours=20), push.id, Channel.WECHAT)
    assert simulators.providers.world.counts["wechat"] == 1
    with runtime.sessions() as session:
        errand, compose = load_composing(runtime, session, push.id, Channel.WECHAT)
    assert deliver(runtime, errand, compose) is None


@pytest.mark.parametrize("named", ["attempt", "provider"])
def test_a_receipt_finds_its_delivery_in_either_order(runtime: Runtime, named: str) -> None:
    push, [person] = planned_push(runtime, ["sms"])
    run_delivery(runtime, push.id, Channel.SMS)
    with unit_of_work(runtime.sessions) as session:
        attempt = session.scalars(select(Attempt)).one()
        reference = attempt.id.hex if named == "attempt" else attempt.provider_id
        for known in (reference, "unknown"):
            session.add(Receipt(month=MONTH, provider="aliyun", reference=known, state="delivered", received_at=NOON))
    assert apply_receipts(runtime) == 1
    assert apply_receipts(runtime) == 0
    assert all_deliveries(runtime)[person].state == DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("cls", "state", "channel"),
    [
        ("RECIPIENT_PERM", DeliveryState.RETRY, "mail"),
        ("RECIPIENT_TEMP", DeliveryState.RETRY, "sms"),
        ("CONTENT", DeliveryState.FAILED, "sms"),
        ("", DeliveryState.RETRY, "sms"),
    ],
)
def test_a_receipt_of_failure_goes_on_as_its_class_asks(
    runtime: Runtime, cls: str, state: DeliveryState, channel: str
) -> None:
    push, [person] = planned_push(runtime, ["sms", "mail"])
    run_delivery(runtime, push.id, Channel.SMS)
    with unit_of_work(runtime.sessions) as session:
        reference = session.scalars(select(Attempt)).one().id.hex
        told = {"provider": "aliyun", "reference": reference, "state": "failed", "cls": cls, "code": "X"}
        session.add(Receipt(month=MONTH, received_at=NOON, **told))
    assert apply_receipts(runtime) == 1
    delivery = all_deliveries(runtime)[person]
    assert (delivery.state, delivery.channel) == (state, channel)
    with runtime.sessions() as session:
        invalid = session.get_one(Contact, (person, "sms")).state == ContactState.INVALID
    assert invalid == (cls == "RECIPIENT_PERM")


def later(runtime: Runtime, **by: float) -> Runtime:
    """The same process at a later time."""
    return replace(runtime, clock=lambda: NOON + timedelta(**by))
