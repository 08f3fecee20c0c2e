"""A program of its own that takes a PDF apart: PDF on standard input, one JSON object on standard output.

PDFium is C++ that reads what strangers upload, is not thread-safe and can't be interrupted. So it runs apart, without
the keys of the service in its environment, with bounded memory and processor time; policies.intake.pdf_file starts it.
Run by path: it imports nothing of the service. Arguments: most pages, most letters, seconds, bytes of memory.

Answer: `{"pages": [{"height": points, "drawn": bool, "glyphs": [[text, left, right, baseline, size], …]}], "garbled":
letters without a meaning}`, or `{"error": "password" | "damaged" | "pages" | "letters"}`.
"""

import ctypes
import json
import math
import sys
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

_UNKNOWN = {0, 0xFFFD, 0xFFFE, 0xFFFF}


def _limit(seconds: int, memory: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _document(content: bytes, most_pages: int, most_letters: int) -> dict[str, Any]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return {"error": "password" if error.err_code == pdfium.FPDF_ERR_PASSWORD else "damaged"}
    if len(document) > most_pages:
        return {"error": "pages"}
    pages, garbled, left = [], 0, most_letters
    for number in range(len(document)):
        try:
            page = document[number]
            text = page.get_textpage()
            left -= text.count_chars()
        except pypdfium2.PdfiumError:
            return {"error": "damaged"}
        if left < 0:
            return {"error": "letters"}
        seen, unknown = _page(page, text)
        pages.append(seen)
        garbled += unknown
    return {"pages": pages, "garbled": garbled}


def _page(page: Any, text: Any) -> tuple[dict[str, Any], int]:
    width, height = page.get_size()
    view = _View(width, height, page.get_rotation() // 90)
    letter = _Letter(text.raw)
    glyphs, garbled, blank = [], 0, ""
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(letter.text, index)
        if code in _UNKNOWN or pdfium.FPDFText_HasUnicodeMapError(letter.text, index) == 1:
            garbled += 1
        elif chr(code).isspace():  # also one that PDFium only supposes; the letter after it tells where it was
            blank = " "
        elif code > 32 and not 0xD800 <= code < 0xE000 and letter.look_at(index):
            glyphs.append([blank + chr(code), *letter.place(view)])
            blank = ""
    drawn = pdfium.FPDFPage_CountObjects(page.raw) > 0
    return {"height": view.height, "drawn": drawn, "glyphs": glyphs}, garbled


class _View(NamedTuple):
    """How a page is seen: its size after it was turned by so many quarters, clockwise."""

    width: float
    height: float
    quarters: int


class _Letter:
    """Where one letter stands; the buffers are made once, since a document has hundreds of thousands of letters."""

    def __init__(self, text: Any) -> None:
        self.text = text
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._size = 0.0

    def look_at(self, index: int) -> bool:
        """Take up the letter at `index`; False where it stands aslant, as a watermark does."""
        pdfium.FPDFText_GetMatrix(self.text, index, self._matrix)
        a, b, c, d = self._matrix.a, self._matrix.b, self._matrix.c, self._matrix.d
        if min(abs(a), abs(b)) > 0.05 * max(abs(a), abs(b)):
            return False
        pdfium.FPDFText_GetCharOrigin(self.text, index, self._x, self._y)
        pdfium.FPDFText_GetLooseCharBox(self.text, index, self._box)
        self._size = pdfium.FPDFText_GetFontSize(self.text, index) * math.hypot(c, d)
        return True

    def place(self, view: _View) -> list[float]:
        """Left, right, baseline (downwards from the upper edge) and size, as the page is seen."""
        x, y, box = self._x.value, self._y.value, self._box
        left, right, baseline = (
            (box.left, box.right, view.height - y),
            (box.bottom, box.top, x),
            (view.width - box.right, view.width - box.left, y),
            (view.width - box.top, view.width - box.bottom, view.height - x),
        )[view.quarters]
        return [round(value, 2) for value in (left, right, baseline, self._size)]


if __name__ == "__main__":
    _most_pages, _most_letters, _seconds, _memory = map(int, sys.argv[1:])
    _limit(_seconds, _memory)
    json.dump(_document(sys.stdin.buffer.read(), _most_pages, _most_letters), sys.stdout)
