"""The page of a policy, alone and from a message."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.database import Sessions, unit_of_work
from core.privacy import Keys
from matcher.models import StoredReading
from policies.models import PolicyVersion
from tests.web.rows import CARD, CONDITIONS, Rows
from web.models import Engagement
from workers.links import OPEN, open_link
from workers.models import Feedback


def engagements(sessions: Sessions) -> list[tuple[str, int | None, int | None]]:
    with sessions() as session:
        return [(e.kind, e.delivery_id, e.subscriber_id) for e in session.scalars(select(Engagement).order_by("id"))]


def test_card_official_text_and_the_way_between_them(client: TestClient, rows: Rows) -> None:
    page = client.get(f"/p/{rows.policy()}").text
    assert "一看就懂" in page
    assert "给予一次性50万元奖励" in page
    start = CARD["summary"]["start"]  # type: ignore[index] # a span is a mapping
    assert f'href="#e{start}"' in page
    assert f'<mark id="e{start}">给予一次性50万元奖励</mark>' in page
    assert "海政发〔2026〕1号" in page
    assert "还剩" in page


def test_related_policies_are_named_by_what_they_do(client: TestClient, rows: Rows) -> None:
    policy, reading = rows.policy(), rows.policy("关于若干措施的解读", kind="interpretation")
    rows.relate(reading, policy, "interprets")
    assert "官方解读" in client.get(f"/p/{policy}").text
    assert "解读的政策" in client.get(f"/p/{reading}").text


def test_a_repealed_policy_says_so_and_offers_no_check(client: TestClient, rows: Rows) -> None:
    page = client.get(f"/p/{rows.policy(state='repealed')}").text
    assert "已废止，不能再办理" in page
    assert "看看我符不符合" not in page
    assert "还剩" not in page


def test_what_only_a_machine_read_is_marked_as_such(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    policy = rows.policy(targeting=None)
    assert "还没有整理成卡片" in client.get(f"/p/{policy}").text
    with unit_of_work(sessions) as session:
        version = session.scalars(select(PolicyVersion).where(PolicyVersion.policy_id == policy)).one()
        payload = {
            "sides": ["enterprise"],
            "topics": ["E0407"],
            "types": [],
            "region": "110108",
            "opens": None,
            "closes": "2026-12-05",
            "valid_until": None,
            "conditions": CONDITIONS,
            "card": CARD,
        }
        session.add(StoredReading(version_id=version.id, reader="r", payload=payload, created_at=rows.now))
    assert "还没有人工核对" in client.get(f"/p/{policy}").text


@pytest.mark.parametrize("path", ["/p/999", "/p/0", "/p/99999999999999999999999", "/p/abc", "/nowhere"])
def test_what_is_not_there_is_a_chinese_page_that_says_what_next(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert "接下来" in answer.text


def test_a_message_link_shows_why_and_counts_as_opened_once(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    policy, subscriber = rows.policy(), rows.subscriber()
    delivery = rows.delivery(policy, subscriber)
    link = rows.open_path(delivery)
    for _ in range(2):
        page = client.get(link).text
        assert "为什么告诉您" in page
        assert "您订阅了“中小微企业培育与纾困”" in page
    token = link.removeprefix("/s/")
    assert "为什么告诉您" in client.get(f"/p/{policy}?t={token}").text
    assert engagements(sessions) == [("opened", delivery, subscriber)]


def test_a_strangers_token_tells_nothing(
    client: TestClient, rows: Rows, sessions: Sessions, keys: Keys, now: datetime
) -> None:
    policy = rows.policy()
    delivery = rows.delivery(policy, rows.subscriber())
    good = rows.open_path(delivery).removeprefix("/s/")
    old = open_link(keys, "", delivery, now - timedelta(days=2 * 366)).removeprefix("/s/")
    other = keys.sign("unsubscribe", (delivery,), now + timedelta(days=1))
    pair = keys.sign(OPEN, (delivery, 1), now + timedelta(days=1))
    for token in (good[:-1] + ("A" if good[-1] != "A" else "B"), old, other, pair, "x"):
        assert client.get(f"/s/{token}").status_code == 410
        assert "为什么告诉您" not in client.get(f"/p/{policy}?t={token}").text
    assert engagements(sessions) == []


def test_the_link_of_a_dropped_delivery_is_gone(client: TestClient, rows: Rows) -> None:
    assert client.get(rows.open_path(12345)).status_code == 410


def test_feedback_is_kept_once_per_message(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    policy, subscriber = rows.policy(), rows.subscriber()
    delivery = rows.delivery(policy, subscriber)
    token = rows.open_path(delivery).removeprefix("/s/")
    for _ in range(2):
        answer = client.post(f"/p/{policy}/feedback", data={"kind": "not_for_me", "t": token})
        assert answer.status_code == 200
    client.post(f"/p/{policy}/feedback", data={"kind": "useful"})
    assert client.post(f"/p/{policy}/feedback", data={"kind": "opened"}).status_code == 422
    assert engagements(sessions) == [("not_for_me", delivery, subscriber), ("useful", None, None)]


def test_titles_and_texts_are_escaped(client: TestClient, rows: Rows) -> None:
    page = client.get(f"/p/{rows.policy('<script>alert(1)</script>', text='<img src=x>', targeting=None)}").text
    assert "<script>alert" not in page
    assert "<img" not in page


def test_what_a_reader_of_a_message_does_is_heeded_by_digests(
    client: TestClient, rows: Rows, sessions: Sessions
) -> None:
    policy, subscriber = rows.policy(), rows.subscriber()
    link = rows.open_path(rows.delivery(policy, subscriber))
    client.get(link)
    client.post(f"/p/{policy}/feedback", data={"kind": "done", "t": link.removeprefix("/s/")})
    with sessions() as session:
        noted = session.execute(select(Feedback.subscriber_id, Feedback.policy_id, Feedback.kind)).all()
    assert sorted(map(tuple, noted)) == [(subscriber, policy, "done"), (subscriber, policy, "opened")]


def test_a_message_on_several_policies_opens_as_a_list(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    first, second, subscriber = rows.policy("甲政策"), rows.policy("乙政策"), rows.subscriber()
    delivery = rows.digest([(first, "甲政策"), (second, "乙政策")], subscriber)
    link = rows.open_path(delivery)
    page = client.get(link).text
    assert "您的政策月报" in page
    assert page.index("甲政策") < page.index("乙政策")
    opened = client.get(f"/p/{second}?t={link.removeprefix('/s/')}").text
    assert "为什么告诉您" in opened
    with sessions() as session:
        noted = session.execute(select(Feedback.policy_id, Feedback.kind).order_by(Feedback.id)).all()
    assert [tuple(one) for one in noted] == [(None, "opened"), (second, "opened")]
