"""An official text with the words marked that a claim stands on. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of the text from `start` to `end`, in characters. Each is the target of `#e{start}`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph. `anchors` begin here (where a claim's words start); `marked` words carry a claim."""

    text: str
    marked: bool
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of the text in pieces; short lines without a full stop are headings."""

    pieces: tuple[Piece, ...]
    heading: bool


LONGEST_HEADING = 30


def paragraphs(text: str, marks: Iterable[Mark]) -> list[Paragraph]:
    """`text` by its lines, empty ones left out, with `marks` (they may overlap and cross lines) as pieces."""
    wanted = sorted(set(marks), key=lambda mark: (mark.start, mark.end))
    found = []
    anchored: set[int] = set()
    at = 0
    for line in text.split("\n"):
        if line.strip():
            start = at + len(line) - len(line.lstrip())
            end = at + len(line.rstrip())
            inside = [mark for mark in wanted if mark.start < end and mark.end > start]
            found.append(Paragraph(tuple(_pieces(text, start, end, inside, anchored)), is_heading(line.strip())))
        at += len(line) + 1
    return found


def is_heading(line: str) -> bool:
    """Whether a line reads as a heading: short, and numbered or without a stop at its end."""
    return len(line) <= LONGEST_HEADING and line[-1] not in "。；;，,、”" and line[0] in "一二三四五六七八九十第（(附"


def _pieces(text: str, start: int, end: int, marks: list[Mark], anchored: set[int]) -> Iterator[Piece]:
    """The stretch from `start` to `end`, cut wherever a mark begins or ends; each anchor stands once, at the first."""
    cuts = sorted({start, end, *(at for mark in marks for at in (mark.start, mark.end) if start < at < end)})
    for left, right in pairwise(cuts):
        covering = [mark.start for mark in marks if mark.start < right and mark.end > left]
        anchors = tuple(at for at in dict.fromkeys(covering) if at not in anchored)
        anchored.update(anchors)
        yield Piece(text[left:right], bool(covering), anchors)


def marks_in(spans: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """The marks of spans `{"text", "start", "source"?}` that stand in the text itself."""
    return [
        Mark(span["start"], span["start"] + len(span["text"]))
        for span in spans
        if span.get("source", "text") == "text" and span["text"]
    ]


def marks_of_conditions(node: Mapping[str, Any]) -> list[Mark]:
    """The marks of all quotes in a condition tree that say where they start."""
    if "field" in node:
        quote, start = node.get("quote") or "", node.get("start")
        return [Mark(start, start + len(quote))] if quote and start is not None and node.get("in") != "title" else []
    children = [child for key in ("all", "any") for child in node.get(key, [])]
    if "not" in node:
        children.append(node["not"])
    return [mark for child in children for mark in marks_of_conditions(child)]
