"""Mails that come back: delivery reports (RFC 3464), complaints (RFC 5965), bounces of servers that follow neither."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message as Mail

from flufl.bounce import all_failures

from channels.mail.replies import classify_reply
from channels.mail.verp import find_bounced_key, find_message_key
from channels.outcome import OutcomeClass
from channels.receipt import Receipt, ReceiptState, failed_or_delivered

_SMTP_CODE = re.compile(r"\b([245]\d\d)[ -]")
_SEARCHED = 200_000
"""Bytes of a returned mail in which our Message-ID is looked for."""


def read_returned_mail(raw: bytes, recipient: str, secret: bytes) -> Receipt | None:
    """What a mail to a bounce address says, or None when it says nothing final (delays, out-of-office, chatter).

    `recipient` is the address it came to (VERP). Without it our Message-ID is looked for in the returned text.
    """
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    key = find_bounced_key(recipient, secret) or find_message_key(raw[:_SEARCHED].decode("utf-8", "replace"), secret)
    if key is None:
        return None
    kind = str(mail.get_param("report-type", "")).lower()
    if kind == "feedback-report":
        return Receipt("smtp", ReceiptState.FAILED, OutcomeClass.OPT_OUT, key=key, code="complaint")
    if kind == "delivery-status":
        return _from_report(mail, key)
    if _is_automatic_answer(mail):
        return None
    if not all_failures(mail)[1]:
        return None
    cls = OutcomeClass.RECIPIENT_PERM
    return Receipt("smtp", failed_or_delivered(cls), cls, key=key, code="bounce")


def _from_report(mail: Mail, key: str) -> Receipt | None:
    for block in _recipient_blocks(mail):
        action = str(block.get("Action", "")).strip().lower()
        status = str(block.get("Status", "")).strip().split(" ")[0]
        if action == "delivered":
            return Receipt("smtp", ReceiptState.DELIVERED, OutcomeClass.OK, key=key, code=status)
        if action == "failed":
            cls = _why(status, str(block.get("Diagnostic-Code", "")))
            return Receipt("smtp", ReceiptState.FAILED, cls, key=key, code=status)
    return None


def _recipient_blocks(mail: Mail) -> Iterator[Mail]:
    """The groups of fields of all message/delivery-status parts; the first group is about the whole message."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            yield from (block for block in part.get_payload() if isinstance(block, Mail) and "Action" in block)


def _why(status: str, diagnostic: str) -> OutcomeClass:
    """The class of a final failure; "tried too long" is no fault of the address."""
    found = _SMTP_CODE.search(diagnostic)
    code = int(found[1]) if found else int(status[0]) * 100 + 50 if status[:1] in "45" and status else 550
    cls = classify_reply(code, f"{status} {diagnostic}")
    if cls in (OutcomeClass.TEMP, OutcomeClass.RATE_MIN, OutcomeClass.OK):
        return OutcomeClass.RECIPIENT_TEMP
    return cls


def _is_automatic_answer(mail: Mail) -> bool:
    """Out-of-office and the like (RFC 3834)."""
    submitted = str(mail.get("Auto-Submitted", "")).lower()
    return submitted.startswith("auto-replied") or "X-Autoreply" in mail or "X-Auto-Response-Suppress" in mail
