"""No token, phone, address or openid in a log line, an error or an outcome, whatever goes wrong, at any log level."""

import logging
import traceback
from collections.abc import Iterator

import pytest

from channels.message import Channel
from channels.redact import LONGEST, redact
from channels.registry import SIMULATED_SECRET
from channels.sender import Sender
from channels.simulators.providers import Providers
from channels.simulators.world import Fault
from channels.wechat.client import ServiceAccount, WeChatError
from tests.channels.samples import ADDRESSES, PERSONAL, message

TROUBLES = [
    Fault("*", action, when, count=None)  # type: ignore[arg-type] # words of a table
    for action in ("json", "http", "text", "reset")
    for when in ("before", "after")
]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    root.setLevel(before)


@pytest.mark.parametrize("fault", [None, *TROUBLES], ids=lambda fault: fault and f"{fault.action}-{fault.when}")
def test_nothing_is_told(
    fault: Fault | None,
    senders: dict[Channel, Sender],
    tencent_sender: Sender,
    account: ServiceAccount,
    simulators: Providers,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    token = account.access_token
    if fault is not None:
        echo = {"errcode": 40003, "errmsg": f"bad {ADDRESSES[Channel.WECHAT]} access_token={token}", "Code": "X"}
        simulators.world.faults.append(
            Fault(fault.endpoint, fault.action, fault.when, None, body={**echo, "Message": ADDRESSES[Channel.SMS]})
        )
    told = [repr(sender.send(message(channel))) for channel, sender in senders.items()]
    told.append(repr(tencent_sender.send(message(Channel.SMS))))
    told.append(repr(message(Channel.MAIL)))
    try:
        account.user.get(ADDRESSES[Channel.WECHAT])
    except WeChatError as error:
        told.append("".join(traceback.format_exception(error)))
    told += [everything_logged.text, *capfd.readouterr()]

    whole = "\n".join(told)
    for secret in (*ADDRESSES.values(), token, SIMULATED_SECRET + '"', PERSONAL.unsubscribe_link):
        assert secret not in whole


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "invalid credential, access_token=AbC-1_2&x=1 rid: 5f99",
            "invalid credential, access_token=***&x=1 rid: 5f99",
        ),
        ('{"secret": "s3cr3t"}', '{"secret": "***"}'),
        ("<wang.fang@mail.example>: unknown", "<w***@mail.example>: unknown"),
        ("+8613812345678 refused, 13812345678 too", "138****5678 refused, 138****5678 too"),
        ("invalid openid oABCD1234efgh5678ijkl9012mno", "invalid openid oABCD1…"),
        ("invalid openid oabcdefghijklmnopqrstuvwxyz-, no", "invalid openid oabcde…, no"),
        (
            "sent to sim-demo by 10086123456789, session 3f2a9bc04d5e4f6a8b7c9d0e1f2a3b4c",
            "sent to *** by ***, session ***",
        ),
        ("require subscribe rid: 5f991c84-4d380ee0-002e2cf1", "require subscribe rid: 5f991c84-4d380ee0-002e2cf1"),
        ("line\nbreak\tand  blanks", "line break and blanks"),
        ("HTTPSConnectionPool(host='api.weixin.qq.com')", "HTTPSConnectionPool(host='api.weixin.qq.com')"),
    ],
)
def test_redact(text: str, told: str) -> None:
    assert redact(text) == told


def test_redact_removes_given_addresses_and_what_is_too_long() -> None:
    assert redact("to sim-1 and sim-1", "sim-1", "") == "to *** and ***"
    assert len(redact("很" * 1000)) == LONGEST
