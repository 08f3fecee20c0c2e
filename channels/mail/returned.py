"""The mailbox that bounces come back to: maildir or IMAP. A mail is put aside only after its receipt was taken up."""

import imaplib
import mailbox
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from channels.mail.receipts import read_returned_mail
from channels.receipt import Receipt
from core.errors import ZhidaError

TIMEOUT = 30.0


def take_from_maildir(folder: Path, secret: bytes) -> Iterator[Receipt]:
    """The receipts in new mails. A mail counts as read once the caller has asked for the next receipt."""
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    box = mailbox.Maildir(folder)
    for name in [name for name, mail in box.iteritems() if mail.get_subdir() == "new"]:
        receipt = _read(box.get_bytes(name), secret)
        if receipt is not None:
            yield receipt
        mail = box[name]
        mail.set_subdir("cur")
        mail.add_flag("S")
        box[name] = mail


def take_from_imap(address: str, secret: bytes) -> Iterator[Receipt]:
    """The receipts in unseen mails of `imaps://user:password@host[:port]/folder` (or imap://, with STARTTLS).

    Raises ZhidaError when the mailbox can't be opened.
    """
    parts = urlsplit(address)
    try:
        with _connect(parts.scheme, parts.hostname or "", parts.port) as imap:
            imap.login(unquote(parts.username or ""), unquote(parts.password or ""))
            imap.select(parts.path.strip("/") or "INBOX")
            for number in imap.search(None, "UNSEEN")[1][0].split():
                receipt = _fetch(imap, number.decode(), secret)
                if receipt is not None:
                    yield receipt
                imap.store(number.decode(), "+FLAGS", r"(\Seen)")
    except (OSError, imaplib.IMAP4.error) as error:
        raise ZhidaError(f"退信邮箱读不了：{type(error).__name__}") from None


def _connect(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        return imaplib.IMAP4_SSL(host, port or 993, timeout=TIMEOUT)
    imap = imaplib.IMAP4(host, port or 143, timeout=TIMEOUT)
    if "STARTTLS" in imap.capabilities:
        imap.starttls()
    return imap


def _fetch(imap: imaplib.IMAP4, number: str, secret: bytes) -> Receipt | None:
    for part in imap.fetch(number, "(BODY.PEEK[])")[1]:
        if isinstance(part, tuple):
            return _read(part[1], secret)
    return None


def _read(raw: bytes, secret: bytes) -> Receipt | None:
    return read_returned_mail(raw, _delivered_to(raw), secret)


def _delivered_to(raw: bytes) -> str:
    """The bounce address the mail came to, from the headers that mail servers add, else from To."""
    head = raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode("utf-8", "replace")
    lines = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\n"))
    }
    for name in ("delivered-to", "x-original-to", "envelope-to", "to"):
        if lines.get(name):
            return lines[name]
    return ""
