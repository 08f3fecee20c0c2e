"""Proof by force: processes are killed, servers crash, providers fail in the middle, and nobody is lost or told twice.

Short in `make test`; `make chaos` sends 20,000 (ZHIDA_CHAOS_MESSAGES). ZHIDA_CHAOS_SEED makes a run again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from channels.message import Channel
from channels.simulators.client import SimulatorClient
from core.clock import local_date
from core.database import unit_of_work
from matcher.matching import match
from subscribers.consent import withdraw
from subscribers.models import Subscriber
from tests.chaos.town import NOON, Town, open_town
from tests.workers.conftest import add_reader, add_targeting
from workers.models import OPEN, Delivery, DeliveryState
from workers.plan import list_channels, plan_pushes
from workers.receipts import apply_receipts
from workers.rescue import rescue
from workers.runtime import Runtime, open_runtime
from workers.tasks import run_delivery

MESSAGES = int(os.environ.get("ZHIDA_CHAOS_MESSAGES", "450"))
SEED = int(os.environ.get("ZHIDA_CHAOS_SEED", "20261121"))
HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}
ORDERS = (["wechat", "sms", "mail"], ["sms", "mail"], ["mail", "sms"])
REFUSING = 10
SLOW = 0.7 if MESSAGES < 5_000 else 0.3
"""Seconds that a call takes: in a small run, too, there is always something on its way."""
BREATH = max(1.0, MESSAGES / 4_000)
"""Seconds between harms: where there is more to send, processes live long enough to send some of it."""
LATER = [4, 5, 6, 7, 8, 15, 16, 30, 45, 60, 90, 120, 180, 240]
"""Minutes after the storm at which the end is looked for; each is a moment at which something that waits may go on."""
SECONDS = 50
"""Of each of these minutes the seconds for which a calm process works on, at the most."""
AGREED = 8
"""Minutes for which the providers' clocks go along; their signatures allow a difference of 15."""


@pytest.fixture
def town(var_dir: Path) -> Iterator[Town]:
    with open_town(var_dir, SEED) as opened:
        yield opened


@pytest.mark.chaos
def test_nobody_is_lost_and_nobody_is_told_twice(town: Town) -> None:
    with open_runtime(town.settings, town.addresses, lambda: NOON) as runtime:
        people = _settle(runtime)
        _publish(runtime)
        # Slow enough that whatever is killed is killed with messages on their way.
        town.control("delays", {"/cgi-bin/message/template/send": SLOW, "/": SLOW})
        town.fault(endpoint="wechat.template", action="reset", when="after", count=5)  # some are in doubt in every run
        for name in ("worker-a", "worker-b"):
            town.start_worker(name)
        town.start("scheduler", "scheduler")
        refused = _storm(town, runtime)
        town.stop_workers()
        _let_time_pass(town, runtime)
        _judge(town, runtime, people, refused)


def _settle(runtime: Runtime) -> list[int]:
    """People who each use one of three orders of channels."""
    with unit_of_work(runtime.sessions) as session:
        return [
            add_reader(runtime, session, HAIDIAN, channels=ORDERS[number % len(ORDERS)]).id
            for number in range(MESSAGES)
        ]


