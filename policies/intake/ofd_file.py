"""A policy as an OFD file (GB/T 33190-2016, the state's format for documents that keep their layout)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from policies.intake.ofd_package import Element, Package
from policies.intake.official import policy_of_pages
from policies.intake.pages import MOST_LETTERS, MOST_PAGES, Glyph, Page, lines_of
from policies.policy_text import PolicyText


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a page, or the template under it, shows."""

    glyphs: list[Glyph]
    drawn: bool


def read(content: bytes, name: str) -> Iterator[PolicyText]:
    """The one policy of an OFD file. InputError where it is none, is locked, damaged, a scan, or too large."""
    package = Package(content, name)
    pages: list[Page] = []
    letters = 0
    for height, sheets in _pages(package):
        letters += sum(len(sheet.glyphs) for sheet in sheets)
        if letters > MOST_LETTERS:
            raise package.refusal(f"OFD 超过 {MOST_LETTERS} 字：请拆分后导入")
        if len(pages) == MOST_PAGES:
            raise package.refusal(f"OFD 超过 {MOST_PAGES} 页：请拆分后导入")
        lines = lines_of(glyph for sheet in sheets for glyph in sheet.glyphs)
        pages.append(Page(height, lines, any(sheet.drawn for sheet in sheets)))
    yield policy_of_pages(pages, name, "OFD")


def _pages(package: Package) -> Iterator[tuple[float, list[_Sheet]]]:
    """Height of each page of all documents, and its own content with that of its templates."""
    root, base = package.part("OFD.xml")
    for place in root.iterfind("{*}DocBody/{*}DocRoot"):
        document, path = package.part(place.text or "", base)
        paper = document.findtext("{*}CommonData/{*}PageArea/{*}PhysicalBox")
        templates = {one.get("ID"): one.get("BaseLoc") for one in document.iterfind("{*}CommonData/{*}TemplatePage")}
        under: dict[str, _Sheet] = {}
        for page in document.iterfind("{*}Pages/{*}Page"):
            content, _ = package.part(page.get("BaseLoc", ""), path)
            used = [one.get("TemplateID", "") for one in content.iterfind("{*}Template")]
            for number in used:
                if number not in under and templates.get(number):
                    under[number] = _sheet(package.part(templates[number], path)[0])
            sheets = [under[number] for number in used if number in under]
            yield _height(content.findtext("{*}Area/{*}PhysicalBox") or paper), [*sheets, _sheet(content)]


def _sheet(content: Element) -> _Sheet:
    glyphs = (glyph for thing in content.iter("{*}TextObject") for glyph in _glyphs(thing))
    drawn = next(content.iter("{*}ImageObject", "{*}PathObject"), None) is not None
    return _Sheet(list(islice(glyphs, MOST_LETTERS + 1)), drawn)


def _height(box: str | None) -> float:
    """From `x y width height`, in millimetres; that of A4 where it is missing."""
    values = _numbers(box) or ()
    return values[3] if len(values) == 4 and values[3] > 0 else 297.0


def _glyphs(thing: Element) -> Iterator[Glyph]:
    """The letters of a text object: boundary, then its matrix, then the places of its text codes (11.2, 11.3)."""
    origin = (*(_numbers(thing.get("Boundary")) or ()), 0.0, 0.0)
    a, b, c, d, e, f = _matrix(thing)
    size = (_numbers(thing.get("Size")) or (0.0,))[0]
    if min(abs(a), abs(b)) > 0.05 * max(abs(a), abs(b)):  # aslant: a watermark
        return
    x = y = 0.0
    for code in thing.iterfind("{*}TextCode"):
        x, y = (_numbers(code.get("X")) or (x,))[0], (_numbers(code.get("Y")) or (y,))[0]
        text = code.text or ""
        for letter, right, down, width in _spread(text, code, x, y, size):
            left = origin[0] + a * right + c * down + e
            baseline = origin[1] + b * right + d * down + f
            yield Glyph(letter, left, left + math.hypot(a, b) * width, baseline, size * math.hypot(c, d))


def _spread(text: str, code: Element, x: float, y: float, size: float) -> Iterator[tuple[str, float, float, float]]:
    """Letters with their place and width in the object; a blank is put in front of the letter after it."""
    steps, falls = _deltas(code.get("DeltaX"), len(text)), _deltas(code.get("DeltaY"), len(text))
    blank = ""
    for number, letter in enumerate(text):
        width = size / 2 if letter.isascii() else size
        if letter.isspace():
            blank = " "
        else:
            yield blank + letter, x, y, width
            blank = ""
        x += steps[number] if number < len(steps) else (0.0 if falls else width)
        y += falls[number] if number < len(falls) else 0.0


def _deltas(words: str | None, most: int) -> list[float]:
    """`3 3 g 4 6.35` → 3, 3 and four times 6.35 (7.3, compressed arrays), at most so many as there are letters."""
    values: list[float] = []
    rest = iter((words or "").split())
    for word in rest:
        if len(values) >= most:
            break
        times, step = (next(rest, ""), next(rest, "")) if word == "g" else ("1", word)
        (count, *_), (value, *_) = _numbers(times) or (0.0,), _numbers(step) or (0.0,)
        values += [value] * int(min(max(count, 0.0), most))
    return values


def _matrix(thing: Element) -> tuple[float, ...]:
    given = _numbers(thing.get("CTM"))
    return given if given and len(given) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _numbers(words: str | None) -> tuple[float, ...] | None:
    """The finite numbers of an attribute; None where it is missing or holds anything else."""
    try:
        values = tuple(float(word) for word in (words or "").split())
    except ValueError:
        return None
    return values if values and all(map(math.isfinite, values)) else None
