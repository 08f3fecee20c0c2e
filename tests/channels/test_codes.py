"""Provider codes and replies, each to its class."""

import pytest

from channels.mail.replies import classify_reply
from channels.outcome import OutcomeClass
from channels.sms import aliyun_codes
from channels.wechat import codes as wechat_codes

C = OutcomeClass


@pytest.mark.parametrize(
    ("codes", "cls"),
    [
        ([0], C.OK),
        ([-1, -1000], C.TEMP),
        ([40001, 40014, 42001], C.TOKEN),
        ([40003, 43004, 49003, 46004, 50005, 50002], C.RECIPIENT_PERM),
        ([43101, 48002, 43019], C.OPT_OUT),
        ([45015, 45047], C.WINDOW),
        ([45009, 45028], C.RATE_DAY),
        ([45011, 42010, 45066], C.RATE_MIN),
        ([45065], C.DUP),
        ([45059, 45157, 45158, 45056, 45058, 45159, 40152, 45057], C.CONTENT),
        ([40008, 40033, 40035, 40036, 40037, 40039, 40062, 41001, 41006, 41030, 43002, 44002, 40007], C.CONTENT),
        ([40031, 40032, 40130, *range(45001, 45009), 45062, 45067, 45113, 45162, 47001, 47002, 47003], C.CONTENT),
        ([48021, 48022, 40247, 40246], C.CONTENT),
        ([40249, 43116, 40013, 40125, 40164, 61004, 48001, 48003, 48004, 48008, 50001], C.CONFIG),
        ([45102, 45103, 45109, 48006, 89503, 89504, 89505], C.CONFIG),
        ([1, 99999], C.CONTENT),
    ],
)
def test_wechat(codes: list[int], cls: OutcomeClass) -> None:
    assert {wechat_codes.classify(code) for code in codes} == {cls}


@pytest.mark.parametrize(
    ("code", "message", "cls"),
    [
        ("OK", "OK", C.OK),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", C.RATE_MIN),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", C.RATE_MIN),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", C.RATE_DAY),
        ("isv.BUSINESS_LIMIT_CONTROL", "day-level flow control", C.RATE_DAY),
        ("Throttling.Anything", "", C.RATE_MIN),
        ("isv.ACCOUNT_ABNORMAL", "", C.CONFIG),
        ("isv.PRODUCT_UNSUBSCRIBE", "", C.CONFIG),
        ("isv.MOBILE_NUMBER_ILLEGAL", "", C.RECIPIENT_PERM),
        ("isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控", C.CONTENT),
        ("isv.NEVER_HEARD_OF", "", C.CONTENT),
    ],
)
def test_aliyun(code: str, message: str, cls: OutcomeClass) -> None:
    assert aliyun_codes.classify(code, message) is cls


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        ("DELIVERED", C.OK),
        ("IS_CLOSE", C.TEMP),
        ("MOBILE_SEND_LIMIT", C.RATE_DAY),
        ("MOBILE_NOT_ON_SERVICE", C.RECIPIENT_TEMP),
        ("INVALID_NUMBER", C.RECIPIENT_PERM),
        ("USER_REJECT", C.OPT_OUT),
        ("MOBILE_IN_BLACK", C.OPT_OUT),
        ("SIGNATURE_BLACKLIST", C.CONTENT),
        ("PORT_NOT_REGISTERED", C.CONFIG),
        ("MK:0001", C.RECIPIENT_TEMP),
        ("REJECTD", C.RECIPIENT_TEMP),
    ],
)
def test_aliyun_receipts_never_blame_the_person_by_default(code: str, cls: OutcomeClass) -> None:
    assert aliyun_codes.classify_receipt(code) is cls


@pytest.mark.parametrize(
    ("status", "text", "cls"),
    [
        (250, "2.0.0 Ok: queued as 4F2", C.OK),
        (550, "5.1.1 <***>: Recipient address rejected: User unknown", C.RECIPIENT_PERM),
        (550, "5.1.2 Host unknown", C.RECIPIENT_PERM),
        (553, "5.1.3 Bad destination", C.RECIPIENT_PERM),
        (550, "5.1.6 moved", C.RECIPIENT_PERM),
        (550, "5.1.10 null MX", C.RECIPIENT_PERM),
        (550, "5.2.1 mailbox disabled", C.RECIPIENT_PERM),
        (550, "No such user here", C.RECIPIENT_PERM),
        (452, "4.2.2 Mailbox full", C.RECIPIENT_TEMP),
        (552, "5.2.2 Over quota", C.RECIPIENT_TEMP),
        (451, "4.7.1 Greylisted", C.TEMP),
        (421, "4.7.0 Try again later", C.TEMP),
        (450, "4.3.2 System not accepting", C.TEMP),
        (550, "5.7.1 SPF check failed", C.CONFIG),
        (550, "5.7.26 unauthenticated mail", C.CONFIG),
        (530, "Authentication required", C.CONFIG),
        (535, "5.7.8 Bad credentials", C.CONFIG),
        (550, "5.7.1 Message is spam", C.CONTENT),
        (554, "DT:SPM 163 smtp", C.CONTENT),
        (552, "5.3.4 Message too big", C.CONTENT),
        (554, "Transaction failed", C.CONTENT),
        # QQ
        (550, "Ip frequency limited. http://service.mail.qq.com", C.RATE_MIN),
        (550, "Connection denied", C.TEMP),
        (550, "Mailbox unavailable or access denied", C.TEMP),
        (550, "Mailbox not found", C.RECIPIENT_PERM),
        (550, "Mail content denied", C.CONTENT),
        # NetEase
        (421, "HL:REP 163 smtp", C.TEMP),
        (421, "HL:ICC 163 smtp", C.TEMP),
        (450, "MI:DMC 163 smtp", C.TEMP),
        (450, "RP:DRC 163 smtp", C.TEMP),
        (450, "DT:RBL 163 smtp", C.TEMP),
        (451, "MI:SFQ 163 smtp", C.TEMP),
        (451, "DT:SPM 163 smtp", C.TEMP),
        (550, "MI:SPF 163 smtp", C.CONFIG),
        (550, "MI:DMA 163 smtp", C.CONFIG),
        (550, "MI:NHD 163 smtp", C.CONFIG),
        (550, "MI:IMF 163 smtp", C.CONFIG),
    ],
)
def test_mail_replies(status: int, text: str, cls: OutcomeClass) -> None:
    assert classify_reply(status, text) is cls
