"""Bytes → text in every encoding that reaches us, and nothing else."""

import pytest

from core.errors import InputError
from policies.intake.decoding import clean, decode

WORDS = "北京市人民政府办公厅关于印发《北京市积分落户管理办法》的通知，各区人民政府。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_text_is_read_in_any_encoding_undeclared(encoding: str) -> None:
    assert decode(WORDS.encode(encoding), "a.txt") == WORDS
    assert decode(f"{WORDS} No. 1".encode(encoding), "a.txt") == f"{WORDS} No. 1"


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030", "utf-8", "no-such-encoding"])
def test_a_page_that_declares_wrongly_is_read_all_the_same(declared: str) -> None:
    page = f'<meta charset="{declared}">{WORDS}㐀𠀀'
    assert decode(page.encode("utf-8"), "a.html") == page
    assert decode(page.encode("gb18030"), "a.html") == page


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "文件是空的"),
        (b" \r\n\t ", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "不是文本文件"),
        (b"PK\x03\x04" + bytes(range(256)) * 8, "不是文本文件"),
        (bytes(range(256)) * 16, "不是文本文件"),
        (b"abc" + bytes(range(128, 256)) * 16, "无法识别文字编码"),
    ],
)
def test_what_is_no_text_is_refused_by_name(content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=f"^a.html：{reason}"):
        decode(content, "a.html")


def test_text_that_cannot_be_stored_is_cleaned() -> None:
    assert clean("\ufeff标题\x00\ud800\r\n正文\u200b ") == "标题\n正文"
