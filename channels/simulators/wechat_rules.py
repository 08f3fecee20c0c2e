"""The field rules of WeChat templates as the platform checks them; written apart from ours: one tests the other.

Source: developers.weixin.qq.com, 订阅通知 parameter table.
"""

import re
import unicodedata

_RULES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}"),
    "const": re.compile(r".{1,20}"),
    "number": re.compile(r"[0-9.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"\W{1,5}"),
    "character_string": re.compile(r"[!-~]{1,32}"),
    "time": re.compile(r"[0-9年月日:/. ~-]{3,40}"),
    "date": re.compile(r"[0-9年月日:/. ~-]{6,40}"),
    "amount": re.compile(r"[^\d\s]?\d{1,10}(\.\d+)?元?"),
    "phone_number": re.compile(r"[0-9+() -]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[\u4e00-\u9fff·…]{1,10}|[\x20-\x7e]{1,20}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
}


def find_violation(field: str, value: object) -> str | None:
    """What WeChat would say of `value` in `field`, or None when it is fine."""
    if not isinstance(value, str) or not value.strip():
        return f"argument invalid! data.{field}.value is empty"
    rule = _RULES.get(field.rstrip("0123456789"))
    if rule is None or not rule.fullmatch(value) or "\n" in value:
        return f"argument invalid! data.{field}.value invalid"
    if not value.isascii() and any(unicodedata.category(sign) == "So" for sign in value):
        return f"argument invalid! data.{field}.value has emoji"
    return None
