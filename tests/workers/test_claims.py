"""Claims: nobody gets a delivery twice, nobody overwrites what moved on."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.database import Sessions, unit_of_work
from subscribers.consent import withdraw
from subscribers.models import Contact, Suppression
from tests.workers.conftest import MONTH, NOON, Planned, add_delivery, add_push, add_subscriber
from workers.claims import Claim, Settlement, claim_due, settle
from workers.models import Delivery, DeliveryState, Push, PushState

LEASE = timedelta(minutes=2)


def claim(sessions: Sessions, push: Push, limit: int = 100, channel: str = "wechat") -> list[Claim]:
    with unit_of_work(sessions) as session:
        return claim_due(session, push.id, push.month, channel, limit, LEASE, NOON)


def test_a_claim_takes_what_is_due_once(sessions: Sessions, planned: Planned) -> None:
    push = planned(3)
    first, second = claim(sessions, push, 2), claim(sessions, push, 2)
    assert [len(first), len(second), len(claim(sessions, push))] == [2, 1, 0]
    assert len({c.id for c in (*first, *second)}) == 3
    assert len({c.attempt_id for c in (*first, *second)}) == 3
    with sessions() as session:
        states = session.scalars(select(Delivery.state)).all()
        leases = session.scalars(select(Delivery.lease_until)).all()
    assert set(states) == {DeliveryState.SENDING}
    assert set(leases) == {NOON + LEASE}


def test_two_processes_never_claim_the_same(sessions: Sessions, planned: Planned) -> None:
    push = planned(40)
    barrier, taken = Barrier(4), list[int]()

    def work() -> None:
        barrier.wait()
        while claims := claim(sessions, push, 3):
            taken.extend(c.id for c in claims)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 40


@pytest.mark.parametrize("state", [PushState.PLANNED, PushState.PAUSED, PushState.CANCELLED, PushState.DONE])
def test_nothing_is_claimed_unless_the_push_runs(sessions: Sessions, planned: Planned, state: PushState) -> None:
    push = planned(1)
    with unit_of_work(sessions) as session:
        session.get_one(Push, push.id).state = state
    assert claim(sessions, push) == []


def test_what_is_not_due_or_goes_by_another_channel_is_left(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        push = add_push(session)
        add_delivery(session, push, add_subscriber(session).id, due_at=NOON + timedelta(seconds=1))
        add_delivery(session, push, add_subscriber(session).id, channel="mail", fallbacks=[])
    assert claim(sessions, push) == []
    [other] = claim(sessions, push, channel="mail")
    assert not other.has_fallback


def test_a_claim_tells_what_decides_whether_it_may_go_out(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        push = add_push(session)
        free, refused, blocked, bare = (add_subscriber(session, daily_cap=n) for n in range(4))
        for subscriber in (free, refused, blocked, bare):
            add_delivery(session, push, subscriber.id)
        withdraw(session, refused.id, "wechat", how="portal", now=NOON)
        index = session.get_one(Contact, (blocked.id, "wechat")).blind_index
        session.add(Suppression(channel="wechat", blind_index=index, reason="complaint", at=NOON))
        session.delete(session.get_one(Contact, (bare.id, "wechat")))
        add_delivery(session, push, 9_999_999)
    by_person = {c.subscriber_id: c for c in claim(sessions, push)}
    flags = {i: (c.consented, c.verified, c.suppressed, c.sealed is None) for i, c in by_person.items()}
    assert flags[free.id] == (True, True, False, False)
    assert flags[refused.id] == (False, True, False, False)
    assert flags[blocked.id] == (True, True, True, False)
    assert flags[bare.id] == (False, False, False, True)
    assert by_person[9_999_999].kind is None
    assert by_person[bare.id].daily_cap == 3


def test_a_suppression_that_has_ended_no_longer_counts(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        push = add_push(session)
        subscriber = add_subscriber(session)
        add_delivery(session, push, subscriber.id)
        index = session.get_one(Contact, (subscriber.id, "wechat")).blind_index
        session.add(Suppression(channel="wechat", blind_index=index, reason="soft", at=NOON, until=NOON))
    assert [c.suppressed for c in claim(sessions, push)] == [False]


def test_what_was_sent_today_and_this_week_is_counted(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        subscriber = add_subscriber(session)
        for number, (at, state) in enumerate(
            [
                (NOON - timedelta(hours=1), DeliveryState.ACCEPTED),
                (NOON - timedelta(hours=13), DeliveryState.DELIVERED),  # Sunday, 23:00: the week before
                (NOON - timedelta(hours=1), DeliveryState.SUPPRESSED),
            ]
        ):
            earlier = add_push(session, key=f"earlier:{number}")
            add_delivery(session, earlier, subscriber.id, state=state, accepted_at=at, updated_at=NOON)
        push = add_push(session)
        add_delivery(session, push, subscriber.id)
    [mine] = claim(sessions, push)
    assert (mine.sent_today, mine.sent_week) == (1, 1)


def settle_all(sessions: Sessions, *settlements: Settlement) -> set[int]:
    with unit_of_work(sessions) as session:
        return settle(session, settlements, NOON)


def stored(session: Session) -> Delivery:
    return session.scalars(select(Delivery)).one()


def test_settling_writes_the_new_state_and_ends_the_lease(sessions: Sessions, planned: Planned) -> None:
    [mine] = claim(sessions, planned(1))
    done = settle_all(sessions, Settlement(mine, DeliveryState.ACCEPTED, attempts=1, reasons='["因为"]'))
    with sessions() as session:
        delivery = stored(session)
    assert done == {mine.id}
    assert (delivery.state, delivery.attempts, delivery.reasons) == (DeliveryState.ACCEPTED, 1, ["因为"])
    assert (delivery.lease_until, delivery.accepted_at) == (None, NOON)
    assert delivery.attempt_id == mine.attempt_id


def test_settling_nothing_is_nothing(sessions: Sessions) -> None:
    assert settle_all(sessions) == set()


def test_advancing_goes_on_to_the_next_channel_with_a_new_attempt(sessions: Sessions, planned: Planned) -> None:
    push = planned(1)
    [mine] = claim(sessions, push)
    settle_all(sessions, Settlement(mine, DeliveryState.RETRY, advance=True, keep_attempt=False, due_at=NOON))
    [again] = claim(sessions, push, channel="sms")
    assert again.attempt_id != mine.attempt_id
    with sessions() as session:
        assert stored(session).fallbacks == ["mail"]


def test_a_kept_attempt_is_sent_again_under_the_same_id(sessions: Sessions, planned: Planned) -> None:
    push = planned(1)
    [mine] = claim(sessions, push)
    settle_all(sessions, Settlement(mine, DeliveryState.RETRY, due_at=NOON))
    [again] = claim(sessions, push)
    assert again.attempt_id == mine.attempt_id


def test_a_late_answer_does_not_overwrite_a_receipt(sessions: Sessions, planned: Planned) -> None:
    [mine] = claim(sessions, planned(1))
    with unit_of_work(sessions) as session:
        session.execute(text("UPDATE deliveries SET state = 'delivered', lease_until = NULL"))
    assert settle_all(sessions, Settlement(mine, DeliveryState.ACCEPTED)) == set()
    with sessions() as session:
        assert stored(session).state == DeliveryState.DELIVERED


def test_a_late_answer_does_not_settle_somebody_elses_attempt(sessions: Sessions, planned: Planned) -> None:
    push = planned(1)
    [mine] = claim(sessions, push)
    with unit_of_work(sessions) as session:  # my lease ended, and another process claimed it anew
        session.execute(text("UPDATE deliveries SET state = 'retry', lease_until = NULL, attempt_id = NULL"))
    [theirs] = claim(sessions, push)
    assert settle_all(sessions, Settlement(mine, DeliveryState.FAILED)) == set()
    assert settle_all(sessions, Settlement(theirs, DeliveryState.ACCEPTED)) == {theirs.id}


def test_the_month_of_the_push_is_where_its_deliveries_lie(sessions: Sessions, planned: Planned) -> None:
    planned(1)
    with sessions() as session:
        tables = session.scalars(text("SELECT DISTINCT tableoid::regclass::text FROM deliveries")).all()
    assert tables == [f"deliveries_p{MONTH:%Y%m}"]
