"""Bytes of a file → text, whatever encoding it is in and whether or not it says so."""

import codecs
import re

from charset_normalizer import from_bytes

from core.errors import InputError

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_CHINESE = {"gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "hz-gb-2312"}
_OTHERS = ["big5", "utf_16_le", "utf_16_be"]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_NOT_STORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b\ufeff]")
_BINARY_STARTS = (
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"\x1f\x8b",
)


def decode(content: bytes, where: str) -> str:
    """The text of a file: by its byte order mark, by what it declares, as UTF-8, as GB18030, at last by guessing.

    InputError for what is no text at all, or is in no encoding that fits from the first to the last byte.
    """
    if not content.strip():
        raise InputError("文件是空的", where)
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if marked is None and (content.startswith(_BINARY_STARTS) or b"\0" in content[:4096].replace(b"\0\0", b"\0", 1)):
        marked = _two_byte(content, where)
    for name in (marked, _declared(content), "utf-8", "gb18030"):
        text = _strictly(content, name) if name else None
        if text is not None and _is_text(text):
            return text
    guess = from_bytes(content, cp_isolation=_OTHERS).best()
    if guess is None or not _is_text(str(guess)):
        raise InputError("无法识别文字编码：请另存为 UTF-8 或 GB18030 后重试", where)
    return str(guess)


def clean(words: str) -> str:
    """`words` without characters that can't be stored or seen, with one kind of line end, without blanks around."""
    return _NOT_STORABLE.sub("", words.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _two_byte(content: bytes, where: str) -> str:
    """UTF-16 without a mark has zero bytes too; anything else that has is no text."""
    high_bytes_first = content[::2].count(0) > content[1::2].count(0)  # the zeros are the high bytes of ASCII letters
    name = "utf-16-be" if high_bytes_first else "utf-16-le"
    text = _strictly(content, name)
    if text is not None and _is_text(text) and re.search(r"[\u4e00-\u9fa5]{4}", text):
        return name
    raise InputError("不是文本文件（内容是二进制）：请检查扩展名是否正确", where)


def _declared(content: bytes) -> str | None:
    found = _DECLARED.search(content[:4096])
    if found is None:
        return None
    name = found[1].decode("ascii").lower()
    if name in _CHINESE:
        return "gb18030"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _strictly(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (UnicodeError, LookupError):
        return None


def _is_text(text: str) -> bool:
    return len(_UNPRINTABLE.findall(text)) * 200 <= len(text)
