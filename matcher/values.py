"""One value of one field, as a condition names it or a profile holds it: checked, and written in one way only."""

import math
import re
from typing import Any, TypeAlias

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Field, Kind
from core.vocabulary.load import Vocabulary

Value: TypeAlias = bool | float | str

_INDUSTRY = re.compile(r"[A-T](\d{2}\d{0,2})?")
_REGION = re.compile(r"[0-9]{6}")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST = 2_000
_CHOICES = {
    field.name: {label: word for word, label in field.choices} | {word: word for word in field.words}
    for field in FIELDS.values()
}


def read_value(field: Field, given: Any, vocabulary: Vocabulary, path: str, *, known_place: bool = False) -> Value:
    """`given` as the rules compare it: floats, booleans, words of the registry, codes, keys of qualifications.

    Words may be given by their Chinese label. With `known_place` a region must be in the vocabulary; without, six
    digits will do (registers still hold codes that were withdrawn). Raises InputError at `path`; it doesn't repeat
    the value, for what stands in the wrong cell of a profile may be a phone number.
    """
    match field.kind:
        case Kind.NUMBER:
            return _number(field, given, path)
        case Kind.FLAG:
            if not isinstance(given, bool):
                raise InputError(f"{field.label}应为 true 或 false", path)
            return given
        case Kind.REGION:
            return _region(field, given, vocabulary, path, known_place)
        case Kind.INDUSTRY:
            return _industry(field, given, vocabulary, path)
        case Kind.OPEN:
            return _text(field, str(given) if isinstance(given, bool | int | float) else given, path)
    return _word(field, given, vocabulary, path)


def is_writable(text: str) -> bool:
    """Whether a text can be stored and written out: no NUL, no half of a surrogate pair (JSON can spell both)."""
    return _UNWRITABLE.search(text) is None


def _text(field: Field, given: Any, path: str) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > _LONGEST or not is_writable(given):
        raise InputError(f"{field.label}应为文字", path)
    return given.strip()


def _number(field: Field, given: Any, path: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InputError(f"{field.label}应为数字", path)
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(f"{field.label}应为有限的数字", path)
    return number + 0.0  # -0.0 becomes 0.0, so that equal numbers are written alike


def _region(field: Field, given: Any, vocabulary: Vocabulary, path: str, known_place: bool) -> str:
    if not isinstance(given, str) or not _REGION.fullmatch(given):
        raise InputError(f"{field.label}应为 GB/T 2260 六位区划代码", path)
    if known_place and given not in vocabulary.regions:
        raise InputError(f"区划代码 {given} 不存在", path)
    return given


def _industry(field: Field, given: Any, vocabulary: Vocabulary, path: str) -> str:
    if not isinstance(given, str) or not _INDUSTRY.fullmatch(given) or given[:3] not in vocabulary.industries:
        raise InputError(f"{field.label}应为 GB/T 4754 代码（如 C、C39、C3921）", path)
    return given


def _word(field: Field, given: Any, vocabulary: Vocabulary, path: str) -> str:
    if not field.choices:
        text = _text(field, given, path)
        return vocabulary.qualification_keys.get(text, text)
    shown = str(given) if type(given) is int else given
    word = _CHOICES[field.name].get(shown) if isinstance(shown, str) else None
    if word is None:
        raise InputError(f"{field.label}只能是 {'、'.join(field.words)}", path)
    return word
