"""The one verb of a channel."""

from datetime import date
from typing import Protocol, runtime_checkable

from channels.message import Channel, Message
from channels.outcome import Outcome
from channels.receipt import Receipt, Reply


class Sender(Protocol):
    """A provider. One instance serves many threads of one process; make it after a fork, never at import."""

    @property
    def channel(self) -> Channel: ...

    @property
    def provider(self) -> str:
        """The short name that stands in attempts and receipts: `wechat`, `aliyun`, `tencent`, `smtp`."""
        ...

    def send(self, message: Message) -> Outcome:
        """Hand one message to the provider. Never raises for what the provider or the network does."""
        ...

    def close(self) -> None:
        """Let go of connections. The sender may be used again and then connects anew."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A sender that can ask its provider what became of a message whose sending ended in silence."""

    def look_up(self, address: str, key: str, day: date) -> Outcome | None:
        """What the provider has under our `key` for `address` on `day` (in China): OK or why it failed.

        None when it knows of no such message (yet); AMBIGUOUS when it could not be asked. Never raises for trouble.
        """
        ...


@runtime_checkable
class Pulls(Protocol):
    """A sender whose provider keeps receipts and replies for us to fetch, where it can't post them to us."""

    def pull(self) -> tuple[list[Receipt], list[Reply]]:
        """The next ones; fetching takes them from the provider. Empty when there are none or it can't be asked."""
        ...
