"""What may stand in a variable of an SMS template, and how long the whole becomes.

Source: help.aliyun.com/document_detail/101347.html (isv.PARAM_NOT_SUPPORT_URL, isv.UNSUPPORTED_CONTENT,
isv.PARAM_LENGTH_LIMIT); 70 characters are one part, of longer texts each part takes 67.
"""

import re
from collections.abc import Mapping

from channels.text import one_line, shorten

LONGEST = 35
WHOLE = 500

_URL = re.compile(
    r"(?i)https?://[!-~]*|(?<![a-z0-9.-])(www\.|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org|gov|edu|info|top|io)(?![a-z0-9-]))[!-~]*"
)
_QUOTES = str.maketrans(
    {"【": "（", "】": "）", "〖": "（", "〗": "）", "「": "“", "」": "”", "『": "“", "』": "”", "→": "至"}
)
_REFUSED = re.compile(r"[①-⓿★☆※◆◇■□●○▲△▼▽←↑↓]")
_FORBIDDEN = re.compile(r"[【】〖〗「」『』①★※→]")


class VariableError(ValueError):
    """A variable breaks a rule of the provider; the text names the variable, not the value (Chinese)."""


def clean_variable(text: str, longest: int = LONGEST) -> str:
    """`text` without addresses, emoji and the signs that the carriers refuse, in at most `longest` characters."""
    plain = _REFUSED.sub("", _URL.sub("", one_line(text).translate(_QUOTES)))
    return shorten(" ".join(plain.split()), longest)


def check_variables(params: Mapping[str, str]) -> None:
    """Refuse what the provider would refuse. Raises VariableError."""
    for name, value in params.items():
        if not value:
            raise VariableError(f"短信变量 {name} 是空的")
        if len(value) > LONGEST:
            raise VariableError(f"短信变量 {name} 超过 {LONGEST} 个字")
        if _URL.search(value):
            raise VariableError(f"短信变量 {name} 含有网址")
        if _FORBIDDEN.search(value) or one_line(value) != value:
            raise VariableError(f"短信变量 {name} 含有运营商不收的符号")


def count_parts(text: str) -> int:
    """How many messages the carrier bills for `text` (signature included)."""
    return 1 if len(text) <= 70 else -(-len(text) // 67)
