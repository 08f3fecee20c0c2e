"""Sends mail by SMTP, command by command, so that the server's queue id is kept and connections are used again."""

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, LifoQueue

from channels.mail.dkim import DkimSigner
from channels.mail.mime import Envelope, HeaderError, build_mail
from channels.mail.replies import refused
from channels.mail.verp import bounce_address, message_id
from channels.message import Channel, MailContent, Message
from channels.outcome import Outcome, OutcomeClass
from channels.redact import redact
from core.clock import Clock

_BROKEN = "connection"
_QUEUED = re.compile(r"queued as ([\w.-]+)|\bid=([\w.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail server and the names we send under."""

    host: str
    port: int
    sender: str
    sender_name: str
    bounce_domain: str
    secret: bytes
    user: str = ""
    password: str = ""
    starttls: bool = True
    timeout: float = 30.0
    per_connection: int = 100
    """Messages after which a connection is given up, since servers limit them."""
    idle: float = 60.0
    """Seconds after which a resting connection is not trusted any more."""
    signer: DkimSigner | None = None
    """Signs every mail; None where the mail server does."""


@dataclass(slots=True)
class _Line:
    smtp: smtplib.SMTP
    sent: int = 0
    last_used: float = 0.0


class _NotReachedError(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


class MailSender:
    """The sender of one relay; threads take connections from a common stock."""

    channel = Channel.MAIL
    provider = "smtp"

    def __init__(self, relay: Relay, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._relay = relay
        self._clock = clock
        self._monotonic = monotonic
        self._resting: LifoQueue[_Line] = LifoQueue()
        self._tls = ssl.create_default_context() if relay.starttls else None

    def send(self, message: Message) -> Outcome:
        """One mail to one recipient; a repeat has the same Message-ID."""
        content = message.content
        assert isinstance(content, MailContent)  # noqa: S101 - Message has checked it; this tells mypy
        envelope = self._envelope(message)
        try:
            mail = self._signed(build_mail(content, envelope, self._clock()))
            line = self._take()
        except HeaderError as error:
            return Outcome(OutcomeClass.CONTENT, code="header", detail=str(error))
        except _NotReachedError as error:
            return error.outcome
        outcome = self._converse(line, envelope, mail)
        if line.sent and outcome.code == _BROKEN and outcome.cls is OutcomeClass.TEMP:
            # The server had hung up on a resting connection; nothing was handed over.
            try:
                outcome = self._converse(self._connect(), envelope, mail)
            except _NotReachedError as error:
                return error.outcome
        return outcome

    def close(self) -> None:
        """Take leave of the server on all resting connections."""
        while True:
            try:
                self._leave(self._resting.get_nowait())
            except Empty:
                return

    def _signed(self, mail: bytes) -> bytes:
        signer = self._relay.signer
        return signer.sign(mail, self._clock()) if signer else mail

    def _envelope(self, message: Message) -> Envelope:
        relay = self._relay
        return Envelope(
            sender=relay.sender,
            sender_name=relay.sender_name,
            recipient=message.address,
            message_id=message_id(message.key, relay.sender.rsplit("@", 1)[-1], relay.secret),
            bounce=bounce_address(message.key, relay.bounce_domain, relay.secret),
        )

    def _converse(self, line: _Line, envelope: Envelope, mail: bytes) -> Outcome:
        """MAIL, RCPT, DATA. Before the text has gone out a broken line is TEMP, afterwards AMBIGUOUS."""
        told = OutcomeClass.TEMP
        try:
            for status, text in (line.smtp.mail(envelope.bounce), line.smtp.rcpt(envelope.recipient)):
                if not 200 <= status < 300:
                    return self._again(line, refused(status, text, envelope.recipient))
            line.smtp.putcmd("data")
            status, text = line.smtp.getreply()
            if status != 354:
                return self._again(line, refused(status, text, envelope.recipient))
            told = OutcomeClass.AMBIGUOUS
            line.smtp.send(_dotted(mail))
            status, text = line.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            line.smtp.close()
            return Outcome(told, code=_BROKEN, detail=f"邮件服务器断开：{type(error).__name__}")
        if not 200 <= status < 300:
            return self._again(line, refused(status, text, envelope.recipient))
        return self._again(line, _accepted(status, text))

    def _take(self) -> _Line:
        """A resting connection that is still alive, or a new one. Raises _NotReachedError."""
        while True:
            try:
                line = self._resting.get_nowait()
            except Empty:
                return self._connect()
            if self._monotonic() - line.last_used < self._relay.idle:
                return line
            self._leave(line)

    def _again(self, line: _Line, outcome: Outcome) -> Outcome:
        """Put the connection back for the next message, unless it is worn or the server is leaving."""
        line.sent += 1
        line.last_used = self._monotonic()
        if outcome.code.startswith("421") or line.sent >= self._relay.per_connection:
            self._leave(line)
            return outcome
        try:
            if not outcome.accepted:
                line.smtp.rset()
        except (OSError, smtplib.SMTPException):
            line.smtp.close()
            return outcome
        self._resting.put(line)
        return outcome

    def _connect(self) -> _Line:
        relay = self._relay
        smtp = smtplib.SMTP(timeout=relay.timeout, local_hostname=relay.sender.rsplit("@", 1)[-1])
        try:
            status, text = smtp.connect(relay.host, relay.port)
            if status != 220:
                raise _NotReachedError(refused(status, text, ""))
            smtp.ehlo_or_helo_if_needed()
            if self._tls is not None:
                smtp.starttls(context=self._tls)
            if relay.user:
                smtp.login(relay.user, relay.password)
        except smtplib.SMTPResponseException as error:
            smtp.close()
            cls = OutcomeClass.TEMP if 400 <= error.smtp_code < 500 else OutcomeClass.CONFIG
            raise _NotReachedError(Outcome(cls, str(error.smtp_code), detail=redact(error.smtp_error))) from None
        except smtplib.SMTPNotSupportedError:
            smtp.close()
            raise _NotReachedError(
                Outcome(OutcomeClass.CONFIG, code="starttls", detail="邮件服务器不支持加密或登录")
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            detail = f"连不上邮件服务器：{type(error).__name__}"
            raise _NotReachedError(Outcome(OutcomeClass.TEMP, code=_BROKEN, detail=detail)) from None
        return _Line(smtp, last_used=self._monotonic())

    @staticmethod
    def _leave(line: _Line) -> None:
        try:
            line.smtp.quit()
        except (OSError, smtplib.SMTPException):
            line.smtp.close()


def _accepted(status: int, text: bytes) -> Outcome:
    found = _QUEUED.search(text.decode("utf-8", "replace"))
    return Outcome(OutcomeClass.OK, provider_id=(found[1] or found[2]) if found else "", code=str(status))


def _dotted(mail: bytes) -> bytes:
    """The text as it goes over the line (RFC 5321 4.5.2): leading dots doubled, ended by a dot alone."""
    return mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"
