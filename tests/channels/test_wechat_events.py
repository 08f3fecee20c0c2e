"""What WeChat posts to us: opened, checked and read; the examples follow its pages."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from wechatpy.crypto import PrpCrypto

from channels.outcome import OutcomeClass
from channels.receipt import ReceiptState
from channels.wechat.callback import Callback, CallbackError
from channels.wechat.events import (
    Chose,
    Event,
    Followed,
    GrantsChanged,
    Left,
    MassFinished,
    Other,
    Published,
    Said,
    Scanned,
    Sent,
    read_event,
)
from channels.wechat.grants import GrantChange

AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
PLAIN = Callback("AAAAA", "wx1")
SEALED = Callback("AAAAA", "wx1", AES_KEY)
TIME, NONCE = "1714036504", "1514711492"


def signed(*more: str) -> str:
    return hashlib.sha1("".join(sorted(["AAAAA", TIME, NONCE, *more])).encode()).hexdigest()  # noqa: S324


def query(signature: str, **more: str) -> dict[str, str]:
    return {"signature": signature, "timestamp": TIME, "nonce": NONCE, **more}


def sealed_post(xml: str, appid: str = "wx1") -> tuple[dict[str, str], bytes]:
    text = PrpCrypto(base64.b64decode(AES_KEY + "=")).encrypt(xml, appid).decode()
    return (
        query("", encrypt_type="aes", msg_signature=signed(text)),
        f"<xml><ToUserName>gh</ToUserName><Encrypt>{text}</Encrypt></xml>".encode(),
    )


def test_the_published_example_of_a_signature() -> None:
    assert PLAIN.echo(query("f464b24fc39322e44b38aa78f5edd27bd1441696", echostr="4375120948345356249")) == (
        "4375120948345356249"
    )


@pytest.mark.parametrize("signature", ["", "0" * 40, "ф"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(CallbackError):
        PLAIN.echo(query(signature))
    with pytest.raises(CallbackError):
        PLAIN.open(query(signature), b"<xml></xml>")


def test_plain_and_sealed_posts_are_opened() -> None:
    assert PLAIN.open(query(signed()), "<xml>好</xml>".encode()) == "<xml>好</xml>"
    assert SEALED.open(*sealed_post("<xml>好</xml>")) == "<xml>好</xml>"


def test_what_is_not_for_us_is_refused() -> None:
    posts = [
        (SEALED, (query(signed()), b"<xml></xml>")),  # plain where sealed was agreed
        (PLAIN, sealed_post("<xml></xml>")),  # sealed without a key of ours
        (SEALED, sealed_post("<xml></xml>", appid="wx-other")),
        (SEALED, (query("", encrypt_type="aes"), b"<xml><Encrypt>QUJD</Encrypt></xml>")),  # wrong signature
        (SEALED, (query("", encrypt_type="aes"), b"<xml></xml>")),
        (SEALED, (query("", encrypt_type="aes"), b"no xml")),
        (SEALED, (query("", encrypt_type="aes"), b"\xff")),
        (SEALED, (query("", encrypt_type="aes", msg_signature=signed("QUJD")), b"<xml><Encrypt>QUJD</Encrypt></xml>")),
        (SEALED, (query("", encrypt_type="aes", msg_signature=signed("!")), b"<xml><Encrypt>!</Encrypt></xml>")),
    ]
    for callback, post in posts:
        with pytest.raises(CallbackError):
            callback.open(*post)


def read(fields: str, event: str = "") -> Event:
    kind = f"<MsgType>event</MsgType><Event>{event}</Event>" if event else ""
    return read_event(
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>oU1</FromUserName><CreateTime>1795230740</CreateTime>"
        f"{kind}{fields}</xml>"
    )


def test_people_come_scan_choose_write_and_leave() -> None:
    followed = read("<EventKey>qrscene_bind-7</EventKey><Ticket>T</Ticket>", "subscribe")
    assert isinstance(followed, Followed)
    assert (followed.openid, followed.scene) == ("oU1", "bind-7")
    assert followed.at == datetime(2026, 11, 21, 3, 12, 20, tzinfo=UTC)
    plain = read("<EventKey></EventKey>", "subscribe")
    assert isinstance(plain, Followed)
    assert plain.scene == ""
    scanned = read("<EventKey>bind-8</EventKey><Ticket>T</Ticket>", "SCAN")
    assert isinstance(scanned, Scanned)
    assert scanned.scene == "bind-8"
    clicked = read("<EventKey>MY</EventKey>", "CLICK")
    assert isinstance(clicked, Chose)
    assert clicked.key == "MY"
    said = read("<MsgType>text</MsgType><Content>退订</Content><MsgId>99</MsgId>")
    assert isinstance(said, Said)
    assert (said.text, said.once) == ("退订", "message:99")
    assert isinstance(read("", "unsubscribe"), Left)
    assert isinstance(read("<MsgType>image</MsgType><PicUrl>p</PicUrl><MsgId>1</MsgId>"), Other)
    assert isinstance(read("", "LOCATION"), Other)
    assert "oU1" not in repr(followed)


@pytest.mark.parametrize(
    ("status", "state", "cls"),
    [
        ("success", ReceiptState.DELIVERED, OutcomeClass.OK),
        ("failed:user block", ReceiptState.FAILED, OutcomeClass.OPT_OUT),
        ("failed: system failed", ReceiptState.FAILED, OutcomeClass.RECIPIENT_TEMP),
        ("failed: something new", ReceiptState.FAILED, OutcomeClass.RECIPIENT_TEMP),
    ],
)
def test_the_end_of_a_template_message(status: str, state: ReceiptState, cls: OutcomeClass) -> None:
    event = read(f"<MsgID>200163836</MsgID><Status>{status}</Status>", "TEMPLATESENDJOBFINISH")
    assert isinstance(event, Sent)
    (receipt,) = event.receipts
    assert (receipt.state, receipt.cls, receipt.provider_id) == (state, cls, "200163836")


def grants(node: str, *entries: tuple[str, str]) -> str:
    lists = "".join(
        f"<List><TemplateId>{template}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString></List>"
        for template, status in entries
    )
    return f"<{node}>{lists}</{node}>"


def test_grants_come_as_one_or_several() -> None:
    one = read(grants("SubscribeMsgPopupEvent", ("A", "accept")), "subscribe_msg_popup_event")
    two = read(grants("SubscribeMsgChangeEvent", ("A", "reject"), ("B", "reject")), "subscribe_msg_change_event")
    assert isinstance(one, GrantsChanged)
    assert one.changes == (GrantChange("A", True),)
    assert isinstance(two, GrantsChanged)
    assert two.changes == (GrantChange("A", False), GrantChange("B", False))
    none = read("<SubscribeMsgPopupEvent></SubscribeMsgPopupEvent>", "subscribe_msg_popup_event")
    assert isinstance(none, GrantsChanged)
    assert none.changes == ()


def test_the_end_of_a_subscription_notice() -> None:
    event = read(
        "<SubscribeMsgSentEvent><List><TemplateId>A</TemplateId><MsgID>17</MsgID><ErrorCode>0</ErrorCode>"
        "<ErrorStatus>success</ErrorStatus></List><List><TemplateId>A</TemplateId><MsgID>18</MsgID>"
        "<ErrorCode>43101</ErrorCode><ErrorStatus>user refuse</ErrorStatus></List></SubscribeMsgSentEvent>",
        "subscribe_msg_sent_event",
    )
    assert isinstance(event, Sent)
    assert [(one.provider_id, one.cls) for one in event.receipts] == [
        ("17", OutcomeClass.OK),
        ("18", OutcomeClass.OPT_OUT),
    ]


def test_the_end_of_a_job_to_many() -> None:
    event = read(
        "<MsgID>1000001625</MsgID><Status>err(30003)</Status><TotalCount>100</TotalCount><FilterCount>80</FilterCount>"
        "<SentCount>75</SentCount><ErrorCount>5</ErrorCount>",
        "MASSSENDJOBFINISH",
    )
    assert isinstance(event, MassFinished)
    assert (event.job, event.status, event.total, event.filtered, event.sent, event.errors) == (
        "1000001625",
        "err(30003)",
        100,
        80,
        75,
        5,
    )


def test_an_article_was_published() -> None:
    item = "<count>1</count><item><idx>1</idx><article_url><![CDATA[https://mp.example/s/1]]></article_url></item>"
    event = read(
        "<PublishEventInfo><publish_id>2247503051</publish_id><publish_status>0</publish_status>"
        f"<article_detail>{item}</article_detail></PublishEventInfo>",
        "PUBLISHJOBFINISH",
    )
    assert isinstance(event, Published)
    assert (event.job, event.status, event.url) == ("2247503051", 0, "https://mp.example/s/1")


def test_a_repeated_post_is_known_and_another_event_is_not() -> None:
    first, again = (read("<MsgID>1</MsgID><Status>success</Status>", "TEMPLATESENDJOBFINISH") for _ in range(2))
    other = read("<MsgID>2</MsgID><Status>success</Status>", "TEMPLATESENDJOBFINISH")
    assert first.once == again.once != other.once


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<xml>",
        "<xml></xml>",
        "<other><a>1</a></other>",
        "<xml><FromUserName>o</FromUserName></xml>",
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><FromUserName>&a;</FromUserName></xml>',
        "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><CreateTime>soon</CreateTime></xml>",
    ],
)
def test_what_is_no_message_is_refused(xml: str) -> None:
    with pytest.raises(CallbackError):
        read_event(xml)
