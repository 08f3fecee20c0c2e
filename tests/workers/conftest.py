"""A push and its deliveries as rows, for tests of what happens to them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from channels.simulators.serve import RunningSimulators
from core.clock import local_date
from core.database import Sessions, unit_of_work
from core.embedded import Addresses
from core.settings import Settings
from core.vocabulary.fields import Side
from matcher.matching import match
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from subscribers.consent import record_consent
from subscribers.contacts import set_contact
from subscribers.models import Contact, ContactState, Subscriber
from workers.models import Delivery, Push, PushState
from workers.partitions import create_partitions
from workers.plan import Planned as PlannedPush
from workers.plan import plan_pushes
from workers.runtime import Runtime, open_runtime

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in China."""

MONTH = date(2026, 11, 1)


def add_subscriber(
    session: Session, channels: tuple[str, ...] = ("wechat", "sms", "mail"), **values: Any
) -> Subscriber:
    """A person who can be reached by `channels` and agreed to it."""
    subscriber = Subscriber(
        kind=Side.INDIVIDUAL, channels=list(channels), profile={}, provenance={}, types=[], created_at=NOON, **values
    )
    session.add(subscriber)
    session.flush()
    for channel in channels:
        sealed = f"sealed {subscriber.id} {channel}".encode()
        session.add(
            Contact(
                subscriber_id=subscriber.id,
                channel=channel,
                sealed=sealed,
                blind_index=b"index of " + sealed,
                state=ContactState.VERIFIED,
            )
        )
        session.flush()
        record_consent(session, subscriber.id, channel, text_version="1", how="portal", now=NOON)
    return subscriber


def add_push(session: Session, **values: Any) -> Push:
    create_partitions(session, MONTH, ahead=1)
    push = Push(
        **{
            "key": "test:1",
            "month": MONTH,
            "state": PushState.RUNNING,
            "created_by": "test",
            "created_at": NOON,
            **values,
        }
    )
    session.add(push)
    session.flush()
    return push


def add_delivery(session: Session, push: Push, subscriber_id: int, **values: Any) -> Delivery:
    delivery = Delivery(
        **{
            "month": push.month,
            "push_id": push.id,
            "subscriber_id": subscriber_id,
            "channel": "wechat",
            "fallbacks": ["sms", "mail"],
            "due_at": NOON,
            "updated_at": NOON,
            **values,
        }
    )
    session.add(delivery)
    session.flush()
    return delivery


Planned = Callable[[int], Push]


@pytest.fixture
def planned(sessions: Sessions) -> Planned:
    """Make a running push with so many deliveries, each to a person of their own."""

    def plan(count: int) -> Push:
        with unit_of_work(sessions) as session:
            push = add_push(session)
            for _ in range(count):
                add_delivery(session, push, add_subscriber(session).id)
        return push

    return plan


@pytest.fixture
def simulators() -> Iterator[RunningSimulators]:
    """WeChat, Aliyun and a mail server of the test's own."""
    with RunningSimulators() as running:
        yield running


@pytest.fixture
def runtime(
    settings: Settings, simulators: RunningSimulators, database_url: str, redis_url: str, broker_url: str
) -> Iterator[Runtime]:
    """A process's parts at noon, sending to the simulators."""
    ports = {"simulator_port": simulators.port, "simulator_smtp_port": simulators.smtp_port}
    with open_runtime(
        settings.model_copy(update=ports), Addresses(database_url, redis_url, broker_url), lambda: NOON
    ) as opened:
        yield opened


def add_reader(runtime: Runtime, session: Session, profile: dict[str, Any], **values: Any) -> Subscriber:
    """A person with real, sealed addresses at the simulators, who wants to hear of P0301."""
    given = {"kind": Side.INDIVIDUAL, "channels": ["wechat", "sms", "mail"], "topics": ["P0301"], **values}
    subscriber = Subscriber(
        profile=profile, region=profile.get("residence_region"), provenance={}, types=[], created_at=NOON, **given
    )
    session.add(subscriber)
    session.flush()
    number = subscriber.id
    addresses = {"wechat": f"sim-{number}", "sms": f"138{number * 10 + 5:08d}", "mail": f"reader{number}@example.cn"}
    for channel in given["channels"]:
        set_contact(session, runtime.keys, number, channel, addresses[channel], verified_at=NOON)
        record_consent(session, number, channel, text_version="1", how="portal", now=NOON)
    return subscriber


def add_targeting(session: Session, title: str = "关于发放求职补贴的通知", **values: Any) -> Targeting:
    """A confirmed targeting of a policy of its own: for all persons of Haidian who are at least 18."""
    policy = Policy(key=title, title=title, stem=title, agency="北京市海淀区人民政府", created_at=NOON)
    session.add(policy)
    session.flush()
    version = PolicyVersion(policy_id=policy.id, number=1, fingerprint=title.encode(), title=title, created_at=NOON)
    session.add(version)
    session.flush()
    adult = {"field": "age", "op": "ge", "value": 18, "quote": "年满18周岁"}
    targeting = Targeting(
        **{
            "version_id": version.id,
            "number": 1,
            "state": TargetingState.CONFIRMED,
            "pushable": True,
            "sides": ["individual"],
            "topics": ["P0301"],
            "types": [],
            "region": "110108",
            "closes": date(2026, 12, 31),
            "conditions": {"all": [adult]},
            "created_at": NOON,
            **values,
        }
    )
    session.add(targeting)
    session.flush()
    return targeting


def plan(runtime: Runtime, session: Session, *targetings: Targeting, **values: Any) -> list[PlannedPush]:
    """Plan the pushes of these targetings."""
    given = {"who": "editor", "approve_above": 1000, "now": NOON, **values}
    matched = [(one, match(session, one, runtime.vocabulary, local_date(NOON))) for one in targetings]
    return plan_pushes(session, matched, runtime.restraint, **given)