def _publish(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        targeting = add_targeting(session)
        matching = match(session, targeting, runtime.vocabulary, local_date(NOON))
        [planned] = plan_pushes(
            session, [(targeting, matching)], runtime.restraint, who="editor", approve_above=MESSAGES, now=NOON
        )
        assert planned.push.audience_size == MESSAGES
        assert list_channels(session, planned.push) == ["mail", "sms", "wechat"]


def _storm(town: Town, runtime: Runtime) -> list[int]:
    """Do harm at random until nearly all has gone out. Answers who refused before anything was sent to them."""
    harms: list[Callable[[], None]] = [
        town.kill_worker,
        town.kill_worker,
        town.kill_worker,
        town.lose_redis,
        town.crash_postgres,
        lambda: town.fault(endpoint="wechat.template", action="hang", when="after", count=2),
        lambda: town.fault(endpoint="wechat.template", action="http", status=502, count=5),
        lambda: town.fault(endpoint="wechat.template", action="reset", when="after", count=5),
        lambda: town.fault(endpoint="aliyun.send", action="reset", when="after", count=3),
        lambda: town.fault(endpoint="aliyun.send", action="http", status=502, count=3),
        lambda: town.fault(endpoint="smtp.data", action="reset", when="after", count=3),
        lambda: town.control("tokens/kill", {}),
    ]
    town.dice.shuffle(harms)
    refused: list[int] = []
    end = monotonic() + max(30.0, MESSAGES / 60)
    turn = 0
    while monotonic() < end and (turn < len(harms) or _waiting(runtime) > MESSAGES // 50):
        harms[turn % len(harms)]()
        turn += 1
        if len(refused) < REFUSING:
            refused += _refuse(runtime, refused)
        sleep(BREATH)
    return refused


def _waiting(runtime: Runtime) -> int:
    with suppress(OperationalError), runtime.sessions() as session:
        return session.scalars(text("SELECT count(*) FROM deliveries WHERE state = 'planned'")).one()
    return MESSAGES


def _refuse(runtime: Runtime, already: list[int]) -> list[int]:
    """Somebody who waits still refuses everything; from this commit on nothing may be sent to them."""
    with suppress(OperationalError), unit_of_work(runtime.sessions) as session:
        waiting = (
            select(Delivery)
            .where(Delivery.state == DeliveryState.PLANNED, Delivery.subscriber_id.not_in(already))
            .order_by(Delivery.id.desc())
            .limit(1)
        )
        delivery = session.scalars(waiting.with_for_update(skip_locked=True)).first()
        if delivery is None:
            return []
        for channel in Channel:
            withdraw(session, delivery.subscriber_id, channel, how="portal", now=NOON)
        return [delivery.subscriber_id]
    return []


def _let_time_pass(town: Town, runtime: Runtime) -> None:
    """One calm process works on, at later and later moments, until nothing moves by itself any more."""
    town.control("faults", [])
    town.control("delays", {})
    passed = 0
    over = datetime.now(UTC) + timedelta(seconds=town.settings.clock_offset_seconds)
    for minute in LATER:
        if minute <= AGREED:
            town.control("advance", {"seconds": (minute - passed) * 60})
            passed = minute
        moment = over + timedelta(minutes=minute)
        then = replace(runtime, clock=lambda moment=moment: moment)
        apply_receipts(then)
        rescue(then)
        for second in range(SECONDS):  # what a second lets through is limited
            then = replace(runtime, clock=lambda moment=moment + timedelta(seconds=second): moment)
            for push_id, channel in _list_due(then):
                run_delivery(then, push_id, Channel(channel))
            if not _waiting(then):
                break
        apply_receipts(then)


def _list_due(runtime: Runtime) -> list[tuple[int, str]]:
    with runtime.sessions() as session:
        rows = session.execute(
            select(Delivery.push_id, Delivery.channel).where(Delivery.state.in_(("planned", "retry"))).distinct()
        )
        return [(push_id, channel) for push_id, channel in rows]


def _judge(town: Town, runtime: Runtime, people: list[int], refused: list[int]) -> None:
    """Compare the simulators' ledgers with ours. In a short run nothing may be given up, in a long one 2 in 1,000."""
    with runtime.sessions() as session:
        rows = {d.subscriber_id: d for d in session.scalars(select(Delivery))}
        assert session.scalars(select(Subscriber.id)).all()
    sent = _sent(town)
    by_person: dict[int, list[dict[str, Any]]] = {}
    for one in sent:
        by_person.setdefault(_person(one), []).append(one)
    ends = Counter((d.state, d.channel, d.detail) for d in rows.values())
    story = f"seed {SEED}, harm {dict(town.done)}, ends {ends}"
    assert set(rows) == set(people), story
    assert [i for i in people if rows[i].state in OPEN] == [], story
    assert [i for i in refused if i in by_person] == [], f"told after a refusal: {story}"
    given_up = 0
    for person in set(people) - set(refused):
        messages, row = by_person.get(person, []), rows[person]
        if row.state == DeliveryState.FAILED and row.detail.startswith("结果未知"):
            given_up += 1  # each try that could safely be made was in doubt, too; one more could be a second message
        else:
            assert messages, f"{person} lost in state {row.state} ({row.detail}): {story}"
            assert row.state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED), f"{row.detail}: {story}"
        keys = Counter((m["channel"], m["key"]) for m in messages)
        assert len(keys) <= 1, f"{person} told twice: {messages}: {story}"
        for (channel, _), copies in keys.items():
            assert copies <= (2 if channel == "mail" else 1), f"{person} told twice by {channel}: {story}"
    assert given_up <= MESSAGES // 500, f"{given_up} given up: {story}"
    repeated = Counter(row.channel for row in rows.values() if row.attempts > 1)
    assert repeated["wechat"] >= 3, f"hardly anything was ever in doubt, the storm was too weak: {story}"
    assert town.done["worker"] >= 3
    assert town.done["redis"] >= 1
    assert town.done["postgres"] >= 1


def _sent(town: Town) -> list[dict[str, Any]]:
    client = SimulatorClient(town.settings)
    return [one for channel in Channel for one in client.accepted(channel, limit=3 * MESSAGES)]


def _person(message: dict[str, Any]) -> int:
    """The addresses of the town hold the number of their owner."""
    digits = int("".join(letter for letter in message["address"] if letter.isdigit()))
    return digits % 10**8 // 10 if message["channel"] == "sms" else digits
