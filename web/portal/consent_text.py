"""The words that people agree to when they subscribe. Other words are a new version and asked anew (PIPL 14)."""

import hashlib
from typing import Final

PUSH: Final = (
    "同意政策直达按我选的主题和填的资料，用我验证过的方式（{channels}）给我发政策消息。"
    "我知道每条消息都可以退订，随时停、立刻生效，不影响我办事。"
)
RECOMMEND: Final = (
    "同意政策直达根据我填的资料，自动判断并推荐我没有订阅、但可能符合条件的政策。"
    "我知道可以随时关掉，关掉后只收自己订阅的主题。"
)
VERSION: Final = "portal-" + hashlib.sha256(f"{PUSH}\n{RECOMMEND}".encode()).hexdigest()[:12]
"""What the ledger stores of the text."""


def push_text(channels: list[str]) -> str:
    """The sentence with the channels by name."""
    return PUSH.format(channels="、".join(channels))
