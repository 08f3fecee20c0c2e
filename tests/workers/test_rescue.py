"""What a rescue finds by itself, and what is done once a night."""

from datetime import date
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import text

from channels.message import Channel
from core.database import unit_of_work
from tests.workers.conftest import MONTH, NOON, add_delivery, add_push, add_reader, add_targeting, plan
from workers.enqueue import MOST_TASKS, SHARE, note_awake, tasks_for
from workers.maintenance import maintain
from workers.models import Attempt, Push, PushState
from workers.partitions import create_partitions, drop_partitions
from workers.plan import wake_push
from workers.rescue import BOUNCE_LEAST, rescue
from workers.runtime import Runtime

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def waiting_tasks(redis: Redis, queue: str) -> int:
    return int(redis.llen(f"zhida:{queue}"))  # type: ignore[arg-type]  # the client isn't asynchronous


@pytest.mark.parametrize(("share", "state"), [(0.04, PushState.RUNNING), (0.06, PushState.RUNNING), (0.1, "paused")])
def test_a_push_that_bounces_is_stopped(runtime: Runtime, share: float, state: str) -> None:
    with unit_of_work(runtime.sessions) as session:
        push = add_push(session, audience_size=2 * BOUNCE_LEAST)
        add_delivery(session, push, 1)
        for number in range(BOUNCE_LEAST):
            outcome = "RECIPIENT_PERM" if number < share * BOUNCE_LEAST else "OK"
            session.add(
                Attempt(
                    month=MONTH,
                    id=uuid4(),
                    delivery_id=number,
                    push_id=push.id,
                    channel="mail",
                    provider="smtp",
                    outcome=outcome,
                    at=NOON,
                )
            )
    rescue(runtime)
    with runtime.sessions() as session:
        assert session.get_one(Push, push.id).state == state


def test_what_is_due_is_woken_once_while_somebody_is_at_it(runtime: Runtime, redis: Redis) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN, channels=["wechat"])
        [planned] = plan(runtime, session, add_targeting(session))
        wake_push(session, runtime.celery, planned.push)
        assert waiting_tasks(redis, "bulk") == 0  # not before the commit
    assert waiting_tasks(redis, "bulk") == 1
    assert rescue(runtime).woken == 1
    assert rescue(runtime).woken == 0
    redis.delete(f"zhida:awake:{planned.push.id}:{Channel.WECHAT}")
    assert rescue(runtime).woken == 1
    assert not note_awake(redis, planned.push.id, Channel.WECHAT)


def test_a_larger_push_gets_more_tasks() -> None:
    assert [tasks_for(n) for n in (1, SHARE - 1, 2 * SHARE, 100 * SHARE)] == [1, 1, 2, MOST_TASKS]


def test_month_tables_are_made_ahead_and_dropped_after_retention(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        create_partitions(session, date(2024, 1, 15), ahead=0)
        add_push(session)
    maintain(runtime)
    with runtime.sessions() as session:
        names = set(
            session.scalars(text("SELECT relname FROM pg_class WHERE relname LIKE 'deliveries_p%' AND relkind = 'r'"))
        )
    assert "deliveries_p202401" not in names
    assert {"deliveries_p202611", "deliveries_p202702"} <= names


def test_a_month_is_dropped_only_when_all_of_it_is_past(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        create_partitions(session, date(2024, 1, 15), ahead=0)
        assert drop_partitions(session, date(2024, 1, 31)) == []
        dropped = drop_partitions(session, date(2024, 2, 1))
    assert dropped == ["attempts_p202401", "deliveries_p202401", "receipts_p202401"]


def test_asking_again_does_not_keep_a_push_asleep(redis: Redis) -> None:
    assert note_awake(redis, 1, "mail")
    redis.expire("zhida:awake:1:mail", 5)
    assert not note_awake(redis, 1, "mail")
    assert int(redis.ttl("zhida:awake:1:mail")) <= 5  # type: ignore[arg-type]  # the client isn't asynchronous
