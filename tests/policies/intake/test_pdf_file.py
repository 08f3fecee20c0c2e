"""PDF: files that are none, are locked, are scans, or want to break the reader."""

import io
import zlib
from collections.abc import Sequence

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from core.errors import InputError
from policies.intake import pdf_file
from policies.policy_text import PolicyText
from tests.policies.intake.printing import FONT, Document, as_pdf

ARIAL = b"<< /Type /Font /Subtype /Type1 /BaseFont /Arial >>"


def read(content: bytes) -> PolicyText:
    (policy,) = pdf_file.read(content, "a.pdf")
    return policy


def of_objects(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1, without a table of them: readers look for them then."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


def with_stream(
    stream: bytes, filters: bytes, font: bytes = b"<< /Type /Font /Subtype /Type1 /BaseFont /Arial >>"
) -> bytes:
    """A PDF of one page with this content stream."""
    return of_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
            font,
        ]
    )


def scanned(pages: int, words: int = 0) -> bytes:
    """`pages` images, the first `words` of them over text."""
    picture = ImageReader(Image.new("L", (60, 80), 200))
    written = Document()
    written.centre("关于发放补贴的通知")
    written.paragraph("对参保企业给予一次性稳岗补贴，每人500元，由各区发放。")
    document = Document(pages=[written.pages[0] if n < words else [] for n in range(pages)])
    return as_pdf(document, lambda canvas, page: canvas.drawImage(picture, 0, 0, 595, 842) if page >= words else None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b" \n", "文件是空的"),
        (b"PK\x03\x04 a Word file", "不是 PDF 文件（内容是别的格式）：请检查扩展名是否正确"),
        (b"%PDF-1.7\nnothing follows", "PDF 已损坏或不完整：请重新下载或导出"),
        (scanned(1)[:600], "PDF 已损坏或不完整：请重新下载或导出"),
    ],
)
def test_what_is_no_whole_pdf_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as refused:
        read(content)
    assert str(refused.value) == f"a.pdf：{said}"


def test_a_scan_is_refused_with_the_next_step() -> None:
    with pytest.raises(InputError) as refused:
        read(scanned(3))
    assert refused.value.reason == (
        "这份 PDF 是扫描件（3 页里 3 页只有图像，没有文字）：请先做文字识别（OCR），或上传 Word、文本"
    )
    with pytest.raises(InputError, match="3 页里 2 页只有图像"):
        read(scanned(3, words=1))


def test_an_image_among_pages_of_text_is_told_in_the_text() -> None:
    policy = read(scanned(2, words=1))
    assert policy.title == "关于发放补贴的通知"
    assert policy.text.split("\n")[1:] == ["［第2页是图像，没有文字，未读入］"]


def test_a_locked_file_is_refused() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt="opens")
    canvas.setFont(FONT, 22)
    canvas.drawString(200, 700, "关于发放补贴的通知")
    canvas.save()
    with pytest.raises(InputError, match="PDF 有密码：请先用阅读软件去掉密码"):
        read(buffer.getvalue())


def test_letters_without_a_meaning_are_refused() -> None:
    nameless = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [<< /Type /Font"
        b" /Subtype /CIDFontType2 /BaseFont /A"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
        b" /FontDescriptor << /Type /FontDescriptor /FontName /A /Flags 4 >> >>] >>"
    )
    page = b"BT /F1 16 Tf 100 700 Td <0FA10FA20FA30FA40FA5> Tj ET"
    with pytest.raises(InputError, match="没有对应的文字编码，读出来是乱码"):
        read(with_stream(zlib.compress(page), b"/FlateDecode", nameless))


def packed(piece: bytes, times: int) -> bytes:
    """What `piece`, so many times over, is packed to; made without unpacking it."""
    packer = zlib.compressobj(9)
    first = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (times - 1) + packer.flush()


def test_a_bomb_ends_the_process_that_reads_and_not_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "MEMORY", 256 << 20)
    bomb = with_stream(zlib.compress(packed(b"0 0 m 9 9 l S\n" * (1 << 16), 1000)), b"[/FlateDecode /FlateDecode]")
    assert len(bomb) < 100_000  # of nearly 1 GB
    with pytest.raises(InputError, match="PDF 读不出来（过于复杂或已损坏）"):
        read(bomb)


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "SECONDS", 1)
    endless = packed(b"BT /F1 1 Tf 1 0 0 1 1 1 Tm ET\n" * (1 << 15), 400)
    with pytest.raises(InputError, match="PDF 读不出来（过于复杂或已损坏）"):
        read(with_stream(endless, b"/FlateDecode"))
