"""What providers say later, in one form: examples as their pages show them."""

import json
from datetime import UTC, datetime

import pytest

from channels.mail.receipts import read_returned_mail
from channels.mail.verp import bounce_address, message_id
from channels.outcome import OutcomeClass
from channels.receipt import ReceiptError, ReceiptState
from channels.refusal import is_refusal
from channels.sms.receipts import (
    read_aliyun_report,
    read_aliyun_up,
    read_tencent_pull,
    read_tencent_report,
    read_tencent_up,
)

C = OutcomeClass
SECRET = b"secret of the test"
BOUNCE = bounce_address("k1", "bounce.zhida.example", SECRET)
ALIYUN = {
    "phone_number": "13900000001",
    "send_time": "2026-11-21 11:12:13",
    "report_time": "2026-11-21 11:12:20",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "900619746936498440^0",
    "out_id": "k1",
}
TENCENT = {
    "user_receive_time": "2026-11-21 11:12:20",
    "nationcode": "86",
    "mobile": "13900000001",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "8:tWb9hiIWsEaAn2CHeLn201008215820",
}


def test_aliyun_says_delivered() -> None:
    (receipt,) = read_aliyun_report(json.dumps([ALIYUN]).encode())
    assert (receipt.state, receipt.cls, receipt.key) == (ReceiptState.DELIVERED, C.OK, "k1")
    assert receipt.provider_id == "900619746936498440^0"
    assert receipt.reference == "k1"
    assert receipt.at == datetime(2026, 11, 21, 3, 12, 20, tzinfo=UTC)
    assert receipt.address == "13900000001"
    assert "1390" not in repr(receipt)


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        ("USER_REJECT", C.OPT_OUT),
        ("INVALID_NUMBER", C.RECIPIENT_PERM),
        ("MK:0001", C.RECIPIENT_TEMP),
        ("DELIVERED", C.RECIPIENT_TEMP),
    ],
)
def test_aliyun_says_failed(code: str, cls: OutcomeClass) -> None:
    (receipt,) = read_aliyun_report(json.dumps([{**ALIYUN, "success": False, "err_code": code}]).encode())
    assert (receipt.state, receipt.cls, receipt.code) == (ReceiptState.FAILED, cls, code)


def test_tencent_says_delivered_and_failed() -> None:
    failed = {**TENCENT, "report_status": "FAIL", "errmsg": "UNDELIV"}
    good, bad = read_tencent_report(json.dumps([TENCENT, failed]).encode())
    assert (good.state, good.cls, good.reference) == (ReceiptState.DELIVERED, C.OK, TENCENT["sid"])
    assert (bad.state, bad.cls) == (ReceiptState.FAILED, C.RECIPIENT_TEMP)


def test_tencents_queue_says_the_same() -> None:
    (receipt,) = read_tencent_pull(
        [
            {
                "SubscriberNumber": "+8613900000001",
                "ReportStatus": "SUCCESS",
                "Description": "DELIVRD",
                "SerialNo": "s1",
                "UserReceiveTime": 1795230740,
                "SessionContext": "k1",
            }
        ]
    )
    assert (receipt.reference, receipt.address) == ("k1", "13900000001")
    assert receipt.at == datetime(2026, 11, 21, 3, 12, 20, tzinfo=UTC)


def test_replies_are_read() -> None:
    aliyun = {"phone_number": "13900000001", "content": "Ｔ", "send_time": "2026-11-21 11:12:13", "dest_code": "1"}
    tencent = {"mobile": "13900000001", "nationcode": "86", "text": "退订", "time": 1795230740, "sign": "政策直达"}
    replies = [*read_aliyun_up(json.dumps([aliyun]).encode()), *read_tencent_up(json.dumps([tencent]).encode())]
    assert [is_refusal(reply.text) for reply in replies] == [True, True]
    assert {reply.address for reply in replies} == {"13900000001"}
    assert "退订" not in repr(replies)


