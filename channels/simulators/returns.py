"""Mails that come back after they were taken: delivery reports (RFC 3464), complaints (RFC 5965), absence notes.

They are put into a maildir, as a mail server does with the bounce address.
"""

import mailbox
from pathlib import Path

_STATUS = {"later-hard": ("5.1.1", "550 5.1.1 User unknown"), "later-full": ("5.2.2", "552 5.2.2 Mailbox full")}


def return_mail(folder: Path, bounce: str, recipient: str, message_id: str) -> None:
    """Put into `folder` what comes back for `recipient`, if anything does."""
    local = recipient.split("@", 1)[0].lower()
    text = ""
    for start, (status, diagnostic) in _STATUS.items():
        if local.startswith(start):
            text = _report(bounce, recipient, message_id, status, diagnostic)
    if local.startswith("complain"):
        text = _complaint(bounce, message_id)
    elif local.startswith("away"):
        text = f"From: {recipient}\nTo: {bounce}\nAuto-Submitted: auto-replied\nSubject: absent\n\nBack on Monday.\n"
    if text:
        for part in ("new", "cur", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(folder).add(f"Delivered-To: {bounce}\n{text}".encode())


def _report(bounce: str, recipient: str, message_id: str, status: str, diagnostic: str) -> str:
    return f"""From: MAILER-DAEMON@mail.simulator
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"

--=_r
Content-Type: text/plain

Your message could not be delivered.
--=_r
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.simulator

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--=_r
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--=_r--
"""


def _complaint(bounce: str, message_id: str) -> str:
    return f"""From: fbl@mail.simulator
To: {bounce}
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_c"

--=_c
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: simulator
Version: 1

--=_c
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--=_c--
"""
