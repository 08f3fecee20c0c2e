"""Making a text fit the narrow places of a message, so that it still reads well."""

import unicodedata

ELLIPSIS = "…"
_BREAKS = "，,；;。、：: （(《"


def one_line(text: str) -> str:
    """`text` without line breaks, doubled spaces, emoji and control characters."""
    return " ".join(text.translate(_LETTERS).split())


def shorten(text: str, longest: int) -> str:
    """`text` in at most `longest` characters, cut at a stop where one is near and ended by “…”."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    for stop in range(len(cut) - 1, max(len(cut) * 2 // 3, 1) - 1, -1):
        if cut[stop] in _BREAKS:
            return cut[:stop] + ELLIPSIS
    return cut.rstrip(_BREAKS) + ELLIPSIS


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter if letter.isprintable() else " "
    kind = unicodedata.category(letter)
    # Emoji are "other symbols" or lie beyond the first plane; rare Han characters (plane 2 and 3) stay.
    if kind in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if kind in ("So", "Cf", "Cs", "Co", "Cn", "Sk") or 0xFE00 <= ord(letter) <= 0xFE0F:
        return ""
    return letter


class _Letters(dict[int, str]):
    """What becomes of each letter, by its number; a letter is judged when it is first met."""

    def __missing__(self, number: int) -> str:
        return self.setdefault(number, _plain(chr(number)))


_LETTERS = _Letters()
