"""Asking the simulators what they accepted."""

import json
from typing import Any, cast
from urllib.error import URLError
from urllib.request import urlopen

from core.settings import Settings


class SimulatorClient:
    """The control plane of the simulators named in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._base = f"http://{settings.simulator_host}:{settings.simulator_port}/_sim"

    def is_ready(self) -> bool:
        try:
            self.counts()
        except (URLError, ConnectionError):
            return False
        return True

    def counts(self) -> dict[str, int]:
        """How many messages were accepted, by channel."""
        return cast(dict[str, int], self._get("counts")["accepted"])

    def accepted(self, channel: str, limit: int = 1) -> list[dict[str, Any]]:
        """The newest accepted messages of a channel, with their content."""
        return cast(list[dict[str, Any]], self._get(f"accepted?channel={channel}&limit={limit}"))

    def _get(self, path: str) -> Any:
        with urlopen(f"{self._base}/{path}", timeout=120) as answer:  # noqa: S310 - our own address, http
            return json.load(answer)