@pytest.mark.parametrize("body", [b"{", b"{}", b"[1]", b"[{}]", b'[{"biz_id": 5, "err_code": "X"}]', b"\xff"])
def test_what_is_no_receipt_is_refused_without_quoting_it(body: bytes) -> None:
    for read in (read_aliyun_report, read_tencent_report, read_aliyun_up, read_tencent_up):
        with pytest.raises(ReceiptError):
            read(body)


@pytest.mark.parametrize("text", ["T", "t", "Ｔ", " td ", "退订", "退订。", "“拒收”", "R", "0000", "取消", "qx！"])
def test_refusals(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ["", "不要退订", "TT", "好的", "退订怎么弄", "T恤补贴", "00000"])
def test_no_refusals(text: str) -> None:
    assert not is_refusal(text)


def report(action: str, status: str, diagnostic: str = "") -> bytes:
    return f"""From: MAILER-DAEMON@mx.example
To: <{BOUNCE}>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

This is the mail system at host mx.example.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; wang@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--B
Content-Type: text/rfc822-headers

Message-ID: {message_id("k1", "zhida.example", SECRET)}
--B--
""".encode()


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "state", "cls"),
    [
        ("failed", "5.1.1", "550 5.1.1 User unknown", ReceiptState.FAILED, C.RECIPIENT_PERM),
        ("failed", "5.0.0", "550 Mailbox not found", ReceiptState.FAILED, C.RECIPIENT_PERM),
        ("failed", "5.2.2", "552 5.2.2 Over quota", ReceiptState.FAILED, C.RECIPIENT_TEMP),
        ("failed", "4.4.7", "", ReceiptState.FAILED, C.RECIPIENT_TEMP),
        ("failed", "5.7.1", "550 5.7.1 SPF", ReceiptState.FAILED, C.CONFIG),
        ("failed", "5.0.0", "550 Ip frequency limited", ReceiptState.FAILED, C.RECIPIENT_TEMP),
        ("delivered", "2.0.0", "", ReceiptState.DELIVERED, C.OK),
    ],
)
def test_delivery_reports(action: str, status: str, diagnostic: str, state: ReceiptState, cls: OutcomeClass) -> None:
    receipt = read_returned_mail(report(action, status, diagnostic), BOUNCE, SECRET)
    assert receipt is not None
    assert (receipt.state, receipt.cls, receipt.key) == (state, cls, "k1")


def test_a_report_to_another_address_is_known_by_the_message_id_in_it() -> None:
    receipt = read_returned_mail(report("failed", "5.1.1"), "postmaster@zhida.example", SECRET)
    assert receipt is not None
    assert receipt.key == "k1"


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded"])
def test_what_is_not_final_says_nothing(action: str) -> None:
    assert read_returned_mail(report(action, "4.0.0"), BOUNCE, SECRET) is None


def test_a_complaint_is_a_refusal() -> None:
    complaint = b"""From: fbl@mail.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
--B--
"""
    receipt = read_returned_mail(complaint, BOUNCE, SECRET)
    assert receipt is not None
    assert receipt.cls is C.OPT_OUT


def test_an_old_servers_bounce_is_recognised() -> None:
    qmail = f"""From: MAILER-DAEMON@old.example
To: <{BOUNCE}>
Subject: failure notice

Hi. This is the qmail-send program at old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<wang@mail.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.
""".encode()
    receipt = read_returned_mail(qmail, BOUNCE, SECRET)
    assert receipt is not None
    assert receipt.cls is C.RECIPIENT_PERM


@pytest.mark.parametrize(
    ("headers", "recipient"),
    [
        ("Auto-Submitted: auto-replied\nSubject: 休假中", BOUNCE),
        ("X-Autoreply: yes\nSubject: 自动回复", BOUNCE),
        ("Subject: 你好", BOUNCE),
        ("Subject: Undelivered", "b+forged@bounce.zhida.example"),
    ],
)
def test_chatter_and_forgeries_say_nothing(headers: str, recipient: str) -> None:
    raw = f"From: wang@mail.example\n{headers}\n\n我在休假。\n".encode()
    assert read_returned_mail(raw, recipient, SECRET) is None
