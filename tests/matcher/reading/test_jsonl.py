"""Lines in, lines out."""

import json
from datetime import date

import pytest

from core.errors import InputError
from matcher.reading.jsonl import parse_line, read_file
from matcher.reading.reader import Reader

READING = {
    "pushable",
    "sides",
    "topics",
    "types",
    "region",
    "opens",
    "closes",
    "valid_until",
    "conditions",
    "scores",
    "card",
}


def test_good_lines_are_read_and_bad_ones_named(reader: Reader) -> None:
    lines = [
        '{"id": 7, "title": "关于发放消费券的通知", "region": "上海市"}\n',
        "\n",
        "{坏的\n",
        '{"id": "b", "title": "公告"}',
    ]
    results = list(read_file(lines, reader, "政策.jsonl"))
    assert [row["id"] for row, _ in results if row] == ["7", "b"]
    assert [str(error) for _, error in results if error] == ["政策.jsonl 第3行：不是有效的 JSON"]
    for row, _ in results:
        if row:
            assert set(row) == {"id"} | READING
            assert json.loads(json.dumps(row, ensure_ascii=False)) == row


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", "应为一个 JSON 对象"),
        ('{"title": "甲"}', "缺少字段 id（文字或整数）"),
        ('{"id": true, "title": "甲"}', "缺少字段 id（文字或整数）"),
        ('{"id": "1"}', "缺少字段 title（文字）"),
        ('{"id": "1", "title": ""}', "title 和 text 都是空的"),
        ('{"id": "1", "title": "甲", "text": 5}', "字段 text 应为文字"),
        ('{"id": "1", "title": "甲", "published_date": "昨天"}', "字段 published_date 应为 YYYY-MM-DD 的日期"),
        ("[" * 100_000, "JSON 嵌套过深"),
    ],
)
def test_each_reason(line: str, reason: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_line(line, "第1行")
    assert str(raised.value) == f"第1行：{reason}"


def test_nulls_and_times_are_taken() -> None:
    document = parse_line('{"id": "1", "title": "甲", "text": null, "published_date": "2024-03-15 08:00"}', "第1行")
    assert (document.text, document.published_date) == ("", date(2024, 3, 15))
