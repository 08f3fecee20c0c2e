"""A policy as a Word file (.docx): paragraphs and tables in their order, read like a text file."""

import io
from collections.abc import Iterator
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table

from core.errors import InputError
from policies.intake.plain_text import policy_of_lines
from policies.policy_text import PolicyText


def read(content: bytes, name: str) -> Iterator[PolicyText]:
    """The one policy of a Word file. InputError where it is none, or doesn't begin with a title."""
    try:
        document = docx.Document(io.BytesIO(content))
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise InputError("不是有效的 Word 文件（.docx）", name) from error
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += ["：".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows]
        else:
            lines.append(block.text)
    yield policy_of_lines(lines, name)
