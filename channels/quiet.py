"""Loggers of libraries that write whole requests: access tokens, phone numbers and openids stand in their addresses."""

import logging

_LEVELS = {
    "urllib3.connectionpool": logging.INFO,  # DEBUG shows path and query
    "tencentcloud_sdk_common": logging.WARNING,  # DEBUG shows whole requests
    "darabonba-core": logging.CRITICAL,
    "alibabacloud-tea": logging.CRITICAL,
}
_OWN_HANDLERS = ("darabonba-core", "alibabacloud-tea")
"""Aliyun's libraries write to standard error by handlers of their own, whatever the application has set."""


def silence_wire_logs() -> None:
    """Keep these loggers below the level at which they would tell; called by every sender that uses them."""
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    for name in _OWN_HANDLERS:
        logging.getLogger(name).handlers.clear()
