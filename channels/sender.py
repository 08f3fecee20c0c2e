"""The one verb of a channel."""

from typing import Protocol

from channels.message import Channel, Message
from channels.outcome import Outcome


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
