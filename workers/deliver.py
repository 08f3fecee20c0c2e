"""Sending the deliveries of one push on one channel: claim a batch, compose, send, write back; until none is due.

No database connection is held while a provider is called, and no ORM object is made per message.
"""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.sender import Sender
from core.database import unit_of_work
from core.errors import ZhidaError
from workers.claims import Claim, Settlement, claim_due, next_due, settle
from workers.enqueue import stay_awake
from workers.gates import admit, give_back
from workers.marks import mark_contacts, record_attempts
from workers.models import DeliveryState
from workers.runtime import Runtime
from workers.sending import Answered, Compose, Composed, send_all
from workers.settling import hold_back, settle_outcome, wait
from workers.unsent import Begin, note_unsent
from workers.watch import domain_gate, mind_domains, mind_gate, mind_template

log = logging.getLogger(__name__)

BATCH = 200
LEAST_BATCH = 32
LEASE = timedelta(minutes=3)  # above what a batch takes when every call on 16 threads times out
BATCH_SECONDS = 1.0
"""A batch takes about so long, for pausing and cancelling take effect at the next claim."""

Messages = list[tuple[Claim, Composed]]


@dataclass(frozen=True, slots=True)
class Errand:
    """The deliveries of one push on one channel."""

    push_id: int
    month: date
    channel: Channel
    urgent: bool
    expires_at: datetime | None
    capped: bool = True  # a digest is where the rest goes, so no cap holds it back


def deliver(runtime: Runtime, errand: Errand, compose: Compose, *, seconds: float = 20) -> timedelta | None:
    """Send what is due of `errand` for about `seconds`. Answers when to come back; None where nothing is left."""
    end = monotonic() + seconds
    sender = runtime.senders[errand.channel]
    rate, size = runtime.rate(sender.provider), LEAST_BATCH
    while (begun := monotonic()) < end:
        stay_awake(runtime.redis, errand.push_id, errand.channel)
        admission = admit(runtime.redis, sender.provider, rate, size, runtime.clock())
        if not admission.granted:
            return admission.wait
        claims, sendable = _take(runtime, errand, admission.granted)
        begin = note_unsent(runtime.redis, [claim.attempt_id for claim in sendable])
        messages = _within_domains(runtime, errand, _compose_all(runtime, errand, sendable, compose))
        give_back(runtime.redis, sender.provider, rate, admission.granted - len(messages))
        if not claims:
            return _until_next(runtime, errand)
        _forget(begin, sendable, messages)
        _send(runtime, errand, sender, begin, messages)
        pace = len(claims) / max(monotonic() - begun, 0.01)
        size = min(BATCH, max(LEAST_BATCH, int(pace * BATCH_SECONDS)))
    return timedelta(0)


def _until_next(runtime: Runtime, errand: Errand) -> timedelta | None:
    """How long the first of those that wait (for a domain's limit, for another try) still has to."""
    now = runtime.clock()
    with runtime.sessions() as session:
        due = next_due(session, errand.push_id, errand.month, errand.channel, now)
    return due - now if due else None


def _take(runtime: Runtime, errand: Errand, limit: int) -> tuple[list[Claim], list[Claim]]:
    """Claim a batch; what must be held back is written back in the same transaction. (all claimed, those to send)"""
    now = runtime.clock()
    with unit_of_work(runtime.sessions) as session:
        claims = claim_due(session, errand.push_id, errand.month, errand.channel, limit, LEASE, now)
        held = {c.id: s for c in claims if (s := _held(runtime, errand, c, now))}
        settle(session, list(held.values()), now)
    return claims, [claim for claim in claims if claim.id not in held]


def _held(runtime: Runtime, errand: Errand, claim: Claim, now: datetime) -> Settlement | None:
    return hold_back(claim, runtime.restraint, now, errand.expires_at, capped=errand.capped)


def _compose_all(runtime: Runtime, errand: Errand, claims: Sequence[Claim], compose: Compose) -> Messages:
    """The messages; whoever gets none after all, or whose message can't be made, is written back."""
    messages: Messages = []
    dropped: list[Settlement] = []
    failures = 0
    for claim in claims:
        try:
            made = compose(claim)
        except ZhidaError as error:  # its texts are for people and carry no address
            made = Settlement(claim, DeliveryState.FAILED, str(error), claim.attempts)
            failures += 1
        if isinstance(made, Composed):
            messages.append((claim, made))
        else:
            dropped.append(made)
    _write_back(runtime, dropped)
    mind_template(runtime, errand.push_id, errand.channel, failures)
    return messages


def _within_domains(runtime: Runtime, errand: Errand, messages: Messages) -> Messages:
    """Of mails those that their receiving domains may get now; the others wait, and use up no try."""
    if errand.channel is not Channel.MAIL:
        return messages
    now = runtime.clock()
    wanted = Counter(domain_gate(composed.message.address) for _, composed in messages)
    admitted = {
        gate: admit(runtime.redis, gate, runtime.domain_rate(gate), count, now) for gate, count in wanted.items()
    }
    room = {gate: admission.granted for gate, admission in admitted.items()}
    kept: Messages = []
    waiting: list[Settlement] = []
    for claim, composed in messages:
        gate = domain_gate(composed.message.address)
        room[gate] -= 1
        if room[gate] >= 0:
            kept.append((claim, composed))
        else:
            pause = max(admitted[gate].wait, timedelta(seconds=1))
            waiting.append(wait(claim, "对方邮局限速", now + pause))
    _write_back(runtime, waiting)
    return kept


def _write_back(runtime: Runtime, settlements: Sequence[Settlement]) -> None:
    if settlements:
        with unit_of_work(runtime.sessions) as session:
            settle(session, settlements, runtime.clock())


def _forget(begin: Begin, claims: Sequence[Claim], messages: Messages) -> None:
    """Of what was claimed and will not be sent now, nothing is kept in mind."""
    going = {claim.id for claim, _ in messages}
    if rest := [claim.attempt_id for claim in claims if claim.id not in going]:
        begin(rest)


def _send(runtime: Runtime, errand: Errand, sender: Sender, begin: Begin, messages: Messages) -> None:
    composed = {claim.id: one for claim, one in messages}
    for group in send_all(runtime.pool, sender, runtime.clock, begin, messages):
        now, answered = runtime.clock(), group.answered
        # Where the rescue took them back the guard of the write holds; else Redis forgot them, and they go out again.
        _write_back(runtime, [wait(claim, "等待重新发送", now) for claim in group.left])
        if not answered:
            continue
        settlements = _record(runtime, errand, sender.provider, answered, now)
        mind_gate(runtime, errand.channel, sender.provider, answered, settlements, now)
        if errand.channel is Channel.MAIL:
            mind_domains(runtime, [(a.outcome, composed[a.claim.id]) for a in answered], now)
        wrong = sum(answer.outcome.cls is OutcomeClass.CONTENT for answer in answered)
        mind_template(runtime, errand.push_id, errand.channel, wrong)


def _record(
    runtime: Runtime, errand: Errand, provider: str, answered: Sequence[Answered], now: datetime
) -> list[Settlement]:
    settlements = [
        settle_outcome(a.claim, a.outcome, now, random.uniform(-1, 1), errand.expires_at, a.reasons)  # noqa: S311 - jitter
        for a in answered
    ]
    with unit_of_work(runtime.sessions) as session:
        settle(session, settlements, now)
        record_attempts(session, provider, [(a.claim, a.outcome, a.at) for a in answered])
        mark_contacts(session, [(a.claim, a.outcome) for a in answered], now)
    return settlements
