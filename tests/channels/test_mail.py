"""Mail as bytes and names, read back by the standard library and by the server that took it."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from channels.mail.mime import Envelope, HeaderError, build_mail
from channels.mail.sender import MailSender, Relay
from channels.mail.verp import bounce_address, find_bounced_key, find_message_key, message_id
from channels.message import Channel, MailContent
from channels.simulators.opened import open_mail
from channels.simulators.providers import Providers
from channels.simulators.serve import RunningSimulators
from tests.channels.samples import PERSONAL, content, message

SECRET = b"secret of the test"
DATE = datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)
ENVELOPE = Envelope(
    "notice@zhida.example", "政策直达", "wang@mail.example", "<k1.0a1b2c3d@zhida.example>", "b@x.example"
)


def sample() -> MailContent:
    made = content(Channel.MAIL)
    assert isinstance(made, MailContent)
    return made


def read(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_mail_reads_back_as_it_was_meant() -> None:
    made = sample()
    mail = read(build_mail(made, ENVELOPE, DATE))
    assert not mail.defects
    assert mail["From"].addresses[0].display_name == "政策直达"
    assert [mail["To"], mail["Subject"]] == ["wang@mail.example", made.subject]
    assert mail["Date"].datetime == DATE
    assert mail["Message-ID"] == ENVELOPE.message_id
    assert mail["List-Unsubscribe"] == f"<{PERSONAL.unsubscribe_link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<policy.zhida.example>"
    assert mail.get_content_type() == "multipart/alternative"
    parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    assert parts["text/plain"].strip() == made.text.strip()
    assert parts["text/html"].strip() == made.html.strip()


def test_lines_are_short_and_plain() -> None:
    raw = build_mail(replace(sample(), subject="很长的标题" * 30), ENVELOPE, DATE)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 100
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert read(raw)["Subject"] == "很长的标题" * 30


def test_a_mail_without_a_way_to_unsubscribe_says_nothing_of_it() -> None:
    mail = read(build_mail(replace(sample(), unsubscribe_url="", list_id=""), ENVELOPE, DATE))
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"} & set(mail)


@pytest.mark.parametrize(
    ("bad_content", "bad_recipient"),
    [
        ({"subject": "标题\r\nBcc: x@evil.example"}, ""),
        ({"unsubscribe_url": "http://a\n"}, ""),
        ({"list_id": "a\rb"}, ""),
        ({}, "a@b.example\r\nBcc: c@d.example"),
        ({}, "a@b.example, c@d.example"),
        ({}, "王@b.example"),
    ],
)
def test_nobody_adds_headers(bad_content: dict[str, str], bad_recipient: str) -> None:
    envelope = replace(ENVELOPE, recipient=bad_recipient) if bad_recipient else ENVELOPE
    with pytest.raises(HeaderError):
        build_mail(replace(sample(), **bad_content), envelope, DATE)  # type: ignore[arg-type] # words of a table


@pytest.mark.parametrize("key", ["a", "0123456789abcdef" * 2, "A.b-c_9"])
def test_our_names_are_known_again(key: str) -> None:
    address = bounce_address(key, "bounce.zhida.example", SECRET)
    assert len(address.split("@")[0]) <= 64
    assert find_bounced_key(address, SECRET) == key
    assert find_bounced_key(f"<{address.upper()}>", SECRET) == key
    name = message_id(key, "zhida.example", SECRET)
    assert find_message_key(f"In-Reply-To: {name}", SECRET) == key


@pytest.mark.parametrize(
    "address", ["", "b+@x.example", "b+aaaa@x.example", "b+!!!@x.example", "someone@x.example", "b+8@x.example"]
)
def test_foreign_names_are_not(address: str) -> None:
    assert find_bounced_key(address, SECRET) is None
    assert find_message_key(f"<{address}>", SECRET) is None


def test_a_forged_name_is_not_ours() -> None:
    assert find_bounced_key(bounce_address("k1", "x.example", b"other"), SECRET) is None
    assert find_message_key(message_id("k1", "x.example", b"other"), SECRET) is None


def relay(running: RunningSimulators, **more: object) -> Relay:
    plain = Relay(running.host, running.smtp_port, "n@zhida.example", "政策直达", "b.example", SECRET, starttls=False)
    return replace(plain, **more)  # type: ignore[arg-type] # words of a table


def test_the_server_gets_what_was_written(running: RunningSimulators, simulators: Providers) -> None:
    sender = MailSender(relay(running), lambda: DATE)
    outcome = sender.send(message(Channel.MAIL, "k1"))
    sender.close()
    kept = simulators.world.accepted[-1]
    opened = open_mail(kept.content)
    assert outcome.provider_id == kept.provider_id
    assert opened["from"] == bounce_address("k1", "b.example", SECRET)
    assert opened["subject"] == sample().subject
    assert opened["text"].replace("\r\n", "\n").strip() == sample().text.strip()


def test_lines_that_begin_with_a_dot_arrive_whole(running: RunningSimulators, simulators: Providers) -> None:
    sender = MailSender(relay(running), lambda: DATE)
    dotted = replace(message(Channel.MAIL, "k1"), content=replace(sample(), text=".\r\n..\r\nend"))
    assert sender.send(dotted).accepted
    sender.close()
    assert open_mail(simulators.world.accepted[-1].content)["text"].split() == [".", "..", "end"]


def test_a_worn_or_long_resting_line_is_changed(running: RunningSimulators, simulators: Providers) -> None:
    moments = iter([0.0, 0.0, 1.0, 100.0, 100.0, 100.0, 100.0, 100.0])
    sender = MailSender(relay(running, per_connection=2), lambda: DATE, monotonic=lambda: next(moments))
    assert all(sender.send(message(Channel.MAIL, f"k{n}")).accepted for n in range(3))
    sender.close()
    assert simulators.world.counts["mail"] == 3


def test_a_server_without_encryption_is_refused_when_encryption_is_asked_for(
    running: RunningSimulators, simulators: Providers
) -> None:
    outcome = MailSender(relay(running, starttls=True), lambda: DATE).send(message(Channel.MAIL))
    assert (outcome.cls, outcome.code) == ("CONFIG", "starttls")
    assert not simulators.world.counts


def test_a_server_that_asks_for_no_login_is_told_nothing(running: RunningSimulators, simulators: Providers) -> None:
    outcome = MailSender(relay(running, user="u", password="p"), lambda: DATE).send(message(Channel.MAIL))
    assert outcome.cls == "CONFIG"
