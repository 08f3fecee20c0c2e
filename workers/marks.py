"""What an answer leaves behind beside the delivery: its attempt, and what it says of the address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.outcome import Mark, Outcome, action_for
from subscribers.consent import withdraw_all
from workers.claims import Held
from workers.grants import note_answers

_ATTEMPTS = text("""
    INSERT INTO attempts (month, id, delivery_id, push_id, channel, provider, outcome, code, detail, provider_id, at)
    SELECT c.month, c.id, c.delivery_id, c.push_id, c.channel, c.provider, c.outcome, c.code, c.detail, c.provider_id,
           c.at
    FROM unnest(CAST(:months AS date[]), CAST(:ids AS uuid[]), CAST(:delivery_ids AS bigint[]),
                CAST(:push_ids AS bigint[]), CAST(:channels AS text[]), CAST(:outcomes AS text[]),
                CAST(:codes AS text[]), CAST(:details AS text[]), CAST(:provider_ids AS text[]),
                CAST(:ats AS timestamptz[]), CAST(:providers AS text[]))
         AS c(month, id, delivery_id, push_id, channel, outcome, code, detail, provider_id, at, provider)
    ON CONFLICT (month, id) DO UPDATE
    SET outcome = excluded.outcome, code = excluded.code, detail = excluded.detail,
        provider_id = CASE WHEN excluded.provider_id = '' THEN attempts.provider_id ELSE excluded.provider_id END
""")

_CONTACT = text("""
    UPDATE contacts
    SET state = CASE WHEN :invalid THEN 'invalid' ELSE state END,
        soft_failures = soft_failures + CASE WHEN :invalid THEN 0 ELSE 1 END
    WHERE subscriber_id = ANY(:subscriber_ids) AND channel = :channel
""")


def record_attempts(session: Session, provider: str, answers: Sequence[tuple[Held, Outcome, datetime]]) -> None:
    """Write the attempts; one sent again under the same id is the same attempt, of the time at which it was
    first made, with a newer answer."""
    session.execute(
        _ATTEMPTS,
        {
            "providers": [o.provider or provider for _, o, _ in answers],
            "months": [c.month for c, _, _ in answers],
            "ids": [c.attempt_id for c, _, _ in answers],
            "delivery_ids": [c.id for c, _, _ in answers],
            "push_ids": [c.push_id for c, _, _ in answers],
            "channels": [c.channel for c, _, _ in answers],
            "outcomes": [o.cls.value for _, o, _ in answers],
            "codes": [o.code for _, o, _ in answers],
            "details": [o.detail for _, o, _ in answers],
            "provider_ids": [o.provider_id for _, o, _ in answers],
            "ats": [at for _, _, at in answers],
        },
    )


def mark_contacts(session: Session, answers: Sequence[tuple[Held, Outcome]], now: datetime) -> None:
    """Address doesn't exist → invalid; refused → consent withdrawn; couldn't be reached for now → counted.

    Of WeChat's notices: what is left of the grant.
    """
    marked: dict[tuple[Mark, str], list[int]] = {}
    for claim, outcome in answers:
        mark = action_for(outcome.cls, Channel(claim.channel)).mark
        marked.setdefault((mark, claim.channel), []).append(claim.subscriber_id)
    for (mark, channel), ids in marked.items():
        if mark in (Mark.ADDRESS_INVALID, Mark.SOFT_FAIL):
            invalid = mark is Mark.ADDRESS_INVALID
            session.execute(_CONTACT, {"subscriber_ids": ids, "channel": channel, "invalid": invalid})
        if mark is Mark.CONSENT_WITHDRAWN:
            withdraw_all(session, channel, ids, how="provider", now=now)
    note_answers(session, [(held.subscriber_id, outcome) for held, outcome in answers], now)
