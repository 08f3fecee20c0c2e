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
from channels.outcome import Outcome, action_for
from channels.sender import Sender
from core.database import unit_of_work
from workers import pauses
from workers.claims import Claim, Settlement, claim_due, settle
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


def deliver(runtime: Runtime, errand: Errand, compose: Compose, *, seconds: float = 20) -> bool:
    """Send what is due of `errand` for about `seconds`. True where more may be due at once, so that one comes back."""
    end = monotonic() + seconds
    sender = runtime.senders[errand.channel]
    while monotonic() < end:
        if pauses.is_paused(runtime.redis, errand.channel):
            return False
        claims, sendable = _take(runtime, errand)
        if not claims:
            return False
        messages = _compose_all(runtime, sendable, compose)
        for answered in _send_all(runtime, sender, messages):
            _record(runtime, errand, sender.provider, answered)
    return True


def _take(runtime: Runtime, errand: Errand) -> tuple[list[Claim], list[Claim]]:
    """Claim a batch; what must be held back is written back in the same transaction. (all claimed, those to send)"""
    now = runtime.clock()
    with unit_of_work(runtime.sessions) as session:
        claims = claim_due(session, errand.push_id, errand.month, errand.channel, BATCH, LEASE, now)
        held = {c.id: s for c in claims if (s := hold_back(c, runtime.restraint, now, errand.expires_at))}
        settle(session, list(held.values()), now)
    return claims, [claim for claim in claims if claim.id not in held]


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
    for answer in answered:
        if action_for(answer.outcome.cls, errand.channel).pauses_channel and not answer.outcome.personal:
            until = next(s.due_at for s in settlements if s.claim is answer.claim)
            pauses.pause(runtime.redis, errand.channel, answer.outcome.code, until, now)
            break
