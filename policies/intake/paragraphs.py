"""Printed lines → paragraphs: without page numbers and running heads, wrapped lines joined.

What a line is, is told by where it stands. GB/T 9704-2012 (layout of official documents): 28 letters a line, paragraphs
begin two letters further in and go on at the margin; page numbers stand outside, as — 1 —.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from policies.intake.pages import Line, Page, joined

_EDGE_ZONE = 0.12
"""Of the page's height, above and below: where page numbers and running heads stand."""

_PAGE_NUMBER = re.compile(
    r"[-—–―－─·\s]*(?:第\s*)?\d{1,4}\s*页?(?:\s*[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?[-—–―－─·\s]*"
)
_ADDRESS = re.compile(r"(?:https?://|file:///)\S+(?:\s+\d+/\d+)?")
_NUMBERED = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.．]|第[一二三四五六七八九十百]{1,5}[章节条]|[（(](?:[一二三四五六七八九十]{1,3}|\d{1,2})[）)]|"
    r"\d{1,2}(?:[．、]|\.(?!\d))|[①-⑳])"
)
_SENTENCE_END = re.compile(r"[。；：！？;:!?][”’）)」』]?$")
_GOES_ON = re.compile(r"[、，,（(《“和及或与至第]$")


@dataclass(frozen=True, slots=True)
class Block:
    """The column of text on a page: edges, size of its letters, whether paragraphs begin further in, line distance."""

    left: float
    right: float
    size: float
    indents: bool = False
    pitch: float = math.inf

    def indent(self, line: Line) -> float:
        """How far in a line begins, in letters."""
        return (line.left - self.left) / self.size

    def is_centred(self, line: Line) -> bool:
        """Whether a line stands in the middle, a letter or more from both edges."""
        before, after = line.left - self.left, self.right - line.right
        return min(before, after) >= 0.9 * self.size and abs(before - after) <= 1.5 * self.size

    def is_big(self, line: Line) -> bool:
        """Whether the letters of a line are larger than those of the text."""
        return line.size >= 1.12 * self.size

    def spans(self, line: Line) -> bool:
        """Whether a line goes from edge to edge, so that what follows may belong to it.

        One whose sentence goes on may end earlier, as before a long word; where paragraphs begin further in, that alone
        tells most.
        """
        ended = _SENTENCE_END.search(line.text) is not None
        if self.indents:
            slack = 3.5 * self.size if ended else 0.35 * (self.right - self.left)
        else:
            slack = (1.6 if ended else 4.0) * self.size
        return self.indent(line) <= 4.5 and self.right - line.right <= slack


@dataclass(frozen=True, slots=True)
class Printed:
    """A line and the column in which it stands."""

    line: Line
    block: Block


def printed_lines(pages: Sequence[Page]) -> list[Printed]:
    """The lines of all pages that belong to the text, in their order."""
    kept = _without_furniture(pages)
    size = _text_size(line for page in kept for line in page.lines)
    blocks = _blocks(kept, size)
    lines = [Printed(line, block) for page, block in zip(kept, blocks, strict=True) for line in page.lines]
    body = [one for one in lines if not one.block.is_big(one.line)]
    begun = sum(1.2 <= one.block.indent(one.line) <= 3.5 for one in body)
    indents, pitch = begun * 25 >= len(body), _pitch(lines)
    return [replace(one, block=replace(one.block, indents=indents, pitch=pitch)) for one in lines]


def paragraphs_of(lines: Sequence[Printed]) -> list[str]:
    """The paragraphs, wrapped lines joined, also over the end of a page."""
    paragraphs: list[str] = []
    for number, one in enumerate(lines):
        if number and _continues(lines[number - 1], one):
            paragraphs[-1] = joined(paragraphs[-1], one.line.text)
        else:
            paragraphs.append(one.line.text)
    return paragraphs


def _continues(before: Printed, one: Printed) -> bool:
    if before.line.cells or one.line.cells or abs(before.line.size - one.line.size) > 0.12 * one.block.size:
        return False
    if one.block.is_big(one.line) and one.block.is_centred(one.line):  # a heading over two lines, as of an annex
        return before.block.is_big(before.line) and not _SENTENCE_END.search(before.line.text)
    apart = one.line.baseline - before.line.baseline > 1.3 * one.block.pitch
    if apart or not before.block.spans(before.line):
        return False
    ended = _SENTENCE_END.search(before.line.text) is not None
    numbered = _NUMBERED.match(one.line.text) is not None
    if one.block.indent(one.line) >= 1.2:  # goes on only in a list that stands further in as a whole
        inside = abs(one.block.indent(one.line) - before.block.indent(before.line)) < 0.3
        return inside and not ended and not numbered
    if numbered:
        return not ended and (one.block.indents or _GOES_ON.search(before.line.text) is not None)
    return True


def _pitch(lines: Sequence[Printed]) -> float:
    """How far the lines of one paragraph are from each other; infinite where too few are seen to tell."""
    pairs = pairwise(lines)
    steps = [after.line.baseline - one.line.baseline for one, after in pairs if one.block.spans(one.line)]
    steps = [step for step in steps if step > 0]
    return median(steps) if len(steps) >= 4 else math.inf


def _text_size(lines: Iterable[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[line.size] += len(line.text) if line.size else 0  # a note of ours has none
    return max(weights, key=lambda size: (weights[size], -size)) or 1.0 if weights else 1.0


def _blocks(pages: Sequence[Page], size: float) -> list[Block]:
    """The column of each page; of one that shows too little of it, the widest column of all."""
    found = []
    for page in pages:
        lines = [line for line in page.lines if abs(line.size - size) <= 0.12 * size] or page.lines
        left = min((line.left for line in lines), default=0.0)
        found.append(Block(left, max((line.right for line in lines), default=left), size))
    widest = max(found, key=lambda block: block.right - block.left, default=Block(0.0, 0.0, size))
    enough = 0.95 * (widest.right - widest.left)
    return [block if block.right - block.left >= enough else widest for block in found]


def _without_furniture(pages: Sequence[Page]) -> list[Page]:
    """The pages without numbers, addresses and the lines that come again at the same edge of most pages."""
    ends = Counter(key for page in pages for key in {_key(line) for line in (page.lines[:1], page.lines[-1:]) if line})
    running = {key for key, times in ends.items() if times >= 3 and times * 2 > len(pages)}
    return [replace(page, lines=_trimmed(page, running)) for page in pages]


def _key(lines: Sequence[Line]) -> str:
    return re.sub(r"\d+", "", lines[0].text)


def _trimmed(page: Page, running: set[str]) -> list[Line]:
    def is_furniture(line: Line) -> bool:
        edge = not _EDGE_ZONE * page.height < line.baseline < (1 - _EDGE_ZONE) * page.height
        odd = _PAGE_NUMBER.fullmatch(line.text) or _ADDRESS.fullmatch(line.text) or _key([line]) in running
        return edge and bool(odd)

    lines = list(page.lines)
    while lines and is_furniture(lines[-1]):
        lines.pop()
    while lines and is_furniture(lines[0]):
        lines.pop(0)
    return lines
