"""What lies in an OFD file: a zip of XML, read with bounds, since anybody may send one.

GB/T 33190-2016: OFD.xml names the documents, each document its pages and templates by paths within the zip.
"""

import io
import posixpath
import struct
import zlib
from typing import Any, TypeAlias
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from core.errors import InputError

Element: TypeAlias = Any  # lxml comes without types

LARGEST_PART, LARGEST_ALL, MOST_PARTS = 8 << 20, 64 << 20, 20_000
"""Bytes of one XML part and of all that are read, unpacked; entries of the zip."""

_ZIP_ERRORS = (
    *(BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, LookupError, ArithmeticError, RuntimeError),
)
"""What zipfile raises for broken files: its own errors, and those of what it builds upon (negative places, …)."""

_DAMAGED = "OFD 文件已损坏或不完整：请重新下载或导出"
_LOCKED = "OFD 有密码：请先用阅读软件去掉密码，或上传 Word、文本"
_TOO_LARGE = "OFD 文件解开后过大：请拆分，或上传 Word、文本"


class Package:
    """The parts of an OFD file by path. InputError (naming `name`) for whatever is no sound OFD file."""

    def __init__(self, content: bytes, name: str) -> None:
        self._name = name
        if not content.strip():
            raise self.refusal("文件是空的")
        if not content.startswith(b"PK"):
            raise self.refusal("不是 OFD 文件（内容是别的格式）：请检查扩展名是否正确")
        try:
            self._zip = ZipFile(io.BytesIO(content))
        except _ZIP_ERRORS as error:
            raise self.refusal(_DAMAGED) from error
        self._parts = {_plain(entry.filename).lower(): entry for entry in self._zip.infolist()}
        self._left = LARGEST_ALL
        if len(self._zip.infolist()) > MOST_PARTS:
            raise self.refusal(_TOO_LARGE)
        if "ofd.xml" not in self._parts:
            locked = any("encrypt" in part for part in self._parts)
            raise self.refusal(_LOCKED if locked else "不是 OFD 文件（里面没有 OFD.xml）：请检查扩展名是否正确")

    def refusal(self, reason: str) -> InputError:
        """What to raise about this file."""
        return InputError(reason, self._name)

    def part(self, path: str, base: str = "") -> tuple[Element, str]:
        """The root of the XML at `path` and its own path; `path` counts from the folder of `base` unless it has a /."""
        own = _plain(path if path.startswith("/") else posixpath.join(posixpath.dirname(base), path))
        entry = self._parts.get(own.lower()) or self._parts.get(_plain(path).lower())  # some count from the top always
        if entry is None:
            raise self.refusal(f"{_DAMAGED}（缺少 {own[:80]}）")
        if entry.flag_bits & 1:
            raise self.refusal(_LOCKED)
        return self._parsed(self._unpacked(entry)), _plain(entry.filename)

    def _unpacked(self, entry: ZipInfo) -> bytes:
        """What the zip says of sizes is not believed: reading stops at the bound."""
        bound = min(LARGEST_PART, self._left)
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise self.refusal(_DAMAGED)
        try:
            with self._zip.open(entry) as stream:
                words = stream.read(bound + 1)
        except _ZIP_ERRORS as error:
            raise self.refusal(_DAMAGED) from error
        if len(words) > bound:
            raise self.refusal(_TOO_LARGE)
        self._left -= len(words)
        return words

    def _parsed(self, words: bytes) -> Element:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(words, parser)
        except etree.XMLSyntaxError as error:
            raise self.refusal(_DAMAGED) from error
        if root.getroottree().docinfo.doctype:  # OFD has none; entities are the way of attacks
            raise self.refusal("OFD 文件里有不允许的 XML 声明（DOCTYPE），未读取")
        return root


def _plain(path: str) -> str:
    """A path from the top of the zip; it never leaves it, since it is only looked up."""
    return posixpath.normpath(path.replace("\\", "/").strip()).lstrip("./")
