"""What isn't posted to us is fetched: bounces and complaints by mail, Tencent's receipts and replies."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from channels.message import Channel
from channels.registry import make_senders
from channels.simulators.serve import RunningSimulators
from core.database import unit_of_work
from subscribers.consent import has_consent
from subscribers.contacts import set_contact
from subscribers.models import Contact, ContactState, HeardEvent
from tests.workers.conftest import NOON, add_reader, add_targeting, plan
from workers.followers import is_new
from workers.inquiries import list_inquiries
from workers.jobs import clean_up, list_jobs
from workers.models import Delivery, DeliveryState, Push
from workers.receipts import apply_receipts
from workers.returns import fetch
from workers.runtime import Runtime
from workers.tasks import run_delivery

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


@pytest.fixture
def returning(runtime: Runtime, simulators: RunningSimulators, tmp_path: Path) -> Runtime:
    """With a bounce mailbox into which the simulated mail server delivers."""
    folder = tmp_path / "returned"
    simulators.providers.mail.returns = folder
    return replace(runtime, settings=runtime.settings.model_copy(update={"mail_returns": SecretStr(str(folder))}))


@pytest.fixture
def tencent(runtime: Runtime) -> Iterator[Runtime]:
    """With Tencent as the provider, from which receipts are fetched."""
    settings = runtime.settings.model_copy(update={"sms_weights": {"tencent": 1, "aliyun": 1}, "tencent_pull": True})
    only = settings.model_copy(update={"sms_weights": {"tencent": 1, "aliyun": 0}})
    senders = make_senders(only, runtime.redis, runtime.clock)
    yield replace(runtime, settings=settings, senders=senders)
    for sender in senders.values():
        sender.close()


def push_to(runtime: Runtime, channel: Channel, addresses: list[str]) -> tuple[Push, list[int]]:
    with unit_of_work(runtime.sessions) as session:
        people = [add_reader(runtime, session, HAIDIAN, channels=[channel.value]).id for _ in addresses]
        for person, address in zip(people, addresses, strict=True):
            set_contact(session, runtime.keys, person, channel, address, verified_at=NOON)
        [planned] = plan(runtime, session, add_targeting(session))
    run_delivery(runtime, planned.push.id, channel)
    return planned.push, people


def states(runtime: Runtime) -> dict[int, str]:
    with runtime.sessions() as session:
        return {row.subscriber_id: row.state for row in session.scalars(select(Delivery))}


def test_bounces_and_complaints_become_receipts(returning: Runtime) -> None:
    addresses = ["later-hard@a.cn", "complain@b.cn", "later-full@c.cn", "away@d.cn", "fine@e.cn"]
    _, [hard, complaining, full, away, fine] = push_to(returning, Channel.MAIL, addresses)
    assert set(states(returning).values()) == {DeliveryState.ACCEPTED}
    assert fetch(returning) == "退信3封，短信回执与回复0条"
    assert fetch(returning) == "退信0封，短信回执与回复0条"
    assert apply_receipts(returning) == 3
    after = states(returning)
    assert [after[person] for person in (hard, complaining, full, away, fine)] == [
        DeliveryState.FAILED,
        DeliveryState.FAILED,
        DeliveryState.RETRY,
        DeliveryState.ACCEPTED,
        DeliveryState.ACCEPTED,
    ]
    with returning.sessions() as session:
        assert session.get_one(Contact, (hard, "mail")).state == ContactState.INVALID
        assert [has_consent(session, person, "mail") for person in (complaining, full)] == [False, True]


def test_tencents_receipts_and_replies_are_fetched(tencent: Runtime, simulators: RunningSimulators) -> None:
    _, [first, second, third] = push_to(tencent, Channel.SMS, ["13800000005", "13800000002", "13800000006"])
    for phone, words in (("13800000006", "TD"), ("13800000005", "几点上班"), ("13800000006", "")):
        said = {"SubscriberNumber": phone, "ReplyContent": words, "ReplyTime": int(NOON.timestamp())}
        simulators.providers.tencent.replies.append(said)
    assert fetch(tencent) == "退信0封，短信回执与回复6条"
    assert fetch(tencent) == "退信0封，短信回执与回复0条"
    assert apply_receipts(tencent) == 3
    after = states(tencent)
    assert (after[first], after[second]) == (DeliveryState.DELIVERED, DeliveryState.RETRY)
    with tencent.sessions() as session:
        assert not has_consent(session, third, "sms")
        assert "几点上班" in [one.words for one in list_inquiries(session, tencent.keys)]


def test_the_job_is_there_where_there_is_something_to_fetch(runtime: Runtime, returning: Runtime) -> None:
    assert "returns" not in [job.name for job in list_jobs(runtime.settings)]
    [job] = [job for job in list_jobs(returning.settings) if job.name == "returns"]
    assert job.next_due(NOON + timedelta(seconds=1)) == NOON + timedelta(minutes=5)


def test_events_are_forgotten_in_the_night(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        assert is_new(session, runtime.keys, "old", NOON - timedelta(days=4))
        assert is_new(session, runtime.keys, "new", NOON)
        assert not is_new(session, runtime.keys, "old", NOON)
    clean_up(runtime)
    with runtime.sessions() as session:
        assert session.scalar(select(func.count()).select_from(HeardEvent)) == 1
