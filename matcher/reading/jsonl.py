"""Documents from the lines of a file, readings as lines of another."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from core.errors import InputError
from matcher.document import Document
from matcher.reading.reader import Reader

Line = tuple[dict[str, Any] | None, InputError | None]
"""One of the two: what was read, or why the line can't be."""

_TEXTS = ("text", "agency", "region", "doc_number")


def read_file(lines: Iterable[str], reader: Reader, name: str = "") -> Iterator[Line]:
    """The reading of each line, `{"id": …, **reading}`, as it comes; a bad line gives an error and the next is read.

    A line is `{"id","title","text"?,"agency"?,"region"?,"published_date"?,"doc_number"?}`; empty lines are skipped.
    `name` is the file's name for the messages (`政策.jsonl 第3行：…`).
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = parse_line(line, f"{name} 第{number}行".strip())
        except InputError as error:
            yield None, error
            continue
        yield {"id": document.id, **reader.read(document).as_dict()}, None


def parse_line(line: str, where: str) -> Document:
    """The document on `line`. Raises InputError, naming `where` and the field, for one that isn't valid."""
    try:
        row = json.loads(line.removeprefix("\ufeff"))
    except ValueError as error:
        raise InputError("不是有效的 JSON", where) from error
    except RecursionError as error:
        raise InputError("JSON 嵌套过深", where) from error
    if not isinstance(row, dict):
        raise InputError("应为一个 JSON 对象", where)
    fields = {field: _text(row, field, where) for field in _TEXTS}
    identity = row.get("id")
    if isinstance(identity, bool) or not isinstance(identity, (str, int)) or identity == "":
        raise InputError("缺少字段 id（文字或整数）", where)
    title = row.get("title")
    if not isinstance(title, str):
        raise InputError("缺少字段 title（文字）", where)
    if not title.strip() and not fields["text"].strip():
        raise InputError("title 和 text 都是空的", where)
    return Document(id=str(identity), title=title, published_date=_day(row, where), **fields)


def _text(row: dict[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"字段 {field} 应为文字", where)
    return value


def _day(row: dict[str, Any], where: str) -> date | None:
    value = row.get("published_date")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            pass
    raise InputError("字段 published_date 应为 YYYY-MM-DD 的日期", where)
