"""Provider texts freed of what must not be written down: masked as every log line is, and then more strictly.

What a provider says is kept with the delivery and shown to staff, and nobody knows what it repeats of what it was sent.
"""

import re

from core.logs import redact as mask

LONGEST = 200

_STRICTER = (
    # Numbers as carriers write them, an openid of the simulators, and whatever else is long and random enough. WeChat's
    # `rid` stays: it names the call, and is what they ask for.
    re.compile(r"\+?\d{11,}"),
    re.compile(r"(?<![\w-])sim-[\w-]+(?![\w-])"),
    re.compile(r"(?<![\w-])(?<!rid: )(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}(?![\w-])"),
)


def redact(text: object, *addresses: str) -> str:
    """`text` as one line of at most 200 characters without `addresses` and without what looks like one."""
    line = " ".join(str(text).split())
    for address in addresses:
        if address:
            line = line.replace(address, "***")
    line = mask(line)
    for pattern in _STRICTER:
        line = pattern.sub("***", line)
    return line[:LONGEST]
