"""Text and Word files: a title, fields, the document."""

import io
from datetime import date

import docx
import pytest

from core.errors import InputError
from policies.intake import plain_text, word_file

WRITTEN = """北京市人力资源和社会保障局关于开展就业见习的通知
文　号：京人社就发〔2024〕1号
发文机关：北京市人力资源和社会保障局
发布日期：2024年3月1日
网址：https://rsj.beijing.gov.cn/a.html
有效期至：2026-12-31

一、支持对象：离校未就业高校毕业生。
文号：不再是字段
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_fields_between_title_and_text_are_read(encoding: str) -> None:
    (policy,) = plain_text.read(WRITTEN.encode(encoding), "a.txt")
    assert policy.title == "北京市人力资源和社会保障局关于开展就业见习的通知"
    assert policy.doc_number == "京人社就发〔2024〕1号"
    assert policy.agency == "北京市人力资源和社会保障局"
    assert policy.published_date == date(2024, 3, 1)
    assert policy.expires_date == date(2026, 12, 31)
    assert policy.url == "https://rsj.beijing.gov.cn/a.html"
    assert policy.text == "一、支持对象：离校未就业高校毕业生。\n文号：不再是字段"


def test_a_word_file_is_read_with_its_tables_in_place() -> None:
    document = docx.Document()
    document.add_paragraph("关于开展就业见习的通知")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "发文字号", "京人社就发〔2024〕1号"
    document.add_paragraph("一、支持对象")
    buffer = io.BytesIO()
    document.save(buffer)
    (policy,) = word_file.read(buffer.getvalue(), "a.docx")
    assert (policy.title, policy.doc_number, policy.text) == (
        "关于开展就业见习的通知",
        "京人社就发〔2024〕1号",
        "一、支持对象",
    )


def test_what_has_no_title_is_refused() -> None:
    with pytest.raises(InputError, match="缺少标题"):
        list(plain_text.read("2024-01-01\n正文".encode(), "a.txt"))
    with pytest.raises(InputError, match="标题超过 500 字"):
        list(plain_text.read(("很" * 501).encode(), "a.txt"))
    with pytest.raises(InputError, match="发布日期有误：“明天”不是日期"):
        list(plain_text.read("标题\n发布日期：明天\n正文".encode(), "a.txt"))


def test_what_is_no_word_file_is_refused() -> None:
    with pytest.raises(InputError, match="不是有效的 Word 文件"):
        list(word_file.read(b"PK\x03\x04 not a document", "a.docx"))
