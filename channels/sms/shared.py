"""Several SMS providers as one sender: shared out by weight, each standing in for the others."""

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate

from channels.message import Channel, Message
from channels.outcome import Outcome, OutcomeClass
from channels.receipt import Receipt, Reply
from channels.sender import LooksUp, Pulls, Sender

_ELSEWHERE = frozenset({OutcomeClass.TEMP, OutcomeClass.RATE_MIN, OutcomeClass.RATE_DAY, OutcomeClass.CONFIG})
"""Results that say nothing about the person or the text, so that another provider may do better; never AMBIGUOUS."""


class SharedSmsSender:
    """Chooses a provider by the message's key, so that a repeat asks the same one first."""

    channel = Channel.SMS
    provider = "shared"

    def __init__(self, weighted: Sequence[tuple[Sender, int]]) -> None:
        """`weighted` holds at least one sender; weights are above 0."""
        self._senders = [sender for sender, _ in weighted]
        self._edges = list(accumulate(weight for _, weight in weighted))

    def send(self, message: Message) -> Outcome:
        """By the chosen provider, and by the next one when the first can't at all."""
        outcome: Outcome | None = None
        for sender in self._in_order(message.key):
            outcome = replace(sender.send(message), provider=sender.provider)
            if outcome.cls not in _ELSEWHERE or outcome.personal:
                break
        assert outcome is not None  # noqa: S101 - there is at least one provider
        return outcome

    def look_up(self, address: str, key: str, day: date) -> Outcome | None:
        """See channels.sender.LooksUp; asks all of them, the one that sent it first."""
        answers = []
        for sender in self._in_order(key):
            answer = sender.look_up(address, key, day) if isinstance(sender, LooksUp) else None
            if answer is not None:
                answers.append(replace(answer, provider=sender.provider))
        known = [answer for answer in answers if answer.cls is not OutcomeClass.AMBIGUOUS]
        return next(iter(known + answers), None)

    def pull(self) -> tuple[list[Receipt], list[Reply]]:
        """See channels.sender.Pulls; from all of them that keep something for us."""
        pulled = [sender.pull() for sender in self._senders if isinstance(sender, Pulls)]
        return [one for receipts, _ in pulled for one in receipts], [one for _, replies in pulled for one in replies]

    def close(self) -> None:
        """Close all of them."""
        for sender in self._senders:
            sender.close()

    def _in_order(self, key: str) -> list[Sender]:
        first = bisect_right(self._edges, zlib.crc32(key.encode()) % self._edges[-1])
        return self._senders[first:] + self._senders[:first]
