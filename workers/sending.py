"""One batch of messages to a provider: many at once, answers in small groups as they come."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from queue import Empty, SimpleQueue
from time import monotonic
from uuid import UUID

from channels.message import Message
from channels.outcome import Outcome
from channels.sender import LooksUp, Sender
from core.clock import Clock, local_date
from workers.claims import Claim, Settlement
from workers.unsent import Begin

FLUSH_ROWS = 100
FLUSH_SECONDS = 0.2
FEW = 8
"""Messages that a thread sends one after the other: so many a thread may be in doubt when the process dies."""


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
class Group:
    """What became of some messages: answered by the provider, or not sent since somebody else has them by now."""

    answered: list[Answered] = field(default_factory=list)
    left: list[Claim] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.answered) + len(self.left)


def send_all(
    pool: ThreadPoolExecutor, sender: Sender, clock: Clock, begin: Begin, messages: Sequence[tuple[Claim, Composed]]
) -> Iterator[Group]:
    """Send on the threads of `pool`; yields groups of at most 100 messages, or what came within 200 ms.

    An exception of ours is raised here; the leases of what was under way end, and the rescue resolves them.
    """
    answers: SimpleQueue[Answered | Claim | BaseException] = SimpleQueue()

    def send(few: Sequence[tuple[Claim, Composed]]) -> None:
        try:
            ours = begin([claim.attempt_id for claim, _ in few])
            for claim, composed in few:
                if claim.attempt_id in ours:
                    outcome = _send_once(sender, claim, composed.message)
                    answers.put(Answered(claim, outcome, composed.reasons, clock()))
                else:
                    answers.put(claim)
        except BaseException as error:
            answers.put(error)
            raise

    for start in range(0, len(messages), FEW):
        pool.submit(send, messages[start : start + FEW])
    open_, group, flushed = len(messages), Group(), monotonic()
    while open_:
        try:
            answer = answers.get(timeout=FLUSH_SECONDS)
        except Empty:
            answer = None
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Answered):
            group.answered.append(answer)
        elif answer is not None:
            group.left.append(answer)
        open_ -= answer is not None
        if len(group) and (not open_ or len(group) >= FLUSH_ROWS or monotonic() - flushed >= FLUSH_SECONDS):
            yield group
            group, flushed = Group(), monotonic()


def _send_once(sender: Sender, claim: Claim, message: Message) -> Outcome:
    """Send, unless the provider knows this very attempt already: a repeat after silence asks first where one can."""
    if claim.repeats and isinstance(sender, LooksUp):
        known = sender.look_up(message.address, message.key, _day_of(claim.attempt_id))
        if known is not None:
            return known
    return sender.send(message)


def _day_of(attempt_id: UUID) -> date:
    """The day in China on which an attempt was first made: its id begins with the time (RFC 9562, version 7)."""
    return local_date(datetime.fromtimestamp((attempt_id.int >> 80) / 1000, UTC))
