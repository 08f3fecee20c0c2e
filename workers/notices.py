"""What all messages of a push say: taken from the policy and its card when the push is planned, then frozen."""

from datetime import date
from typing import Any

from channels.notice import Notice, Purpose
from matcher.models import Targeting
from policies.models import Policy, PolicyVersion

_SUMMARY = 120
_ACTION = 80


def policy_notice(policy: Policy, version: PolicyVersion, targeting: Targeting) -> Notice:
    """The notice of a policy: plain title, what it is, until when, how to go about it."""
    card = targeting.card
    return Notice(
        purpose=Purpose.POLICY,
        title=str(card.get("title") or version.title),
        summary=_shortened(_words(card.get("summary")), _SUMMARY),
        issuer=policy.agency,
        document_number=policy.doc_number,
        deadline=chinese_date(targeting.closes),
        action=_shortened(_words(next(iter(card.get("where") or []), None)), _ACTION),
    )


def chinese_date(day: date | None) -> str:
    """`2026年12月31日`; empty for no date."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _words(span: dict[str, Any] | None) -> str:
    return " ".join(str(span["text"]).split()) if span else ""


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
