"""Receipts as they really come: before the answer, twice, for nobody, in thousands."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.receipt import Receipt, failed_or_delivered
from core.database import unit_of_work
from subscribers.consent import has_consent
from subscribers.models import Consent
from tests.workers.conftest import NOON, Planned, add_reader, add_targeting, plan
from workers import models
from workers.incoming import store_receipts
from workers.models import Delivery, DeliveryState
from workers.receipts import LOOKED_AT, apply_receipts
from workers.runtime import Runtime
from workers.tasks import run_delivery

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def told(reference: str, cls: OutcomeClass = OutcomeClass.OK, address: str = "", provider: str = "aliyun") -> Receipt:
    return Receipt(provider, failed_or_delivered(cls), cls, key=reference, code="X", address=address)


def store(runtime: Runtime, *receipts: Receipt, channel: Channel = Channel.SMS) -> None:
    with unit_of_work(runtime.sessions) as session:
        store_receipts(session, runtime.keys, channel, receipts, runtime.clock())


def waiting(runtime: Runtime) -> int:
    with runtime.sessions() as session:
        return session.scalar(select(func.count()).where(models.Receipt.applied_at.is_(None))) or 0


def test_thousands_for_nobody_hide_no_receipt_and_are_left_alone_after_an_hour(
    runtime: Runtime, planned: Planned
) -> None:
    planned(1)
    with unit_of_work(runtime.sessions) as session:
        attempt = uuid4()
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED, attempt_id=attempt, lease_until=None))
    store(runtime, *(told(f"foreign-{number}") for number in range(1200)), told("foreign-1"))
    store(runtime, told(attempt.hex), told(attempt.hex))
    assert apply_receipts(runtime) == 1
    assert waiting(runtime) == 1200
    with runtime.sessions() as session:
        assert session.scalars(select(Delivery.state)).one() == DeliveryState.DELIVERED
    later = replace(runtime, clock=lambda: NOON + LOOKED_AT + timedelta(seconds=1))
    assert apply_receipts(later) == 0
    assert waiting(runtime) == 0


def test_a_receipt_may_be_there_before_the_answer(runtime: Runtime, planned: Planned) -> None:
    planned(1)
    attempt = uuid4()
    lease = NOON + timedelta(minutes=1)
    with unit_of_work(runtime.sessions) as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENDING, attempt_id=attempt, lease_until=lease))
    store(runtime, told(attempt.hex))
    assert apply_receipts(runtime) == 1
    with runtime.sessions() as session:
        assert session.scalars(select(Delivery.state)).one() == DeliveryState.DELIVERED


@pytest.mark.parametrize("address", ["", "reader@example.cn"])
def test_a_complaint_ends_the_consent_though_it_names_no_address(runtime: Runtime, address: str) -> None:
    with unit_of_work(runtime.sessions) as session:
        person = add_reader(runtime, session, HAIDIAN, channels=["mail"]).id
        [push] = plan(runtime, session, add_targeting(session))
    run_delivery(runtime, push.push.id, Channel.MAIL)
    with runtime.sessions() as session:
        attempt = session.scalars(select(models.Attempt.id)).one()
    for _ in range(2):
        store(runtime, told(attempt.hex, OutcomeClass.OPT_OUT, address, "smtp"), channel=Channel.MAIL)
    assert apply_receipts(runtime) == 1
    with runtime.sessions() as session:
        assert not has_consent(session, person, "mail")
        refusals = select(func.count()).where(Consent.subscriber_id == person, Consent.granted.is_(False))
        assert session.scalar(refusals) == 1


def test_what_is_no_address_and_what_is_no_text_does_no_harm(runtime: Runtime) -> None:
    odd = Receipt(
        "aliyun", failed_or_delivered(OutcomeClass.OPT_OUT), OutcomeClass.OPT_OUT, "k", code="a\0b" * 90, address="1"
    )
    store(runtime, odd, told(""))
    with runtime.sessions() as session:
        [row] = session.scalars(select(models.Receipt))
    assert (row.reference, len(row.code), "\0" in row.code) == ("k", 100, False)
