"""Bringing titles and texts into one form, so that no model leans on a place, a year or a number."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from operator import add

from core.vocabulary.load import load_vocabulary
from matcher.reading.script import fold

PLACE = "◎"
NUMBER = "#"
_SUFFIX = re.compile(r"(壮族|回族|维吾尔)?(自治区|自治州|自治县)$|(省|市|区|县|旗|盟|地区|特别行政区)$")
_ALSO_WORDS = frozenset({"朝阳", "和平", "海", "合作", "中山", "新建", "城区", "郊区", "矿区", "市区", "东方", "富民"})
_HEADER = re.compile(r"^【[^】]{2,30}】")
_DATE_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[t ]?\d{1,2}:\d{2}(?::\d{2})?)?")
_YEAR = re.compile(r"(?:19|20)\d\d年?")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_PLACES = re.compile(rf"{PLACE}(?:{PLACE}|(?:特别行政区|自治区|省|市|县|区)(?!场))*")
_SPACE = re.compile(r"\s+")


def _names() -> Iterable[str]:
    for region in load_vocabulary().regions.values():
        if region.flag == "pseudo" or region.level == 0 or len(region.name) < 2:
            continue
        yield region.name
        short = _SUFFIX.sub("", region.name)
        if region.level <= 2 and len(short) >= 2:
            yield short


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[str, ...]]:
    """Names of places by their first two characters, the longest first."""
    found: dict[str, set[str]] = {}
    for name in _names():
        if name not in _ALSO_WORDS:
            found.setdefault(name[:2], set()).add(name)
    return {start: tuple(sorted(names, key=lambda n: (-len(n), n))) for start, names in found.items()}


def mask_places(text: str) -> str:
    """Every name of a province, city, district replaced by one sign."""
    places, out, kept = _places(), [], 0
    for at, pair in enumerate(map(add, text, text[1:])):
        if at < kept or pair not in places:
            continue
        if name := next((n for n in places[pair] if text.startswith(n, at)), None):
            out += [text[kept:at], PLACE]
            kept = at + len(name)
    return "".join(out) + text[kept:]


def plain(text: str) -> str:
    """Full-width and presentation forms folded, traditional characters simplified, lower case, no white space."""
    return _SPACE.sub("", fold(unicodedata.normalize("NFKC", text))).lower()


def uniform(text: str) -> str:
    """`plain`, with places, dates, years and figures each put as one sign."""
    text = _HEADER.sub("", plain(text))
    text = _PLACES.sub(PLACE, mask_places(text))
    return _DIGITS.sub(NUMBER, _YEAR.sub("年", _DATE_TIME.sub("", text)))
