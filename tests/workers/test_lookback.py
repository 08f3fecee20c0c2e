"""Who would get a policy now and never did, and what was decided of them then."""

from datetime import timedelta

from pyroaring import BitMap
from sqlalchemy import select, update

from core.database import unit_of_work
from matcher.audience.lookback import NOT_ASKED
from matcher.models import Targeting
from subscribers.models import Subscriber
from tests.workers.conftest import NOON, add_reader, add_targeting, plan
from workers.lookback import NOT_DELIVERED, look_back
from workers.models import Delivery, DeliveryState
from workers.runtime import Runtime

ADULT = {"birth_date": "1990-01-01", "residence_region": "110108"}
CHILD = {"birth_date": "2012-01-01", "residence_region": "110108"}


def test_everybody_missed_is_told_with_the_reason_of_that_time(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        got, failed, child, capped = (
            add_reader(runtime, session, profile, daily_cap=cap).id
            for profile, cap in ((ADULT, 2), (ADULT, 2), (CHILD, 2), (ADULT, 0))
        )
        targeting = add_targeting(session)
        targeting_id = targeting.id
        plan(runtime, session, targeting)
    with unit_of_work(runtime.sessions) as session:
        for subscriber_id, state in ((got, DeliveryState.ACCEPTED), (failed, DeliveryState.FAILED)):
            session.execute(update(Delivery).where(Delivery.subscriber_id == subscriber_id).values(state=state))
        session.get_one(Subscriber, child).profile = ADULT
        late = add_reader(runtime, session, ADULT).id
        add_reader(runtime, session, CHILD)
    with runtime.sessions() as session:
        # the window of the policy has long closed by then
        found = look_back(
            session,
            runtime.matchers,
            session.get_one(Targeting, targeting_id),
            runtime.vocabulary,
            NOON + timedelta(days=60),
        )
    assert (found.now, found.reached, found.runs, found.count) == (5, 1, 1, 4)
    assert found.missed == {
        NOT_DELIVERED: BitMap([failed]),
        "not_fitting": BitMap([child]),
        "capped": BitMap([capped]),
        NOT_ASKED: BitMap([late]),
    }


def test_a_policy_that_was_not_pushed_has_no_run(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, ADULT)
        add_targeting(session)
    with runtime.sessions() as session:
        targeting = session.scalars(select(Targeting)).one()
        found = look_back(session, runtime.matchers, targeting, runtime.vocabulary, NOON)
    assert (found.runs, found.missed) == (0, {NOT_ASKED: BitMap([1])})
