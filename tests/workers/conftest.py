"""A push and its deliveries as rows, for tests of what happens to them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.database import Sessions, unit_of_work
from core.vocabulary.fields import Side
from subscribers.consent import record_consent
from subscribers.models import Contact, ContactState, Subscriber
from workers.models import Delivery, Push, PushState
from workers.partitions import create_partitions

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
