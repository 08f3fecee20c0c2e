"""Asking the simulators what they accepted."""

import json
from typing import Any, cast
from urllib.error import URLError
from urllib.request import Request, urlopen

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

    def call_back(self, base: str, secret: str) -> None:
        """Have receipts, replies and events posted to the web process at `base`."""
        hooks = {
            "wechat": f"{base}/hooks/wechat",
            "wechat_token": secret,
            "aliyun_report": f"{base}/hooks/aliyun/{secret}/report",
            "aliyun_up": f"{base}/hooks/aliyun/{secret}/up",
            "tencent_report": f"{base}/hooks/tencent/{secret}/report",
        }
        request = Request(f"{self._base}/hooks", json.dumps(hooks).encode(), {"content-type": "application/json"})  # noqa: S310 - our own address, http
        with urlopen(request, timeout=10):  # noqa: S310 - our own address, http
            pass

    def _get(self, path: str) -> Any:
        with urlopen(f"{self._base}/{path}", timeout=120) as answer:  # noqa: S310 - our own address, http
            return json.load(answer)
