"""Signatures and templates as an SMS provider has approved them, and what it refuses in variables.

Source: help.aliyun.com/document_detail/101347.html.
"""

import re
from dataclasses import dataclass
from string import Template

from channels.compose import sms_template
from channels.imprint import Imprint
from channels.notice import Purpose

LONGEST = 35
PHONE = re.compile(r"1[3-9]\d{9}")
_URL = re.compile(r"https?:|www\.|\.(com|cn|net|org)\b", re.IGNORECASE)
_SIGNS = re.compile("[【】〖〗「」『』①-⑳★※→\U0001f000-\U0001faff☀-➿]")


@dataclass(frozen=True, slots=True)
class Registered:
    """An approved template: its text, and the names of its variables in order."""

    text: str
    names: tuple[str, ...]

    def fill(self, values: dict[str, str], sign: str) -> str:
        """The SMS as the phone shows it."""
        return f"【{sign}】{Template(self.text).substitute(values)}"


def register(text: str) -> Registered:
    """The template of this text."""
    return Registered(text, tuple(dict.fromkeys(Template(text).get_identifiers())))


def shipped_templates(link_prefix: str) -> dict[Purpose, Registered]:
    """The templates of the product with links under `link_prefix`."""
    imprint = Imprint("", "", link_prefix, "")
    return {purpose: register(sms_template(purpose, imprint)) for purpose in Purpose}


def has_address(value: str) -> bool:
    """True when a carrier would see a web address in `value`."""
    return bool(_URL.search(value))


def has_refused_signs(value: str) -> bool:
    """True for emoji and the brackets that mark signatures."""
    return bool(_SIGNS.search(value))
