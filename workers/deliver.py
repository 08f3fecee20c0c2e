"""Sending the deliveries of one push on one channel: claim a batch, compose, send, write back; until none is due.

No database connection is held while a provider is called, and no ORM object is made per message.
"""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic

from channels.message import Channel, Message
from channels.outcome import Mark, Outcome, action_for
from channels.sender import Sender
from core.database import unit_of_work
from workers.claims import Claim, Settlement, claim_due, settle
from workers.gates import admit, give_back, reopen, shut
from workers.marks import mark_contacts, record_attempts
from workers.runtime import Runtime
from workers.settling import hold_back, settle_outcome

log = logging.getLogger(__name__)

BATCH = 200
LEASE = timedelta(minutes=2)  # far above what a batch takes with every call timing out
FLUSH_ROWS = 50
FLUSH_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to go, and the reasons that it gives (a JSON list)."""

    message: Message
    reasons: str


Compose = Callable[[Claim], Composed | Settlement]
"""Makes the message of a claim, or says why there is none after all (the person no longer qualifies)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A claim with what the provider said."""

    claim: Claim
    outcome: Outcome
    reasons: str
    at: datetime


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
    """Send what is due of `errand` for about `seconds`. Answers when to come back; None where nothing is left to do."""
    end = monotonic() + seconds
    sender = runtime.senders[errand.channel]
    rate = runtime.rate(sender.provider)
    while monotonic() < end:
        admission = admit(runtime.redis, sender.provider, rate, BATCH, runtime.clock())
        if not admission.granted:
            return admission.wait
        claims, sendable = _take(runtime, errand, admission.granted)
        messages = _compose_all(runtime, sendable, compose)
        give_back(runtime.redis, sender.provider, rate, admission.granted - len(messages))
        if not claims:
            return None
        for answered in _send_all(runtime, sender, messages):
            _record(runtime, errand, sender.provider, answered)
    return timedelta(0)


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


def _compose_all(runtime: Runtime, claims: Sequence[Claim], compose: Compose) -> list[tuple[Claim, Composed]]:
    made = [(claim, compose(claim)) for claim in claims]
    dropped = [result for _, result in made if isinstance(result, Settlement)]
    if dropped:
        with unit_of_work(runtime.sessions) as session:
            settle(session, dropped, runtime.clock())
    return [(claim, result) for claim, result in made if isinstance(result, Composed)]


def _send_all(runtime: Runtime, sender: Sender, messages: Sequence[tuple[Claim, Composed]]) -> Iterator[list[Answered]]:
    """Send with bounded concurrency; yields answers in small groups as they come."""
    answers: SimpleQueue[Answered | BaseException] = SimpleQueue()

    def send(claim: Claim, composed: Composed) -> None:
        try:
            outcome = sender.send(composed.message)
            answers.put(Answered(claim, outcome, composed.reasons, runtime.clock()))
        except BaseException as error:
            answers.put(error)
            raise

    for claim, composed in messages:
        runtime.pool.submit(send, claim, composed)
    left, group, flushed = len(messages), list[Answered](), monotonic()
    while left:
        try:
            answer = answers.get(timeout=FLUSH_SECONDS)
        except Empty:
            answer = None
        if isinstance(answer, BaseException):
            raise answer  # a defect of ours: the lease ends and the rescue resolves what was under way
        if answer is not None:
            left -= 1
            group.append(answer)
        if group and (not left or len(group) >= FLUSH_ROWS or monotonic() - flushed >= FLUSH_SECONDS):
            yield group
            group, flushed = [], monotonic()


def _record(runtime: Runtime, errand: Errand, provider: str, answered: list[Answered]) -> None:
    now = runtime.clock()
    settlements = [
        settle_outcome(a.claim, a.outcome, now, random.uniform(-1, 1), errand.expires_at, a.reasons)  # noqa: S311 - jitter
        for a in answered
    ]
    with unit_of_work(runtime.sessions) as session:
        settle(session, settlements, now)
        record_attempts(session, provider, [(a.claim, a.outcome, a.at) for a in answered])
        mark_contacts(session, [(a.claim, a.outcome) for a in answered], now)
    _mind_gate(runtime, errand.channel, provider, answered, settlements)


def _mind_gate(
    runtime: Runtime, channel: Channel, provider: str, answered: list[Answered], settlements: list[Settlement]
) -> None:
    """Shut the provider's gate where an answer says so; open one that was being tried again where a message went."""
    for answer, settlement in zip(answered, settlements, strict=True):
        action = action_for(answer.outcome.cls, channel)
        if action.pauses_channel and not answer.outcome.personal:
            until = settlement.due_at or answer.at + timedelta(minutes=1)
            why = answer.outcome.code or answer.outcome.cls.value
            shut(runtime.redis, provider, until, why, probe=action.mark is Mark.CIRCUIT_OPEN)
            return
    if any(answer.outcome.accepted for answer in answered):
        reopen(runtime.redis, provider)
