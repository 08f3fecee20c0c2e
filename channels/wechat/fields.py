"""What may stand in the fields of a WeChat template, by the prefix of the field's name.

Source: developers.weixin.qq.com, 订阅通知 and 模板消息 parameter tables. A value that breaks its rule costs a 47003.
"""

import re
from collections.abc import Callable, Mapping

from channels.text import one_line, shorten

NOTHING = "无"
"""Stands for an empty text: an empty field is refused by WeChat."""

_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_PREFIX = re.compile(r"^([a-z_]+?)\d*$")


class FieldError(ValueError):
    """A value can't be made to fit its field; the text names the field, not the value (Chinese)."""


def fit_fields(data: Mapping[str, str]) -> dict[str, str]:
    """Each value shortened or cleaned until it obeys the rule of its field; doing it twice changes nothing more.

    Raises FieldError for a field of unknown kind and for a value that no shortening can save (a number with letters).
    """
    return {field: _fit(field, value) for field, value in data.items()}


def _fit(field: str, value: str) -> str:
    kind = _PREFIX.match(field)
    rule = _RULES.get(kind[1]) if kind else None
    if rule is None:
        raise FieldError(f"微信模板字段 {field} 的类型不认识")
    return rule(field, one_line(value))


def _text(longest: int) -> Callable[[str, str], str]:
    def fit(field: str, value: str) -> str:
        return shorten(value or NOTHING, longest)

    return fit


def _pattern(pattern: str, rule: str) -> Callable[[str, str], str]:
    compiled = re.compile(pattern)

    def fit(field: str, value: str) -> str:
        if not compiled.fullmatch(value):
            raise FieldError(f"微信模板字段 {field} 只能填{rule}")
        return value

    return fit


def _phrase(field: str, value: str) -> str:
    han = re.sub(f"[^{_HAN}]", "", value)[:5]
    if not han:
        raise FieldError(f"微信模板字段 {field} 只能填 5 个以内汉字")
    return han


def _name(field: str, value: str) -> str:
    if not value:
        raise FieldError(f"微信模板字段 {field} 不能为空")
    return shorten(value, 20 if value.isascii() else 10)


_DATE = r"\d{4}(年\d{1,2}月\d{1,2}日|[-/.]\d{1,2}[-/.]\d{1,2})"
_TIME = r"\d{1,2}:\d{2}(:\d{2})?"

_RULES: dict[str, Callable[[str, str], str]] = {
    "thing": _text(20),
    "const": _text(20),
    "number": _pattern(r"\d{1,32}(\.\d{1,10})?", " 32 位以内数字"),
    "letter": _pattern(r"[A-Za-z]{1,32}", " 32 个以内字母"),
    "symbol": _pattern(r"[^\w\s]{1,5}", " 5 个以内符号"),
    "character_string": _pattern(r"[\x21-\x7e]{1,32}", " 32 个以内数字、字母或符号"),
    "time": _pattern(
        rf"({_DATE}( ?{_TIME})?|{_TIME})(~({_DATE}( ?{_TIME})?|{_TIME}))?", "时间，如 2026年11月21日 15:01"
    ),
    "date": _pattern(rf"{_DATE}( ?{_TIME})?(~{_DATE}( ?{_TIME})?)?", "日期，如 2026年11月21日"),
    "amount": _pattern(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?", "金额"),
    "phone_number": _pattern(r"[\d+\-() ]{1,17}", "电话号码"),
    "car_number": _pattern(rf"[{_HAN}A-Z0-9]{{1,8}}", "车牌号"),
    "name": _name,
    "phrase": _phrase,
}
