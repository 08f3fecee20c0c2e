"""A policy as a PDF: the letters are taken out by policies.intake.pdf_process, in a process with bounds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import InputError
from policies.intake.official import policy_of_pages
from policies.intake.pages import MOST_LETTERS, MOST_PAGES, Glyph, Page, lines_of
from policies.policy_text import PolicyText

SECONDS = 60
"""Processor time that one file may take; 300,000 letters, the most there may be, took 6 s on a slow core."""

MEMORY = 1 << 30
"""Bytes that one file may take, with the program itself."""

_WAIT = 4 * SECONDS
_PROGRAM = Path(__file__).with_name("pdf_process.py")
_READABLE = 0.8
"""Share of letters that must have a meaning; fonts without a table of characters have none."""

_ERRORS = {
    "password": "PDF 有密码：请先用阅读软件去掉密码（另存或打印为新的 PDF），或上传 Word、文本",
    "damaged": "PDF 已损坏或不完整：请重新下载或导出",
    "pages": f"PDF 超过 {MOST_PAGES} 页：请拆分后导入",
    "letters": f"PDF 超过 {MOST_LETTERS} 字：请拆分后导入",
}


def read(content: bytes, name: str) -> Iterator[PolicyText]:
    """The one policy of a PDF. InputError where it is none, is locked, damaged, a scan, or larger than is sane."""
    if not content.strip():
        raise InputError("文件是空的", name)
    if b"%PDF-" not in content[:1024]:  # ISO 32000-1, annex H.3: readers look for the header in the first 1024 bytes
        raise InputError("不是 PDF 文件（内容是别的格式）：请检查扩展名是否正确", name)
    answer = _taken_apart(content, name)
    if "error" in answer:
        raise InputError(_ERRORS[answer["error"]], name)
    letters = sum(len(page["glyphs"]) for page in answer["pages"])
    if letters < _READABLE * (letters + answer["garbled"]):
        raise InputError("PDF 里的字没有对应的文字编码，读出来是乱码：请上传 Word、文本，或做文字识别（OCR）", name)
    pages = [_page(page) for page in answer["pages"]]
    yield policy_of_pages(pages, name, "PDF")


def _taken_apart(content: bytes, name: str) -> dict[str, Any]:
    bounds = map(str, (MOST_PAGES, MOST_LETTERS, SECONDS, MEMORY))
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the file comes on its standard input
            [sys.executable, "-I", str(_PROGRAM), *bounds], input=content, capture_output=True, timeout=_WAIT, env={}
        )
    except subprocess.TimeoutExpired as error:
        raise InputError("PDF 读取超时：请拆分，或上传 Word、文本", name) from error
    if done.returncode:  # out of memory or time, or PDFium gave up
        raise InputError("PDF 读不出来（过于复杂或已损坏）：请重新导出，或上传 Word、文本", name)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _page(page: dict[str, Any]) -> Page:
    return Page(page["height"], lines_of(Glyph(*glyph) for glyph in page["glyphs"]), page["drawn"])
