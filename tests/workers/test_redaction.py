"""A whole run with everything going wrong leaves nobody's address and no token in logs, errors, Redis or the ledger."""

import email
import email.policy
import io
import logging
import re
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast, get_args

import pytest
from redis import Redis
from sqlalchemy import func, literal_column, select, text

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.receipt import Receipt, ReceiptState
from channels.simulators.serve import RunningSimulators
from channels.simulators.world import Fault
from core.database import on_commit, unit_of_work
from core.logs import configure_logging
from subscribers.contacts import set_contact
from tests.workers.conftest import NOON, add_reader, add_targeting, plan
from workers.enqueue import wake_delivery
from workers.incoming import store_receipts
from workers.receipts import apply_receipts
from workers.rescue import rescue
from workers.runtime import Runtime
from workers.tasks import run_delivery

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}
LEDGER = ("deliveries", "attempts", "receipts", "pushes", "consents", "decision_groups")
ENDPOINTS = ("wechat.template", "wechat.user_info", "aliyun.send", "aliyun.details", "smtp.rcpt", "smtp.data")
MAILBOXES = ("hard", "soft", "full", "qqfreq", "spam", "drop", "cut", "spf", "reader")


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that is logged at any level, as the service writes it; what libraries log raw is in `caplog`."""
    root, stream = logging.getLogger(), io.StringIO()
    level, handlers = root.level, list(root.handlers)
    configure_logging("DEBUG", stream=stream)
    with caplog.at_level(logging.DEBUG):
        yield stream
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)


def people_on_every_channel(runtime: Runtime) -> tuple[int, list[str]]:
    """A running push, and the addresses of those to whom it goes."""
    openids = [f"oABCDEFGHIJKLMNOPQRSTUVWX{number:03d}" for number in range(4)]
    phones = [f"1381234{number:04d}" for number in (5, 6, 7, 1, 2, 3)]
    mails = [f"{mailbox}.wang@people.example.cn" for mailbox in MAILBOXES]
    addresses = {Channel.WECHAT: openids, Channel.SMS: phones, Channel.MAIL: mails}
    with unit_of_work(runtime.sessions) as session:
        for channel, those in addresses.items():
            for address in those:
                person = add_reader(runtime, session, HAIDIAN, channels=[channel.value])
                set_contact(session, runtime.keys, person.id, channel, address, verified_at=NOON)
        [planned] = plan(runtime, session, add_targeting(session))
        push_id = planned.push.id
        on_commit(session, lambda: wake_delivery(runtime.celery, push_id, list(Channel), urgent=False))
    return push_id, [address for those in addresses.values() for address in those]


def faults(addresses: list[str], token: str) -> list[Fault]:
    """Each endpoint fails in every way, and its texts repeat what they were sent."""
    echo = f"bad {' '.join(addresses)} access_token={token} secret=simulator"
    body = {"errcode": 40003, "errmsg": echo, "Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": echo}
    actions = get_args(Fault.__dataclass_fields__["action"].type)
    return [
        Fault(endpoint, action, when, 1, body=body)
        for endpoint in ENDPOINTS
        for action in actions
        if action != "hang"  # a hang is a reset after ten seconds
        for when in ("before", "after")
    ]


def run_until_quiet(runtime: Runtime, push_id: int) -> list[str]:
    """All channels again and again, hours apart; answers the texts of errors."""
    told = []
    for hours in (0, 1, 2, 3, 5, 27, 52):
        then = replace(runtime, clock=lambda hours=hours: NOON + timedelta(hours=hours))  # type: ignore[misc]  # mypy takes the default for an argument of Clock
        for channel in Channel:
            try:
                run_delivery(then, push_id, channel)
            except Exception as error:
                told.append("".join(traceback.format_exception(error)))
        rescue(then)
        apply_receipts(then)
    return told


def dump(redis: Redis) -> str:
    """Every key and value but WeChat's own token, which Redis is there to share."""
    read: dict[str, Any] = {
        "string": redis.get,
        "list": lambda key: redis.lrange(key, 0, -1),
        "hash": redis.hgetall,
        "set": redis.smembers,
        "zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
    }
    keys = [bytes(key) for key in redis.scan_iter() if not bytes(key).startswith(b"wx:")]
    return "\n".join(f"{key!r} {read[cast('bytes', redis.type(key)).decode()](key)!r}" for key in keys)


def ledger(runtime: Runtime) -> str:
    with runtime.sessions() as session:
        return "\n".join(
            str(row.as_text)
            for table in LEDGER
            for row in session.execute(
                select(func.to_jsonb(literal_column("t")).label("as_text")).select_from(text(f"{table} t"))
            )
        )


def links_in(simulators: RunningSimulators) -> list[str]:
    """The tokens of the links in what was delivered."""
    whole = []
    for one in simulators.providers.world.accepted:
        content = one.content
        if one.channel == "mail":
            mail = email.message_from_bytes(content["raw"], policy=email.policy.default)
            whole += [str(mail["List-Unsubscribe"]), str(mail.get_body(("plain",)).get_content())]  # type: ignore[union-attr]  # our mails have one
        else:
            whole.append(repr(content))
    return re.findall(r"/[su]/([\w-]{12,})", "\n".join(whole))


def test_nothing_is_told(
    runtime: Runtime,
    simulators: RunningSimulators,
    redis: Redis,
    written: io.StringIO,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    push_id, addresses = people_on_every_channel(runtime)
    sender: Any = runtime.senders[Channel.WECHAT]
    token = sender._account.access_token
    simulators.providers.world.faults.extend(faults(addresses, token))
    told = run_until_quiet(runtime, push_id)
    for address in addresses:
        channel = Channel.WECHAT if address[0] == "o" else Channel.MAIL if "@" in address else Channel.SMS
        receipt = Receipt(
            "x", ReceiptState.FAILED, OutcomeClass.OPT_OUT, f"key-{address[-3:]}", code=f"no {address}", address=address
        )
        with unit_of_work(runtime.sessions) as session:
            store_receipts(session, runtime.keys, channel, [receipt], NOON)
    apply_receipts(runtime)
    wake_delivery(runtime.celery, push_id, list(Channel), urgent=True)

    places = {
        "log": written.getvalue(),
        "raw log": caplog.text,
        "output": "".join(capfd.readouterr()),
        "errors": "\n".join(told),
        "redis": dump(redis),
        "ledger": ledger(runtime),
    }
    links = links_in(simulators)
    assert len(links) > 5
    assert "workers.deliver" in places["redis"]
    assert len(places["ledger"]) > 10_000
    secrets = {*addresses, token, *links}
    found = [(where, secret[:6]) for where, whole in places.items() for secret in secrets if secret in whole]
    assert found == []
