"""People at the WeChat account: what they do is told by the simulator's own calls, what they are told arrives there."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from channels.simulators.providers import Providers
from channels.simulators.receipts import wechat_event
from channels.simulators.wechat import Follower
from core.database import Sessions, unit_of_work
from core.privacy import Keys
from core.settings import Settings
from subscribers.consent import has_consent, record_consent
from subscribers.contacts import list_subscribers_by_address, set_contact
from subscribers.models import HeardEvent, Inquiry, Subscriber, Suppression, WeChatGrant
from tests.web.conftest import NOW
from tests.web.rows import Rows
from web.app import create_app
from web.portal.scenes import find_scanned, open_scene
from workers.inquiries import close_inquiry, get_waiting, list_inquiries
from workers.models import Delivery, Receipt

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
AT = NOW.timestamp()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "wechat_long_term": {"policy": "LONG"},
            "wechat_one_off": {"policy": "ONCE"},
            "public_url": "https://z.cn",
        }
    )


class Person:
    """A follower who acts at WeChat; the calls go to the app, three times each where `again` asks for it."""

    def __init__(self, client: TestClient, providers: Providers) -> None:
        self._client, self._providers = client, providers
        providers.wechat.followers[OPENID] = Follower()

    def does(self, event: str, fields: dict[str, Any] | None = None, *, again: int = 1, at: float = AT) -> None:
        self._providers.wechat.followers[OPENID].open_window(event, self._providers.world.now())
        post = wechat_event("/hooks/wechat", OPENID, event, fields or {}, at)
        for _ in range(again):
            url, body = post.sealed("local", "", "", AT)
            answer = self._client.post(url, content=body)
            assert (answer.status_code, answer.content) == (200, b"success")

    def says(self, words: str, *, again: int = 1) -> str:
        """What comes back; the empty text for nothing."""
        before = len(self.told)
        self.does("text", {"Content": words}, again=again)
        return "\n".join(self.told[before:])

    @property
    def told(self) -> list[str]:
        found = self._providers.world.list_accepted("wechat_answer")
        return [one["content"]["text"] for one in reversed(found)]


@pytest.fixture
def person(client: TestClient, simulators: Providers) -> Person:
    return Person(client, simulators)


@pytest.fixture
def follower(rows: Rows, sessions: Sessions, keys: Keys) -> int:
    """A subscriber with this openid."""
    subscriber = rows.subscriber()
    with unit_of_work(sessions) as session:
        set_contact(session, keys, subscriber, "wechat", OPENID, verified_at=NOW)
        record_consent(session, subscriber, "wechat", text_version="1", how="wechat", now=NOW)
    return subscriber


def choose(template: str, word: str) -> dict[str, Any]:
    entry = {"TemplateId": template, "SubscribeStatusString": word, "PopupScene": 1}
    return {"SubscribeMsgPopupEvent": {"List": [entry]}}


def grants(sessions: Sessions) -> dict[str, tuple[bool, int]]:
    with sessions() as session:
        return {one.template_id: (one.accepted, one.remaining) for one in session.scalars(select(WeChatGrant))}


def count(sessions: Sessions, table: type) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_choices_are_kept_once_however_often_they_are_told(person: Person, sessions: Sessions) -> None:
    popup = "subscribe_msg_popup_event"
    person.does(popup, choose("ONCE", "accept"), again=3)
    person.does(popup, choose("LONG", "accept"), at=AT + 1)
    person.does(popup, choose("ONCE", "accept"), at=AT + 2)
    person.does(popup, choose("STRANGE", "accept"), at=AT + 3)
    assert grants(sessions) == {"ONCE": (True, 2), "LONG": (True, 0)}
    entry = {"TemplateId": "LONG", "SubscribeStatusString": "reject"}
    person.does("subscribe_msg_change_event", {"SubscribeMsgChangeEvent": {"List": entry}}, at=AT + 4)
    person.does(popup, choose("ONCE", "reject"), at=AT - 9)
    assert grants(sessions) == {"ONCE": (True, 2), "LONG": (False, 0)}


def test_who_leaves_is_forgotten_and_comes_back_by_subscribing(
    person: Person, sessions: Sessions, keys: Keys, follower: int
) -> None:
    person.does("subscribe_msg_popup_event", choose("ONCE", "accept"))
    person.says("人工 请问")
    for _ in range(2):
        person.does("unsubscribe", at=AT + 1)
    assert grants(sessions) == {}
    assert count(sessions, Inquiry) == 0
    with sessions() as session:
        assert not has_consent(session, follower, "wechat")
        assert list_subscribers_by_address(session, keys, "wechat", OPENID) == []
        [kept] = session.scalars(select(Suppression))
        assert (kept.reason, kept.blind_index) == ("unfollowed", keys.blind_index("wechat", OPENID))
    person.does("subscribe", at=AT + 2)
    assert count(sessions, Suppression) == 0
    assert "https://z.cn/subscribe" in person.told[-1]


def test_a_scan_binds_and_says_so(person: Person, redis: Redis, keys: Keys) -> None:
    first, second = open_scene(redis), open_scene(redis)
    person.does("SCAN", {"EventKey": first, "Ticket": "t"}, again=2)
    assert find_scanned(redis, keys, first) == OPENID
    person.does("subscribe", {"EventKey": f"qrscene_{second}", "Ticket": "t"}, at=AT + 1)
    assert find_scanned(redis, keys, second) == OPENID
    assert ["扫码成功" in words for words in person.told] == [True, True]


def test_a_refusal_is_done_and_said_once(person: Person, sessions: Sessions, follower: int) -> None:
    assert person.says("退订", again=3).count("已退订") == 1
    with sessions() as session:
        assert not has_consent(session, follower, "wechat")
        assert has_consent(session, follower, "mail")


def test_a_question_is_answered_with_three_policies(person: Person, rows: Rows) -> None:
    ids = [rows.policy(f"关于稳岗补贴的第{number}号通知") for number in range(4)]
    rows.policy("无关的公告", targeting=None)
    answer = person.says("稳岗补贴")
    assert [f"https://z.cn/p/{number}" in answer for number in ids].count(True) == 3
    assert "无关" not in answer
    assert "没有找到" in person.says("￥%_＊")
    assert "没有找到" in person.says("...")


def test_a_question_in_everyday_words_finds_its_topic(person: Person, rows: Rows) -> None:
    policy = rows.policy("海淀区若干措施", targeting={"topics": ["E0407"]})
    topic = "中小微企业培育与纾困"
    assert f"https://z.cn/p/{policy}" in person.says(f"想问问{topic}有什么")


def test_topics_by_a_word(person: Person, sessions: Sessions, follower: int) -> None:
    assert "已订阅“就业服务与就业补贴”" in person.says("订阅 就业服务与就业补贴")
    assert "已订阅" in person.says("订阅：就业服务与就业补贴")
    assert "没有找到这个主题" in person.says("订阅 月球旅行")
    assert "没有找到这个主题" in person.says("订阅")
    with sessions() as session:
        assert session.get_one(Subscriber, follower).topics == ["E0407", "E0402", "P0301"]


def test_a_stranger_is_shown_the_way(person: Person) -> None:
    assert "https://z.cn/subscribe?topic=P0301" in person.says("订阅 就业服务与就业补贴")


def test_a_word_for_staff_is_kept_sealed_until_somebody_answers(
    person: Person, sessions: Sessions, keys: Keys, follower: int
) -> None:
    assert "已转给工作人员" in person.says("人工 我的补贴为什么没到账", again=2)
    with unit_of_work(sessions) as session:
        [asked] = list_inquiries(session, keys)
        assert (asked.words, asked.subscribers) == ("人工 我的补贴为什么没到账", [follower])
        row = session.scalars(select(Inquiry)).one()
        assert "补贴".encode() not in row.words
        assert OPENID.encode() not in row.address
        close_inquiry(keys, get_waiting(session, asked.id), "clerk", NOW)
        assert list_inquiries(session, keys) == []


def test_when_wechat_is_away_the_call_is_thanked_all_the_same(
    person: Person, simulators: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    simulators.wechat.followers[OPENID].answers_left = -9
    simulators.wechat.kill_tokens()
    simulators.wechat.limits["custom"] = 0
    assert person.says("你好") == ""
    assert "an answer to a follower did not go out: RATE_DAY 45009" in caplog.text
    assert OPENID not in caplog.text


def notice_told(message: str, code: str = "0", template: str = "ONCE") -> dict[str, Any]:
    entry = {"TemplateId": template, "MsgID": message, "ErrorCode": code, "ErrorStatus": "x"}
    return {"SubscribeMsgSentEvent": {"List": entry}}


def test_the_receipt_of_a_notice_finds_its_message(
    person: Person, rows: Rows, sessions: Sessions, follower: int
) -> None:
    for _ in range(2):
        rows.delivery(rows.policy(), follower, channel="wechat", state="accepted", attempt_id=None)
    with unit_of_work(sessions) as session:
        session.execute(update(Delivery).values(attempt_id=func.uuidv7()))
    event = "subscribe_msg_sent_event"
    person.does(event, notice_told("900"), again=3)
    person.does(event, notice_told("901"), at=AT + 1)
    person.does(event, notice_told("902"), at=AT + 2)
    with sessions() as session:
        attempts = {found.hex for found in session.scalars(select(Delivery.attempt_id)) if found}
        references = set(session.scalars(select(Receipt.reference)))
    assert references == attempts | {"902"}


def test_a_used_up_one_off_notice_refuses_nothing_a_long_term_one_does(
    person: Person, sessions: Sessions, follower: int
) -> None:
    person.does("subscribe_msg_popup_event", choose("ONCE", "accept"))
    person.does("subscribe_msg_sent_event", notice_told("900", "43101"), at=AT + 1)
    assert grants(sessions) == {"ONCE": (True, 0)}
    with sessions() as session:
        assert session.scalars(select(Receipt.cls)).one() == "WINDOW"
        assert has_consent(session, follower, "wechat")
    person.does("subscribe_msg_popup_event", choose("LONG", "accept"), at=AT + 2)
    person.does("subscribe_msg_sent_event", notice_told("901", "43101", "LONG"), at=AT + 3)
    assert grants(sessions)["LONG"] == (False, 0)
    with sessions() as session:
        assert not has_consent(session, follower, "wechat")


def test_bursts_of_receipts_leave_no_trace_of_events(person: Person, sessions: Sessions) -> None:
    person.does("TEMPLATESENDJOBFINISH", {"MsgID": "1", "Status": "success"}, again=2)
    assert (count(sessions, HeardEvent), count(sessions, Receipt)) == (0, 1)


@pytest.fixture
def client(settings: Settings, sessions: Sessions, redis: Redis) -> Iterator[TestClient]:
    app = create_app(settings, sessions, redis, lambda: NOW)
    with TestClient(app, follow_redirects=False) as opened:
        yield opened
