"""A kept mail, opened for reading."""

import email
import email.policy
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any


def open_mail(content: Mapping[str, Any]) -> dict[str, Any]:
    """Envelope sender, subject, headers, text and HTML of a mail as the SMTP server keeps it."""
    mail = email.message_from_bytes(content["raw"], policy=email.policy.default)
    headers = {name: str(value) for name, value in mail.items()}
    return {
        "from": content["from"],
        "subject": headers.get("Subject", ""),
        "headers": headers,
        "text": _body(mail, "plain"),
        "html": _body(mail, "html"),
    }


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
