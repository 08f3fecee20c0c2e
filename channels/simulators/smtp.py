"""A mail server that behaves by the local part of the recipient and keeps what it takes.

`hard*` unknown, `soft*` greylisted the first time, `full*` full, `qqfreq*` QQ's 550 that is only a limit, `spam*`
refused for its content, `drop*` hangs up before the final reply (with the mail taken), `cut*` before the text.
Taken first and returned to the envelope's sender later: `later-hard*`, `later-full*`, `complain*`, `away*`.
A DKIM signature that doesn't hold is refused; one whose key nobody has published (`records`) counts as none.
"""

import asyncio
import re
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.simulators.dkim import find_dkim_problems
from channels.simulators.returns import return_mail
from channels.simulators.world import InterruptError, World

_MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)
_ONE_CLICK = b"\nList-Unsubscribe:"
_SUBJECT = re.compile(rb"^Subject: *(.*(?:\r?\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)

_AT_RCPT = {
    "hard": "550 5.1.1 User unknown",
    "full": "452 4.2.2 Mailbox full",
    "qqfreq": "550 Ip frequency limited",
    "qqgone": "550 Mailbox not found",
    "disabled": "550 5.2.1 Mailbox disabled",
}
_AT_DATA = {
    "spam": "554 DT:SPM content denied",
    "qqspam": "550 Mail content denied",
    "spf": "550 5.7.1 SPF check failed",
    "big": "552 5.3.4 Message size exceeds fixed limit",
}


class MailServer:
    """aiosmtpd's handler: the rules of one server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reset()

    def reset(self) -> None:
        """Forget who was greylisted; returned mails go nowhere until `returns` names a maildir."""
        self.grey_tries = 1
        self.returns: Path | None = None
        self.records: dict[str, str] = {}
        self._tried: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT TO."""
        local = address.rsplit("@", 1)[0].lower()
        try:
            self.world.enter("smtp.rcpt", address)
        except InterruptError as fault:
            return self._strike(server, fault)
        for start, reply in _AT_RCPT.items():
            if local.startswith(start):
                return reply
        if local.startswith("soft"):
            self._tried[address] += 1
            if self._tried[address] <= self.grey_tries:
                return "451 4.7.1 Greylisted, try again later"
        if local.startswith("cut"):
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """The text has arrived."""
        address = envelope.rcpt_tos[0]
        local = address.rsplit("@", 1)[0].lower()
        try:
            self.world.enter("smtp.data", address)
        except InterruptError as fault:
            return self._strike(server, fault)
        for start, reply in _AT_DATA.items():
            if local.startswith(start):
                return reply
        content, name, subject = _read(envelope)
        problems = find_dkim_problems(content["raw"], self.records)
        if problems and not {"", "no key"} & set(problems):
            return f"550 5.7.20 No passing DKIM signature found ({problems[0]})"
        queue_id = secrets.token_hex(5).upper()
        for recipient in envelope.rcpt_tos:
            self.world.accept(
                "mail", "smtp", queue_id, name, recipient, content, subject, _ONE_CLICK not in content["raw"]
            )
            if self.returns is not None:
                return_mail(self.returns, str(envelope.mail_from), recipient, name)
        try:
            self.world.leave("smtp.data", address)
        except InterruptError as fault:
            return self._strike(server, fault)
        if local.startswith("drop"):
            _hang_up(server)
        return f"250 2.0.0 OK: queued as {queue_id}"

    def _strike(self, server: SMTP, interrupt: InterruptError) -> str:
        fault = interrupt.fault
        if fault.action in ("reset", "hang"):
            _hang_up(server)
        return str(fault.body.get("reply", "451 4.3.0 Temporary failure"))


def make_server(rules: MailServer) -> SMTP:
    """One connection's protocol."""
    return SMTP(rules, hostname="mail.simulator", ident="simulator", enable_SMTPUTF8=True, data_size_limit=10_000_000)


def _hang_up(server: SMTP) -> None:
    transport = server.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()


def _read(envelope: Envelope) -> tuple[dict[str, Any], str, str]:
    """The mail as it is kept (parsed only when somebody looks), its Message-ID and its subject as written."""
    raw = envelope.content or b""
    data = raw.encode() if isinstance(raw, str) else raw
    name, subject = _MESSAGE_ID.search(data), _SUBJECT.search(data)
    content = {"from": envelope.mail_from, "raw": data}
    return content, _text(name), _text(subject)


def _text(found: re.Match[bytes] | None) -> str:
    return found[1].decode("utf-8", "replace") if found else ""
