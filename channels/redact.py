"""Provider texts freed of what must not be written down: tokens, phone numbers, mail addresses, openids."""

import re

LONGEST = 200

_PATTERNS = (
    (
        re.compile(
            r"(?i)((?:access_token|secret|token|signature|authorization|password|ticket|code)[\"']?\s*[=:]\s*)[^\s&,;)}]+"
        ),
        r"\1***",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
    (re.compile(r"\+?\d{11,}"), "***"),
    # An openid (28 characters from "o"), one of the simulators, and whatever else is long and random enough.
    (re.compile(r"(?<![\w-])(?:o[\w-]{27}|sim-[\w-]+)(?![\w-])"), "***"),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}(?![\w-])"), "***"),
)


def redact(text: object, *addresses: str) -> str:
    """`text` as one line of at most 200 characters without `addresses` and without what looks like one."""
    line = " ".join(str(text).split())
    for address in addresses:
        if address:
            line = line.replace(address, "***")
    for pattern, stand_in in _PATTERNS:
        line = pattern.sub(stand_in, line)
    return line[:LONGEST]
