"""What a run of tests told: every log line of it, and what it left in Redis, searched for people's data and secrets."""

import logging
import os
import re
import traceback

from redis import Redis

PATTERNS = {
    "phone": re.compile(r"(?<![A-Za-z0-9.])(?:\+?86)?1[3-9]\d{9}(?![A-Za-z0-9.])"),
    "openid": re.compile(r"(?<![\w/-])(?:o[A-Za-z0-9_-]{27}|sim-\w+)(?![\w-])"),
    "mail": re.compile(r"[\w.+-]+@(?:\w[\w-]*\.)*(?:example|example\.com|example\.cn|qq\.com|163\.com)\b"),
    "id number": re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?!\w)"),
    "token": re.compile(r"access_token[\"']?\s*[:=]\s*[\"']?[\w-]{20,}|Bearer \w{8,}|[?&](?:secret|code)=\w{8,}"),
    "link": re.compile(r"/[su]/[0-9A-Za-z]{12,}"),
}
_BROWSERS = ("httpx", "httpcore")
"""The tests' own clients, which name the addresses that they open."""
_OURS = ("zhida.example", "public@", "noreply@")
"""Names of the installation itself, which are no one's address."""


def find_told(text: str) -> list[str]:
    """The kinds of data in `text` that must not be there."""
    return [
        name
        for name, pattern in PATTERNS.items()
        if any(not any(own in found[0] for own in _OURS) for found in pattern.finditer(text))
    ]


class Listener(logging.Handler):
    """Hears every record as it was logged, before any filter masks it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        """The test, the logger and the kind of data; never the data itself."""
        self.heard = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_BROWSERS):
            return
        self.heard += 1
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = f"{record.msg} {record.args}"
        if record.exc_info and record.exc_info[0]:
            text += "".join(traceback.format_exception(*record.exc_info))
        test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
        self.told += [f"{test}: {record.name} tells a {kind}" for kind in find_told(text)]


def find_told_in_redis(client: Redis) -> list[str]:
    """The kinds of data in keys and lists (Celery's messages) of a Redis that a test used; not WeChat's own token."""
    found: list[str] = []
    for key in client.scan_iter(count=1000):
        name = bytes(key).decode("utf-8", "replace")
        if name.startswith("wx:"):
            continue
        values = client.lrange(key, 0, -1) if client.type(key) == b"list" else []
        whole = " ".join([name, *(bytes(value).decode("utf-8", "replace") for value in values)])
        found += [f"{name.split(':')[0]} holds a {kind}" for kind in find_told(whole)]
    return found
