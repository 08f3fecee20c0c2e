"""Holding, letting go on and calling off: what is claimed meanwhile, and what becomes of what waits."""

from datetime import timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import select

from core.database import unit_of_work
from core.errors import ZhidaError
from tests.workers.conftest import MONTH, NOON, Planned, add_reader, add_targeting, plan
from workers.claims import Settlement, claim_due, settle
from workers.models import Delivery, DeliveryState, Push, PushState
from workers.rescue import rescue
from workers.runtime import Runtime
from workers.steering import CANCELLED, cancel, pause, resume

LEASE = timedelta(minutes=2)
HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def claimed(runtime: Runtime, push: Push, limit: int = 10) -> int:
    """How many of a push can be claimed now."""
    with unit_of_work(runtime.sessions) as session:
        return len(claim_due(session, push.id, MONTH, "wechat", limit, LEASE, NOON))


def states(runtime: Runtime) -> list[str]:
    with runtime.sessions() as session:
        return sorted(session.scalars(select(Delivery.state)))


def test_nothing_is_claimed_of_a_paused_push_and_all_of_one_that_goes_on(runtime: Runtime, planned: Planned) -> None:
    push = planned(3)
    with unit_of_work(runtime.sessions) as session:
        pause(session, push.id)
    assert claimed(runtime, push) == 0
    with unit_of_work(runtime.sessions) as session:
        resume(session, push.id)
    assert claimed(runtime, push) == 3


def test_what_waits_is_suppressed_and_what_is_on_its_way_is_not(runtime: Runtime, planned: Planned) -> None:
    push = planned(3)
    assert claimed(runtime, push, limit=1) == 1
    with unit_of_work(runtime.sessions) as session:
        assert cancel(session, push.id, NOON).finished_at == NOON
    assert states(runtime) == [DeliveryState.SENDING, DeliveryState.SUPPRESSED, DeliveryState.SUPPRESSED]


def test_what_comes_back_for_another_try_after_that_is_suppressed_too(runtime: Runtime, planned: Planned) -> None:
    push = planned(1)
    with unit_of_work(runtime.sessions) as session:
        [claim] = claim_due(session, push.id, MONTH, "wechat", 1, LEASE, NOON)
    with unit_of_work(runtime.sessions) as session:
        cancel(session, push.id, NOON)
        settle(session, [Settlement(claim, DeliveryState.RETRY, due_at=NOON)], NOON)
    rescue(runtime)
    with runtime.sessions() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.detail) == (DeliveryState.SUPPRESSED, CANCELLED)


def test_other_pushes_go_on(runtime: Runtime, planned: Planned) -> None:
    push = planned(2)
    rescue(runtime)
    assert states(runtime) == [DeliveryState.PLANNED] * 2
    assert claimed(runtime, push) == 2


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (PushState.PLANNED, pause),
        (PushState.DONE, pause),
        (PushState.CANCELLED, pause),
        (PushState.PLANNED, resume),
        (PushState.CANCELLED, resume),
        (PushState.DONE, lambda session, push_id: cancel(session, push_id, NOON)),
    ],
)
def test_what_a_push_in_that_state_can_not_do_is_refused(
    runtime: Runtime, planned: Planned, state: PushState, act: object
) -> None:
    push = planned(1)
    with unit_of_work(runtime.sessions) as session:
        session.get_one(Push, push.id).state = state
    with runtime.sessions() as session, pytest.raises(ZhidaError):
        act(session, push.id)  # type: ignore[operator]  # one of the three acts


def test_doing_it_twice_changes_nothing(runtime: Runtime, planned: Planned) -> None:
    push = planned(1)
    with unit_of_work(runtime.sessions) as session:
        for _ in range(2):
            pause(session, push.id)
        for _ in range(2):
            resume(session, push.id)
        for _ in range(2):
            cancel(session, push.id, NOON)
    assert states(runtime) == [DeliveryState.SUPPRESSED]


def test_what_was_called_off_can_be_pushed_again_to_those_who_got_nothing(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        readers = [add_reader(runtime, session, HAIDIAN).id for _ in range(3)]
        targeting = add_targeting(session)
        [first] = plan(runtime, session, targeting)
    with unit_of_work(runtime.sessions) as session:
        [sent] = claim_due(session, first.push.id, MONTH, "wechat", 1, LEASE, NOON)
        settle(session, [Settlement(sent, DeliveryState.ACCEPTED)], NOON)
    with unit_of_work(runtime.sessions) as session:
        cancel(session, first.push.id, NOON)
    with unit_of_work(runtime.sessions) as session:
        [again] = plan(runtime, session, session.merge(targeting))
    assert set(BitMap.deserialize(again.push.audience)) == set(readers) - {sent.subscriber_id}
