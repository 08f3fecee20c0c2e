"""还要继续接收吗: the question after a long silence, answered with one tap."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from channels.notice import Notice, Purpose
from core.database import Sessions, unit_of_work
from subscribers.models import Subscriber
from tests.web.conftest import NOW
from tests.web.forms import Page
from tests.web.rows import Rows
from workers.models import Delivery, Feedback, Habit, Push, PushKind


@pytest.fixture
def asked(rows: Rows, sessions: Sessions) -> tuple[int, str]:
    """Somebody who was asked a fortnight ago and has had the digest only since; the path of the question's link."""
    subscriber_id = rows.subscriber()
    month, before = NOW.date().replace(day=1), NOW - timedelta(days=15)
    with unit_of_work(sessions) as session:
        notice = Notice(Purpose.STAY).to_json()
        push = Push(key="stay", kind=PushKind.WELCOME, month=month, notice=notice, created_by="auto", created_at=before)
        session.add(push)
        session.flush()
        delivery = Delivery(
            month=month,
            push_id=push.id,
            subscriber_id=subscriber_id,
            channel="mail",
            state="delivered",
            due_at=before,
            reasons=[],
            accepted_at=before,
            updated_at=before,
        )
        session.add(delivery)
        session.add(Habit(subscriber_id=subscriber_id, asked_at=before, digest_only_since=NOW, cap_before=3))
        session.get_one(Subscriber, subscriber_id).daily_cap = 0
        session.flush()
        return subscriber_id, rows.open_path(delivery.id)


def test_looking_changes_nothing_and_one_tap_goes_on(
    client: TestClient, asked: tuple[int, str], sessions: Sessions
) -> None:
    subscriber_id, path = asked
    page = Page(client, client.get(path))
    assert "还要继续接收政策消息吗" in page.words
    with sessions() as session:  # a mail program that looks into links is nobody who answers
        assert session.scalars(select(Feedback)).all() == []
        assert session.get_one(Subscriber, subscriber_id).daily_cap == 0
    [form] = [n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith("/stay")]
    for _ in range(2):
        answer = page.submit({}, form=form)
        assert "好的，继续给您发" in answer.words
    with sessions() as session:
        assert session.get_one(Subscriber, subscriber_id).daily_cap == 3
        habit = session.get_one(Habit, subscriber_id)
        assert (habit.asked_at, habit.digest_only_since) == (None, None)


def test_the_tap_of_another_message_leads_to_that_message(client: TestClient, rows: Rows) -> None:
    reader = rows.subscriber()
    path = rows.open_path(rows.digest([(rows.policy("甲"), "甲")], reader))
    answer = client.post(f"{path}/stay")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert client.post("/s/AAAAAAAAAAAA/stay").status_code == 410
