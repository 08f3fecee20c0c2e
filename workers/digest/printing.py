"""The public edition as a PDF to be printed: a title page, the numbers, the policies by group and topic, what ends.

For a notice board or a reading room: everything that can be clicked also says its address.
"""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Paragraph, Spacer, Table, TableStyle

from workers.digest import paper_charts
from workers.digest.charts import BRAND
from workers.digest.public import Entry, Public
from workers.digest.sheets import (
    BODY,
    COUNTED,
    COVER_NAME,
    COVER_PERIOD,
    COVER_SMALL,
    GROUP,
    NUMBER,
    SMALL,
    TINT,
    TITLE,
    TOPIC,
    Sheets,
)
from workers.notices import chinese_date

_SCHEME = "://"


def render_pdf(public: Public, publisher: str, base: str) -> bytes:
    """The edition on A4 sheets; the same edition gives the same bytes.

    `publisher` is who signs it, `base` the address of the site, with which the edition's links must begin.
    """
    link = f"{base.rstrip('/')}/digest/{public.label}"
    sheets = Sheets(public.title, f"{publisher} · {public.title}", draft=public.released is None)
    story = [*_cover(public, publisher, link), *_numbers(public), *_choice(public)]
    for group in public.groups:
        above = [_heading(group.name)]
        for topic in group.topics:
            above.append(Paragraph(escape(topic.name), TOPIC))
            for entry in topic.entries:
                story.append(KeepTogether([*above, *_item(entry)]))
                above = []
    if not public.groups:
        story.append(Paragraph("本期没有新政策。", BODY))
    return sheets.print([*story, *_soon(public.soon), *_ended(public.ended), *_closing()])


def _cover(public: Public, publisher: str, link: str) -> Iterator[Flowable]:
    yield Spacer(1, 52 * mm)
    yield Paragraph(escape(public.name), COVER_NAME)
    yield Paragraph(escape(public.period), COVER_PERIOD)
    yield Spacer(1, 6 * mm)
    yield Paragraph(escape(publisher), COVER_SMALL)
    yield Paragraph(f"{chinese_date(public.released)}发布" if public.released else "草稿，尚未发布", COVER_SMALL)
    if public.foreword:
        yield Spacer(1, 14 * mm)
        yield from (Paragraph(escape(part), BODY) for part in public.foreword.splitlines() if part.strip())
    yield Spacer(1, 16 * mm)
    code = Drawing(30 * mm, 30 * mm)
    code.add(QrCodeWidget(link, barWidth=30 * mm, barHeight=30 * mm, barBorder=0))
    code.hAlign = "CENTER"
    yield code
    yield Spacer(1, 3 * mm)
    yield Paragraph(f"扫码看网页版，或打开 {_linked(link, _short(link))}", COVER_SMALL)
    yield PageBreak()


def _numbers(public: Public) -> Iterator[Flowable]:
    yield _heading("本期数字")
    counted = [
        ("新政策", public.count),
        ("有申报期限", public.figures["closing"]),
        ("即将截止", len(public.soon)),
        ("废止", len(public.ended)),
    ]
    cells = [[Paragraph(str(n), NUMBER) for _, n in counted], [Paragraph(name, COUNTED) for name, _ in counted]]
    yield Table(cells, style=TableStyle([("BACKGROUND", (0, 0), (-1, -1), HexColor(TINT))]))
    for chart in public.charts:
        title = Paragraph(escape(chart.title), TITLE)
        yield KeepTogether([title, Spacer(1, 2 * mm), paper_charts.draw(chart)])


def _choice(public: Public) -> Iterator[Flowable]:
    if public.chosen:
        yield KeepTogether([_heading("编辑推荐"), *_item(public.chosen)])


def _item(entry: Entry) -> list[Flowable]:
    """Title, sentence, whence and until when, and the address for those who hold paper."""
    origin = " ".join(filter(None, (entry.agency, entry.doc_number, entry.published)))
    until = f" <font color='{BRAND}'>{escape(entry.deadline)}截止</font>" if entry.deadline else ""
    parts = [Paragraph(_linked(entry.link, entry.title), TITLE)]
    if entry.sentence:
        parts.append(Paragraph(escape(entry.sentence), BODY))
    if origin or until:
        parts.append(Paragraph(escape(origin) + until, SMALL))
    return [*parts, Paragraph(_linked(entry.link, _short(entry.link)), SMALL)]


def _soon(entries: Sequence[Entry]) -> Iterator[Flowable]:
    above = [_heading("即将截止")]
    for entry in entries:
        until = Paragraph(f"{escape(entry.deadline)}截止 {_linked(entry.link, _short(entry.link))}", SMALL)
        yield KeepTogether([*above, Paragraph(_linked(entry.link, entry.title), TITLE), until])
        above = []


def _ended(ended: Sequence[tuple[str, str]]) -> Iterator[Flowable]:
    above = [_heading("本期废止")]
    for gone, by in ended:
        told = [Paragraph(escape(gone), BODY), Paragraph(f"由《{escape(by)}》废止", SMALL), Spacer(1, 2 * mm)]
        yield KeepTogether([*above, *told])
        above = []


def _closing() -> Iterator[Flowable]:
    yield Spacer(1, 10 * mm)
    yield Paragraph("政策以发文机关公布的原文为准。", SMALL)


def _heading(words: str) -> Paragraph:
    return Paragraph(escape(words), GROUP)


def _linked(link: str, words: str) -> str:
    return f"<a href={quoteattr(link)}>{escape(words)}</a>"


def _short(link: str) -> str:
    """An address as people type it."""
    return link.partition(_SCHEME)[2] or link
