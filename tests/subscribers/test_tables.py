"""Files of lines as people really send them."""

import json
from pathlib import Path

import pytest

from core.errors import InputError
from subscribers.rows import column_of
from subscribers.tables import Line, read_lines

HEAD = "编号,主体类型,上年营业收入（万元）\n"
ROW = "甲-1,企业,12.5\n"
LINE = Line(2, {"reference": "甲-1", "kind": "企业", "revenue_wan": "12.5"})


def read(path: Path, content: bytes) -> list[Line]:
    path.write_bytes(content)
    return list(read_lines(path, column_of))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_that_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path / "a.csv", (HEAD + ROW).encode(encoding)) == [LINE]


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_other_marks_between_cells(tmp_path: Path, mark: str) -> None:
    assert read(tmp_path / "a.txt", (HEAD + ROW).replace(",", mark).encode()) == [LINE]


def test_quotes_line_ends_blank_lines_and_guarded_numbers(tmp_path: Path) -> None:
    content = 'reference,名称,手机号\r\n\r\n1,"演示，""甲""\r\n公司","=""13800000000"""\r\n,,\r\n\'002,乙,\r\n'
    assert read(tmp_path / "a.csv", content.encode()) == [
        Line(3, {"reference": "1", "name": '演示，"甲"\r\n公司', "phone": "13800000000"}),
        Line(6, {"reference": "002", "name": "乙"}),
    ]


def test_a_row_that_is_too_long_or_short(tmp_path: Path) -> None:
    lines = read(tmp_path / "a.csv", b"reference,kind\n1,firm,,\n2,firm,138\n3\n")
    assert lines == [
        Line(2, {"reference": "1", "kind": "firm"}),
        Line(3, reason="有 3 列，多于表头的 2 列"),
        Line(4, {"reference": "3"}),
    ]


@pytest.mark.parametrize("broken", ["2," + "x" * 140_000, '2,"a"b'])
def test_a_row_that_is_none_costs_itself_only(tmp_path: Path, broken: str) -> None:
    lines = read(tmp_path / "a.csv", f"reference,kind\n1,firm\n{broken}\n3,firm\n".encode())
    assert [(line.number, line.reason[:4]) for line in lines] == [(2, ""), (3, "引号没有"), (4, "")]


def test_a_quote_that_never_ends_takes_what_follows(tmp_path: Path) -> None:
    lines = read(tmp_path / "a.csv", b'reference,kind\n1,firm\n2,"firm\n3,firm\n4,firm\n')
    assert [line.number for line in lines] == [2, 3]
    assert "到第 5 行为止无法读取" in lines[1].reason


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("编号,手机号,13800000000,张三", "第 3、4 列的列名不认识"),
        ("13800000000,张三", "第一行应为表头"),
        ("编号,reference", "两列表示同一内容"),
    ],
)
def test_a_wrong_head_refuses_the_file_without_repeating_it(tmp_path: Path, head: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        read(tmp_path / "a.csv", f"{head}\n1,2\n".encode())
    assert "a.csv 第1行" in str(caught.value)
    assert "138" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "文件是空的"),
        ("a.csv", b"\xef\xbb\xbf \n", "文件是空的"),
        ("a.jsonl", b"\n", "文件是空的"),
        ("a.csv", b"PK\x03\x04\x00\x00", "不是文本文件"),
        ("a.csv", b"reference\n\xff\xff\xff\n", "文字编码无法识别"),
        ("a.csv", b"\xff\xfea", "不是文本文件|文字编码无法识别"),
        ("a.xlsx", b"PK", "另存为 CSV"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        read(tmp_path / name, content)
    assert name in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="无法读取文件"):
        list(read_lines(tmp_path / "a.csv", column_of))


def test_json_lines_and_those_that_are_broken(tmp_path: Path) -> None:
    good = json.dumps({"reference": 7, "企业名称": "演示", "topics": ["E0404"]})
    content = f'{good}\n\n{{"reference": \n[1]\n{{"colour": 1}}\n{{"name": 1, "名称": 2}}\n{"[" * 100_000}\n'
    assert read(tmp_path / "a.jsonl", content.encode()) == [
        Line(1, {"reference": 7, "name": "演示", "topics": ["E0404"]}),
        Line(3, reason="不是有效的 JSON"),
        Line(4, reason="应为一个 JSON 对象 {…}"),
        Line(5, reason="有不认识的字段"),
        Line(6, reason="同一字段写了两次"),
        Line(7, reason="不是有效的 JSON"),
    ]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        (" 统一社会信用代码 ", "credit_code"),
        ("微信 OpenID", "wechat_openid"),
        ("研发费用占营业收入比例(%)", "rd_ratio_pct"),
        ("birth_year", "birth_date"),
        ("出生年份", "birth_date"),
        ("age", "age"),
        ("注册地", "region"),
        ("其他条件", None),
        ("", None),
    ],
)
def test_column_names(heading: str, column: str | None) -> None:
    assert column_of(heading) == column
