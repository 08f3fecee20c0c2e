"""A title for a text that came without one, or in which it is the first line."""

import re

LONGEST = 500
"""Letters a title may have: most have under a hundred, an English one or one that names ten agencies has more."""

_NO_TITLE = re.compile(r"^(?:nan|none|null|undefined|无标题|[\d\s:：/.\-年月日]*)$", re.IGNORECASE)
_HEADER_TITLE = re.compile(r"标\s*题\s*[:：]\s*([^\n|]{6,120})")
_SENTENCE_END = re.compile(r"[。；！？]")
SHORTEST, CUT = 6, 60


def is_title(words: str) -> bool:
    """Whether `words` say something: not empty, no bare date, not the `nan` that a spreadsheet leaves."""
    return _NO_TITLE.match(words) is None


def title_from_text(text: str) -> str:
    """The title in a text's header, else its first line that reads like one, else its first sentence cut short.

    Empty where the text holds nothing of the kind.
    """
    header = _HEADER_TITLE.search(text[:800])
    if header:
        return header[1].strip()
    pieces = [piece.strip() for line in text.splitlines()[:12] for piece in line.split("|")]
    pieces = [piece for piece in pieces if is_title(piece) and len(piece) >= SHORTEST]
    like_title = (p for p in pieces if len(p) <= CUT and not _SENTENCE_END.search(p) and not p.endswith(("：", ":")))
    found = next(like_title, "")
    if found or not pieces:
        return found
    sentence = _SENTENCE_END.split(pieces[0])[0]
    return sentence if len(sentence) <= CUT else sentence[:CUT] + "…"
