"""Refusing: by a person, by a mail program, again and again."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from starlette.testclient import TestClient

from channels.message import Channel
from core.database import Sessions, unit_of_work
from core.privacy import Keys
from subscribers.consent import has_consent
from subscribers.models import Consent, Contact, Purpose, Subscriber
from tests.web.rows import Rows
from workers.links import UNSUBSCRIBE, Refusal, unsubscribe_link


def state(sessions: Sessions, subscriber: int) -> dict[str, object]:
    """What somebody still gets, and how many lines the ledger has."""
    with sessions() as session:
        return {
            "mail": session.get_one(Contact, (subscriber, "mail")).consented,
            "sms": session.get_one(Contact, (subscriber, "sms")).consented,
            "recommend": has_consent(session, subscriber, purpose=Purpose.RECOMMEND),
            "topics": session.get_one(Subscriber, subscriber).topics,
            "lines": session.scalar(select(func.count()).select_from(Consent)),
        }


ALL = {"mail": True, "sms": True, "recommend": True, "topics": ["E0407", "E0402"], "lines": 3}


def test_looking_changes_nothing(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    link = rows.refuse_path(subscriber, rows.delivery(rows.policy(), subscriber))
    page = client.get(link)
    assert page.status_code == 200
    assert "只停这个主题" in page.text
    assert "中小微企业培育与纾困" in page.text
    assert client.head(link).status_code == 405
    assert state(sessions, subscriber) == ALL


def test_one_click_of_a_mail_program_stops_mail_and_may_be_repeated(
    client: TestClient, rows: Rows, sessions: Sessions
) -> None:
    subscriber = rows.subscriber()
    link = rows.refuse_path(subscriber, rows.delivery(rows.policy(), subscriber))
    for _ in range(3):
        answer = client.post(
            link,
            content=b"List-Unsubscribe=One-Click",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert state(sessions, subscriber) == {**ALL, "mail": False, "lines": 4}
    with sessions() as session:
        assert session.scalars(select(Consent.how).order_by(Consent.id.desc()).limit(1)).one() == "one_click"


def test_one_click_as_multipart_as_the_standard_allows(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    answer = client.post(rows.refuse_path(subscriber), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert state(sessions, subscriber)["mail"] is False


def test_a_topic_a_channel_recommendation_everything(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    link = rows.refuse_path(subscriber, rows.delivery(rows.policy(), subscriber), Channel.SMS)
    assert "不再推送" in client.post(link, data={"scope": "topic"}).text
    assert state(sessions, subscriber) == {**ALL, "topics": ["E0402"]}
    assert "不再给您发短信" in client.post(link, data={"scope": "channel"}).text
    assert state(sessions, subscriber) == {**ALL, "topics": ["E0402"], "sms": False, "lines": 4}
    assert "不再按您的情况推荐" in client.post(link, data={"scope": "recommend"}).text
    assert state(sessions, subscriber)["recommend"] is False
    for _ in range(2):
        assert "不再给您发任何消息" in client.post(link, data={"scope": "all"}).text
    gone = {"mail": False, "sms": False, "recommend": False, "topics": ["E0402"], "lines": 6}
    assert state(sessions, subscriber) == gone
    assert "您已经退订" in client.get(link).text


def test_an_unknown_choice_is_refused_and_changes_nothing(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    assert client.post(rows.refuse_path(subscriber), data={"scope": "world"}).status_code == 422
    assert state(sessions, subscriber) == ALL


def test_wrong_old_and_foreign_links(client: TestClient, rows: Rows, keys: Keys, now: datetime) -> None:
    subscriber = rows.subscriber()
    old = unsubscribe_link(keys, "", Refusal(subscriber, Channel.MAIL, 0), now - timedelta(days=4 * 365))
    odd = "/u/" + keys.sign(UNSUBSCRIBE, (subscriber, 9, 0), now + timedelta(days=1))
    short = "/u/" + keys.sign(UNSUBSCRIBE, (subscriber,), now + timedelta(days=1))
    opened = "/u/" + keys.sign("open", (subscriber, 2, 0), now + timedelta(days=1))
    for link in (old, odd, short, opened, "/u/abc"):
        assert client.get(link).status_code == 410
        answer = client.post(link, data={"scope": "all"})
        assert answer.status_code == 410
        assert "已保留" in answer.text


def test_somebody_who_is_gone_gets_a_calm_page(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, subscriber).erased_at = rows.now
    assert "您已经退订" in client.get(rows.refuse_path(subscriber)).text
    assert client.post(rows.refuse_path(999), data={"scope": "all"}).status_code == 200
