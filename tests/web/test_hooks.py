"""Calls of the providers: signed, secret, repeated, broken."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select
from starlette.testclient import TestClient
from wechatpy.crypto import PrpCrypto

from core.database import Sessions, unit_of_work
from core.privacy import Keys
from core.settings import Settings
from subscribers.consent import has_consent, record_consent
from subscribers.contacts import list_subscribers_by_address, set_contact
from tests.web.conftest import NOW
from tests.web.rows import Rows
from web.app import create_app
from web.portal.scenes import find_scanned, open_scene
from workers.models import Receipt

TOKEN = "AAAAA"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
STAMP = str(int(NOW.timestamp()))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update=Settings(_env_file=None, wechat_token=TOKEN, wechat_appid="wx1", hook_secret="s3cret").model_dump(
            include={"wechat_token", "wechat_appid", "hook_secret"}
        )
    )


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted([TOKEN, *parts])).encode()).hexdigest()  # noqa: S324 - as WeChat signs


def event(**fields: str) -> str:
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    head = f"<FromUserName>{OPENID}</FromUserName><CreateTime>{STAMP}</CreateTime>"
    return f"<xml><ToUserName>gh</ToUserName>{head}{inner}</xml>"


FINISHED = event(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID="200163836", Status="success")


def call(client: TestClient, body: str, stamp: str = STAMP, **query: str) -> Any:
    given = {"timestamp": stamp, "nonce": "n", "signature": sign(stamp, "n"), **query}
    return client.post("/hooks/wechat", params=given, content=body.encode())


def receipts(sessions: Sessions) -> list[tuple[str, str, str, str]]:
    with sessions() as session:
        return [
            (r.provider, r.reference, r.state, r.code) for r in session.scalars(select(Receipt).order_by(Receipt.id))
        ]


def test_verification_with_the_official_test_vector(client: TestClient) -> None:
    query = {"timestamp": "1714036504", "nonce": "1514711492", "echostr": "4375120948345356249"}
    signature = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    answer = client.get("/hooks/wechat", params={**query, "signature": signature})
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert client.get("/hooks/wechat", params={**query, "signature": signature[:-1] + "7"}).status_code == 403
    assert client.get("/hooks/wechat", params={**query, "signature": "签名"}).status_code == 403


def test_a_receipt_is_written_once_however_often_it_comes(client: TestClient, sessions: Sessions) -> None:
    for _ in range(3):
        answer = call(client, FINISHED)
        assert (answer.status_code, answer.text) == (200, "success")
    call(client, event(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID="7", Status="failed:user block"))
    nested = (
        "<SubscribeMsgSentEvent><List><TemplateId>T</TemplateId><MsgID>8</MsgID><ErrorCode>43101</ErrorCode>"
        "<ErrorStatus>user refuse to accept the msg</ErrorStatus></List></SubscribeMsgSentEvent>"
    )
    call(client, event(MsgType="event", Event="subscribe_msg_sent_event").replace("</xml>", nested + "</xml>"))
    assert receipts(sessions) == [
        ("wechat", "200163836", "delivered", "success"),
        ("wechat", "7", "failed", "failed:user block"),
        ("wechat", "8", "failed", "43101"),
    ]


def test_forged_old_and_broken_calls_are_refused(client: TestClient, sessions: Sessions) -> None:
    assert call(client, FINISHED, signature="0" * 40).status_code == 403
    old = str(int((NOW - timedelta(hours=1)).timestamp()))
    assert call(client, FINISHED, stamp=old).status_code == 403
    assert call(client, FINISHED, stamp="²").status_code == 403
    assert call(client, "not xml").status_code == 403
    assert call(client, "").status_code == 403
    assert call(client, "<xml><Encrypt>AAAA</Encrypt></xml>", encrypt_type="aes", msg_signature="x").status_code == 403
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><MsgType>&a;</MsgType></xml>'
    assert call(client, bomb).status_code == 403
    assert receipts(sessions) == []


def test_encrypted_mode(settings: Settings, sessions: Sessions, redis: Redis) -> None:
    key = Settings(_env_file=None, wechat_aes_key=AES_KEY).wechat_aes_key
    client = TestClient(create_app(settings.model_copy(update={"wechat_aes_key": key}), sessions, redis, lambda: NOW))
    crypto = PrpCrypto(base64.b64decode(AES_KEY + "="))

    def seal(text: str, appid: str = "wx1") -> tuple[str, dict[str, str]]:
        sealed = crypto.encrypt(text, appid).decode()
        return f"<xml><Encrypt>{sealed}</Encrypt></xml>", {
            "encrypt_type": "aes",
            "msg_signature": sign(STAMP, "n", sealed),
        }

    body, query = seal(FINISHED)
    assert call(client, body, **query).text == "success"
    assert receipts(sessions) == [("wechat", "200163836", "delivered", "success")]
    body, query = seal(FINISHED, "wx-other")
    assert call(client, body, **query).status_code == 403
    assert call(client, FINISHED).status_code == 403  # plain calls are not taken where a key is set
    for odd in ("AAAA", base64.b64encode(b"0" * 32).decode(), "%%%"):
        signed = {"encrypt_type": "aes", "msg_signature": sign(STAMP, "n", odd)}
        assert call(client, f"<xml><Encrypt>{odd}</Encrypt></xml>", **signed).status_code == 403


@pytest.fixture
def follower(rows: Rows, sessions: Sessions, keys: Keys) -> int:
    """A subscriber with WeChat."""
    subscriber = rows.subscriber()
    with unit_of_work(sessions) as session:
        set_contact(session, keys, subscriber, "wechat", OPENID, verified_at=NOW)
        record_consent(session, subscriber, "wechat", text_version="1", how="wechat", now=NOW)
    return subscriber


def test_a_reply_refuses_and_other_words_do_not(client: TestClient, sessions: Sessions, follower: int) -> None:
    call(client, event(MsgType="text", Content="谢谢", MsgId="1"))
    with sessions() as session:
        assert has_consent(session, follower, "wechat")
    for _ in range(2):
        assert call(client, event(MsgType="text", Content=" 退订。", MsgId="2")).text == "success"
    with sessions() as session:
        assert not has_consent(session, follower, "wechat")
        assert has_consent(session, follower, "mail")


def test_who_unfollows_refuses_and_the_openid_goes(
    client: TestClient, sessions: Sessions, keys: Keys, follower: int
) -> None:
    call(client, event(MsgType="event", Event="unsubscribe"))
    with sessions() as session:
        assert not has_consent(session, follower, "wechat")
        assert list_subscribers_by_address(session, keys, "wechat", OPENID) == []


ATTEMPT = "0193" + "a" * 28


def test_aliyun_receipts(client: TestClient, sessions: Sessions) -> None:
    pushed = [
        {"phone_number": "13800000000", "success": True, "err_code": "DELIVERED", "biz_id": "9^0", "out_id": ATTEMPT},
        {"phone_number": "13800000000", "success": False, "err_code": "MOBILE_IN_BLACK", "biz_id": "8^0", "out_id": ""},
    ]
    for _ in range(2):
        answer = client.post("/hooks/aliyun/s3cret/report", json=pushed)
        assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "接收成功"})
    assert receipts(sessions) == [
        ("aliyun", ATTEMPT, "delivered", "DELIVERED"),
        ("aliyun", "8^0", "failed", "MOBILE_IN_BLACK"),
    ]


def test_tencent_receipts(client: TestClient, sessions: Sessions) -> None:
    pushed = [
        {"mobile": "13800000000", "report_status": "SUCCESS", "errmsg": "DELIVRD", "sid": "2019:1"},
        {"mobile": "13800000000", "report_status": "FAIL", "errmsg": "UNDELIV", "sid": "2019:2"},
    ]
    answer = client.post("/hooks/tencent/s3cret/report", json=pushed)
    assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"})
    assert receipts(sessions) == [
        ("tencent", "2019:1", "delivered", "DELIVRD"),
        ("tencent", "2019:2", "failed", "UNDELIV"),
    ]


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("/hooks/aliyun/s3cret/up", {"phone_number": "13800000000", "content": "ｔ"}),
        ("/hooks/tencent/s3cret/up", {"mobile": "13800000000", "text": "拒收"}),
    ],
)
def test_an_sms_reply_refuses_for_everybody_with_that_number(
    client: TestClient, rows: Rows, sessions: Sessions, path: str, item: dict[str, str]
) -> None:
    family = [rows.subscriber(), rows.subscriber()]
    odd = {**dict.fromkeys(item, "13800"), "content": "T", "text": "T"}
    assert client.post(path, json=[item, odd, {**item, "content": "你好", "text": "你好"}]).status_code == 200
    with sessions() as session:
        assert [has_consent(session, one, "sms") for one in family] == [False, False]
        assert [has_consent(session, one, "mail") for one in family] == [True, True]


@pytest.mark.parametrize("body", ["", "{}", "[1]", "{", "null", '["a"]', "[{}]", '[{"success": true}]'])
def test_what_is_no_list_of_receipts_is_refused(client: TestClient, sessions: Sessions, body: str) -> None:
    assert client.post("/hooks/aliyun/s3cret/report", content=body).status_code == 400
    assert receipts(sessions) == []


def test_a_wrong_secret_finds_nothing(client: TestClient, sessions: Sessions) -> None:
    item = {"success": True, "biz_id": "9^0"}
    for path in ("/hooks/aliyun/wrong/report", "/hooks/tencent/秘密/report", "/hooks/aliyun//report"):
        assert client.post(path, json=[item]).status_code == 404
    assert receipts(sessions) == []


def test_a_receipt_that_says_refused_withdraws_the_consent(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    item = {"phone_number": "13800000000", "success": False, "err_code": "MOBILE_IN_BLACK", "biz_id": "8^0"}
    client.post("/hooks/aliyun/s3cret/report", json=[item])
    with sessions() as session:
        assert not has_consent(session, subscriber, "sms")
        assert has_consent(session, subscriber, "mail")


def test_who_scans_our_code_is_known_to_the_page_and_nobody_else(client: TestClient, redis: Redis, keys: Keys) -> None:
    scene, other = open_scene(redis), open_scene(redis)
    assert find_scanned(redis, keys, scene) is None
    call(client, event(MsgType="event", Event="SCAN", EventKey=scene, Ticket="t"))
    call(client, event(MsgType="event", Event="SCAN", EventKey="bind-unknown", Ticket="t"))
    assert find_scanned(redis, keys, scene) == OPENID
    assert find_scanned(redis, keys, other) is None
    call(client, event(MsgType="event", Event="subscribe", EventKey=f"qrscene_{other}", Ticket="t"))
    assert find_scanned(redis, keys, other) == OPENID
    assert OPENID.encode() not in b"".join(redis.get(key) or b"" for key in redis.keys("scene:*"))
