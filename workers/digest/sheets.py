"""The sheets that an edition is printed on: A4, its type, its colours, the number at the foot of each page.

The type is STSong-Light, one of the Asian fonts that a PDF may name without holding it (ISO 32000-1, 9.7.5.2): what
opens the file brings its own Song type. So no font is shipped, and the words can be searched and copied.
"""

from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph

from workers.digest.charts import BRAND, INK, SOFT

FONT = "STSong-Light"
SEAL, TINT = "#b02a20", "#e8f1f7"
WIDTH, HEIGHT = A4
SIDE, TOP, FOOT = 22 * mm, 20 * mm, 22 * mm

registerFont(UnicodeCIDFont(FONT))


def _style(name: str, size: float, colour: str = INK, **more: object) -> ParagraphStyle:
    lead = {"leading": size * 1.6, "wordWrap": "CJK", **more}
    return ParagraphStyle(name, fontName=FONT, fontSize=size, textColor=HexColor(colour), **lead)


BODY = _style("body", 12)
SMALL = _style("small", 10, SOFT)
TITLE = _style("title", 13, BRAND, spaceBefore=9)
COVER_NAME = _style("name", 22, SEAL, alignment=TA_CENTER)
COVER_PERIOD = _style("period", 34, INK, alignment=TA_CENTER, leading=50)
COVER_SMALL = _style("cover", 12, SOFT, alignment=TA_CENTER)
GROUP = _style("group", 18, BRAND, spaceBefore=18, spaceAfter=4)
TOPIC = _style("topic", 14, SEAL, spaceBefore=12, spaceAfter=2)
NUMBER = _style("number", 22, BRAND, alignment=TA_CENTER, leading=28)
COUNTED = _style("counted", 11, SOFT, alignment=TA_CENTER)


class Sheets(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no type hints
    """A document whose headings stand in the reader's list of contents, whose first page has no number."""

    def __init__(self, title: str, footer: str, draft: bool) -> None:
        self._buffer = BytesIO()
        # `invariant`: the same edition gives the same bytes, whenever it is printed.
        super().__init__(self._buffer, pagesize=A4, title=title, author=footer, lang="zh-CN", invariant=1)
        self._footer, self._draft, self._entries = footer, draft, 0
        frame = Frame(SIDE, FOOT, WIDTH - 2 * SIDE, HEIGHT - TOP - FOOT, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate("sheet", [frame], onPage=self._mark))

    def print(self, story: list[Flowable]) -> bytes:
        """The bytes of the PDF."""
        self.build(story)
        return self._buffer.getvalue()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        """Headings become entries of the outline."""
        level = {GROUP.name: 0, TOPIC.name: 1}.get(flowable.style.name) if isinstance(flowable, Paragraph) else None
        if level is not None:
            self._entries += 1
            key = f"entry{self._entries}"
            self.canv.bookmarkHorizontal(key, 0, self.frame._y + flowable.height)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, level, closed=level == 0)

    def _mark(self, canvas: Canvas, _: object) -> None:
        canvas.saveState()
        canvas.setFillColor(HexColor(SOFT))
        if self._draft:
            canvas.setFont(FONT, 11)
            canvas.drawRightString(WIDTH - SIDE, HEIGHT - 13 * mm, "草稿，尚未发布")
        if self.page > 1:
            canvas.setFont(FONT, 9.5)
            canvas.drawString(SIDE, 12 * mm, self._footer)
            canvas.drawRightString(WIDTH - SIDE, 12 * mm, f"第{self.page}页")
        canvas.restoreState()
