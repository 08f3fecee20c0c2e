"""Files that hold one subscriber a line: csv as spreadsheets write it, or jsonl. Never read as a whole."""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InputError

_CHUNK = 1 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_JSON = (".jsonl", ".ndjson")
_TABLE = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Line:
    """One subscriber as written: texts from a csv, JSON values from a jsonl. `reason`: why it can't be read."""

    number: int
    cells: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def read_lines(path: Path, column_of: Callable[[str], str | None]) -> Iterator[Line]:
    """The lines of a .csv or .jsonl in UTF-8 (with or without mark), UTF-16 with mark, or GB18030.

    `column_of` turns a written column name into ours, or None. A line number is where the row begins, as editors count.
    Raises InputError, naming the file, where it isn't there, is empty, isn't text, or its head is wrong.
    """
    suffix = path.suffix.lower()
    if suffix not in _JSON + _TABLE:
        raise InputError("只接受 .csv 或 .jsonl 文件；电子表格请先另存为 CSV", path.name)
    encoding = _find_encoding(path)
    return _read_json(path, encoding, column_of) if suffix in _JSON else _read_table(path, encoding, column_of)


def _find_encoding(path: Path) -> str:
    """The first encoding that the whole file is valid in. Raises InputError for an empty or binary one."""
    try:
        with path.open("rb") as file:
            head = file.read(_CHUNK)
    except OSError as error:
        raise InputError(f"无法读取文件（{error.strerror}）", path.name) from error
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InputError("文件是空的", path.name)
    for mark, encoding in _MARKS:
        if head.startswith(mark) and _is_valid(path, encoding):
            return encoding
    if b"\0" in head:
        raise InputError("不是文本文件；电子表格请先另存为 CSV", path.name)
    for encoding in ("utf-8", "gb18030"):
        if _is_valid(path, encoding):
            return encoding
    raise InputError("文字编码无法识别：请另存为 UTF-8 或 GB18030", path.name)


def _is_valid(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _read_json(path: Path, encoding: str, column_of: Callable[[str], str | None]) -> Iterator[Line]:
    with path.open(encoding=encoding) as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                cells = json.loads(text)
            except (ValueError, RecursionError):
                yield Line(number, reason="不是有效的 JSON")
                continue
            yield (
                _json_line(number, cells, column_of)
                if isinstance(cells, dict)
                else Line(number, reason="应为一个 JSON 对象 {…}")
            )


def _json_line(number: int, cells: dict[str, Any], column_of: Callable[[str], str | None]) -> Line:
    named = {column_of(name): value for name, value in cells.items()}
    if None in named:
        return Line(number, reason="有不认识的字段")
    if len(named) < len(cells):
        return Line(number, reason="同一字段写了两次")
    return Line(number, {str(name): value for name, value in named.items()})


def _read_table(path: Path, encoding: str, column_of: Callable[[str], str | None]) -> Iterator[Line]:
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        file.seek(0)
        for number, last, cells in _read_cells(file, max(",", "\t", ";", key=first.count)):
            if number == 1:
                columns = _read_head(path, cells or [], column_of)
            elif cells is None:
                yield Line(number, reason=f"引号没有配对或单元格过长，到第 {last} 行为止无法读取")
            elif any(cell.strip() for cell in cells):
                yield _table_line(number, columns, cells)


def _read_cells(file: Iterable[str], delimiter: str) -> Iterator[tuple[int, int, list[str] | None]]:
    """The first and last line of each row, and its cells; None for a row that isn't one."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        yield number, reader.line_num, cells


def _read_head(path: Path, names: list[str], column_of: Callable[[str], str | None]) -> list[str]:
    columns = [column_of(name) for name in names]
    unknown = [str(number) for number, column in enumerate(columns, 1) if column is None]
    where = f"{path.name} 第1行"
    if len(unknown) == len(columns):
        raise InputError("没有一个认识的列名：第一行应为表头", where)
    if unknown:
        raise InputError(f"第 {'、'.join(unknown)} 列的列名不认识", where)
    if len(set(columns)) < len(columns):
        raise InputError("有两列表示同一内容", where)
    return [column for column in columns if column is not None]


def _table_line(number: int, columns: list[str], cells: list[str]) -> Line:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return Line(number, reason=f"有 {len(cells)} 列，多于表头的 {len(columns)} 列")
    return Line(number, {column: _unwrap(cell) for column, cell in zip(columns, cells, strict=False) if cell})


def _unwrap(cell: str) -> str:
    """The text of a cell without what spreadsheets put around numbers that are to stay text (`="010"`, `'010`)."""
    cell = cell.strip()
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1]
    return cell.removeprefix("'")
