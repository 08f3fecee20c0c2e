"""What all simulated providers share: a clock that can be set forward, faults to order, and what was accepted."""

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

A_DAY = 86_400
CHINA = 8 * 3600
QUIET_START, QUIET_END = 21 * 3600, 8 * 3600
"""Seconds of the day in China; nobody is written to from the one to the other."""
KEEP = 100_000
"""Accepted messages kept for reading; counts and the search for doubles go on beyond it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that a provider took. `at` is in seconds since 1970 on the simulators' clock."""

    number: int
    channel: str
    provider: str
    provider_id: str
    key: str
    address: str
    at: float
    content: Mapping[str, Any]


@dataclass(slots=True)
class Fault:
    """Something that goes wrong at `endpoint` (`wechat.template`, `aliyun.send`, `smtp.data`, `*` …).

    `action`: `json` answers `body` with `status` or 200; `http` answers `status` with a page; `text` answers 200 and no
    JSON; `reset` breaks the connection; `hang` never answers. `when` says whether the message has been taken by then.
    `count` None lasts until reset; `recipient` limits it to addresses that begin so.
    """

    endpoint: str
    action: Literal["json", "http", "text", "reset", "hang"]
    when: Literal["before", "after"] = "before"
    count: int | None = 1
    probability: float = 1.0
    recipient: str = ""
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)


class InterruptError(Exception):
    """A fault takes the place of the answer."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.action)
        self.fault = fault


class World:
    """The state of one run of the simulators; `reset` begins anew. All of it lives on one event loop."""

    def __init__(self, clock: Callable[[], float] = time.time, seed: int = 1) -> None:
        self._clock = clock
        self.listeners: list[Callable[[Accepted], None]] = []
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self._ahead = 0.0
        self._random = random.Random(self._seed)  # noqa: S311 - repeatable on purpose
        self.faults: list[Fault] = []
        self.delays: dict[str, float] = {}
        self.accepted: deque[Accepted] = deque(maxlen=KEEP)
        self.counts: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.refused: set[tuple[str, str]] = set()
        """Channel and address of those who have told the provider that they want nothing more."""
        self._untimely: Counter[str] = Counter()
        self._by_key: Counter[int] = Counter()
        self._by_text: Counter[int] = Counter()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Set the clock forward."""
        self._ahead += seconds

    def enter(self, endpoint: str, recipient: str = "") -> None:
        """Count a call and let a fault happen before the provider does anything. Raises InterruptError."""
        self.calls[endpoint] += 1
        if self.faults:
            self._strike(endpoint, recipient, "before")

    def leave(self, endpoint: str, recipient: str = "") -> None:
        """Let a fault happen after the provider took the message. Raises InterruptError."""
        if self.faults:
            self._strike(endpoint, recipient, "after")

    def accept(
        self,
        channel: str,
        provider: str,
        provider_id: str,
        key: str,
        address: str,
        content: Mapping[str, Any],
        wording: str,
        asked_for: bool = False,
    ) -> None:
        """Write down a message; two of the same `wording` to one address are a double.

        One that the person has `asked_for`, such as a code, may come at night and after a refusal.
        """
        self.counts[channel] += 1
        if not asked_for:
            self._untimely["after_refusal"] += (channel, address) in self.refused
            self._untimely["at_night"] += not QUIET_END <= (self.now() + CHINA) % A_DAY < QUIET_START
        number = sum(self.counts.values())
        one = Accepted(number, channel, provider, provider_id, key, address, self.now(), content)
        self.accepted.append(one)
        for listener in self.listeners:
            listener(one)
        if key:
            self._by_key[hash((channel, key))] += 1
        self._by_text[hash((channel, address, wording))] += 1

    def list_accepted(self, channel: str = "", address: str = "", limit: int = 100) -> list[dict[str, Any]]:
        """The newest messages first, as JSON objects."""
        found = (
            one for one in reversed(self.accepted) if channel in ("", one.channel) and address in ("", one.address)
        )
        return [asdict(one) for one, _ in zip(found, range(limit), strict=False)]

    def list_to(self, provider: str, address: str) -> list[Accepted]:
        """What this provider took for this address, the newest first."""
        return [one for one in reversed(self.accepted) if one.provider == provider and one.address == address]

    def chance(self) -> float:
        """A number from 0 to 1, the same row in every run."""
        return self._random.random()

    def invariants(self) -> dict[str, int]:
        """Numbers that are 0 when nobody was written to twice, after a refusal, or in the hours from 21 to 8 in China.

        `same_key`: messages beyond the first under one key; `same_text`: beyond the first of one text to one address.
        """
        return {
            "same_key": sum(n - 1 for n in self._by_key.values()),
            "same_text": sum(n - 1 for n in self._by_text.values()),
            "after_refusal": self._untimely["after_refusal"],
            "at_night": self._untimely["at_night"],
        }

    def _strike(self, endpoint: str, recipient: str, when: str) -> None:
        for fault in self.faults:
            if fault.when != when or fault.endpoint not in ("*", endpoint) or not recipient.startswith(fault.recipient):
                continue
            if fault.count == 0 or self.chance() >= fault.probability:
                continue
            if fault.count is not None:
                fault.count -= 1
            raise InterruptError(fault)
