"""Whether an answer means: no more of this."""

import unicodedata

# Carriers prescribe R or T; the rest is what people write. An installation may know more.
REFUSALS = frozenset({"T", "TD", "R", "N", "QX", "0000", "退订", "拒收", "取消"})


def is_refusal(text: str, words: frozenset[str] = REFUSALS) -> bool:
    """True when `text` is nothing but a refusal; full-width letters, case, spaces and final stops don't matter."""
    plain = unicodedata.normalize("NFKC", text).strip(" \t\r\n.。!！'\"“”").upper()
    return plain in words
