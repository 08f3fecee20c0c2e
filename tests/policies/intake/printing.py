"""Documents as they are printed, for the readers of PDF and OFD: the same sheet in either format."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
MARGIN, LETTERS = 79.0, 28
"""Points of the left edge, and letters of 16 points that a line holds (GB/T 9704-2012)."""

_MM = 25.4 / 72
registerFont(UnicodeCIDFont(FONT))


def width_of(text: str, size: float) -> float:
    return float(stringWidth(text, FONT, size))


@dataclass
class Document:
    """Pages of words: text, left and baseline (downwards) in points, size."""

    pages: list[list[tuple[str, float, float, float]]] = field(default_factory=lambda: [[]])
    down: float = 80.0

    def put(self, text: str, left: float = MARGIN, size: float = 16, step: float = 28) -> None:
        if self.down > 700:
            self.number()
            self.turn()
        self.pages[-1].append((text, left, self.down, size))
        self.down += step

    def centre(self, text: str, size: float = 22, step: float = 30) -> None:
        self.put(text, (A4[0] - width_of(text, size)) / 2, size, step)

    def right(self, text: str) -> None:
        self.put(text, MARGIN + (LETTERS - 4) * 16 - width_of(text, 16))

    def paragraph(self, text: str, indent: int = 2, size: float = 16) -> None:
        room, first = LETTERS * 16.0, indent * size
        while text:
            count = len(text)
            while width_of(text[:count], size) > room - first:
                count -= 1
            self.put(text[:count], MARGIN + first, size)
            text, first = text[count:], 0.0

    def number(self) -> None:
        words = f"— {len(self.pages)} —"
        self.pages[-1].append((words, (A4[0] - width_of(words, 14)) / 2, 790, 14))

    def turn(self) -> None:
        self.pages.append([])
        self.down = 80.0


def as_pdf(document: Document, draw: Callable[[Canvas, int], None] = lambda canvas, page: None) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for number, words in enumerate(document.pages):
        for text, left, down, size in words:
            canvas.setFont(FONT, size)
            canvas.drawString(left, A4[1] - down, text)
        draw(canvas, number)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def text_object(text: str, left: float, down: float, size: float) -> str:
    """One OFD text object, with the places of its letters as a run: places in points, the file has millimetres."""
    steps = " ".join(f"{width_of(letter, size) * _MM:.3f}" for letter in text[:-1])
    bounds = f"{left * _MM:.3f} {(down - size) * _MM:.3f} {width_of(text, size) * _MM:.3f} {1.3 * size * _MM:.3f}"
    return (
        f'<ofd:TextObject ID="9" Boundary="{bounds}" Font="2" Size="{size * _MM:.3f}">'
        f'<ofd:TextCode X="0" Y="{size * _MM:.3f}" DeltaX="{steps}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def as_ofd(document: Document) -> bytes:
    return ofd_of(["".join(text_object(*words) for words in page) for page in document.pages])


def ofd_of(pages: Sequence[str], **parts: str) -> bytes:
    """An OFD file whose pages hold these elements; `parts` are added or replace those that there are, by path."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    box = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    files = {
        "OFD.xml": f'<ofd:OFD {space} Version="1.0" DocType="OFD"><ofd:DocBody>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData>{box}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
    }
    for number, content in enumerate(pages):
        files[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f'<ofd:Page {space}><ofd:Content><ofd:Layer ID="1">{content}</ofd:Layer></ofd:Content></ofd:Page>'
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path, words in (files | parts).items():
            package.writestr(path, words if words.startswith("<?xml") else head + words)
    return buffer.getvalue()
