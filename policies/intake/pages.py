"""What a page shows, for the formats that only know where each letter stands (PDF, OFD): letters → lines.

Lengths are in the unit of the format (points, millimetres): everything here is judged by ratios of them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from core.errors import InputError

MOST_PAGES, MOST_LETTERS = 500, 300_000
"""Bounds of one file. At 22 lines of 28 letters a page (GB/T 9704-2012), so many letters fill 487 pages."""

_SAME_LINE = 0.5
_WORD_GAP, _CELL_GAP, _ROW_GAP = 0.18, 1.0, 1.5
"""Of the letter size, the distance from which on there is a blank that was written; one that only looks so; a cell."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One or several letters at their place: `baseline` is measured downwards from the upper edge of the page.

    Text that begins with a blank says that one was written before it; whether it is to be seen, the places tell.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is printed; `size` is that of most of its letters. `cells`: wide gaps, as in the row of a table."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    cells: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of `height`. `drawn` says that something other than text is on it: an image, a scan."""

    height: float
    lines: Sequence[Line]
    drawn: bool = False


def lines_of(glyphs: Iterable[Glyph]) -> list[Line]:
    """The lines of a page from top to bottom, the letters of each from left to right."""
    lines: list[list[Glyph]] = []
    seen = (glyph for glyph in glyphs if glyph.text.strip() and glyph.size > 0 and _has_place(glyph))
    for glyph in sorted(seen, key=lambda g: (g.baseline, g.left)):
        if lines and glyph.baseline - lines[-1][0].baseline < _SAME_LINE * min(glyph.size, lines[-1][0].size):
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    return [_line(sorted(line, key=lambda g: g.left)) for line in lines]


def joined(before: str, after: str) -> str:
    """Two pieces of one sentence: nothing between Chinese words, a blank between Latin ones."""
    apart = before[-1:].isascii() and before[-1:].isalnum() and after[:1].isascii() and after[:1].isalnum()
    return f"{before} {after}" if apart else before + after


def require_text(pages: Sequence[Page], name: str, sort: str) -> None:
    """InputError where there is no text, or most pages are only images; `sort` is what the file is called (PDF)."""
    scanned = sum(page.drawn and not page.lines for page in pages)
    written = sum(bool(page.lines) for page in pages)
    if scanned > written:
        reason = f"这份 {sort} 是扫描件（{len(pages)} 页里 {scanned} 页只有图像，没有文字）"
        raise InputError(f"{reason}：请先做文字识别（OCR），或上传 Word、文本", name)
    if not written:
        raise InputError(f"这份 {sort} 里没有文字", name)


def _has_place(glyph: Glyph) -> bool:
    """Broken files have letters of endless size, or nowhere."""
    return math.isfinite(glyph.left + glyph.right + glyph.baseline + glyph.size)


def _line(glyphs: Sequence[Glyph]) -> Line:
    text = ""
    weights: Counter[float] = Counter()
    usual = median([after.left - one.right for one, after in pairwise(glyphs)] or [0.0])  # more than 0 if justified
    for last, glyph in zip((None, *glyphs), glyphs, strict=False):
        if last is None or not _printed_twice(last, glyph):
            text += (" " if last and _apart(last, glyph, usual) else "") + glyph.text.strip()
            weights[round(glyph.size, 1)] += len(glyph.text)
    size = max(weights, key=lambda one: (weights[one], one))
    cells = any(after.left - one.right - usual > _ROW_GAP * size for one, after in pairwise(glyphs))
    return Line(text, glyphs[0].left, max(g.right for g in glyphs), glyphs[0].baseline, size, cells)


def _printed_twice(last: Glyph, glyph: Glyph) -> bool:
    """Some programs make bold letters by printing them twice, a hair apart."""
    return last.text.strip() == glyph.text.strip() and glyph.left - last.left < 0.2 * glyph.size


def _apart(last: Glyph, glyph: Glyph, usual: float) -> bool:
    """Whether two letters of a line, whose letters are `usual` apart, have a blank between them.

    Between Chinese and Latin letters programs leave a gap of their own: there only a wide one counts.
    """
    gap, size = glyph.left - last.right, min(last.size, glyph.size)
    latin = last.text[-1:].isascii(), glyph.text.strip()[:1].isascii()
    if all(latin) or (glyph.text[0] == " " and not any(latin)):
        return gap - (0.0 if all(latin) else usual) > _WORD_GAP * size
    return gap - usual > _CELL_GAP * size
