"""Whatever goes wrong is one Chinese line on standard error, without a traceback, with the right status."""

import re
from pathlib import Path

import pytest

from cli.wording import usage_message
from tests.cli.conftest import Zhida

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nonsense"], 2, "没有命令 nonsense"),
        (["judge"], 2, "缺少参数"),
        (["judge", "a.jsonl", "b.jsonl"], 2, "文件 a.jsonl 不存在"),
        (["worker", "--concurrency", "many"], 2, "应为整数"),
        (["demo", "--what"], 2, "没有选项 --what"),
    ],
)
def test_a_wrong_call_is_one_chinese_line(zhida: Zhida, arguments: list[str], status: int, words: str) -> None:
    result = zhida(*arguments)
    assert result.returncode == status
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_a_group_without_a_command_shows_what_there_is(zhida: Zhida) -> None:
    result = zhida("db")
    assert (result.returncode, result.stderr) == (2, "")
    assert "upgrade" in result.stdout


def test_a_wrong_setting_names_the_variable(zhida: Zhida) -> None:
    result = zhida("db", "check", ZHIDA_DAILY_CAP="many")
    assert (result.returncode, result.stdout) == (2, "")
    assert "设置 ZHIDA_DAILY_CAP 有误" in result.stderr


def test_a_database_that_is_away_is_told_without_a_traceback(zhida: Zhida) -> None:
    address = "postgresql+psycopg://nobody@/zhida?host=/nowhere"
    result = zhida("db", "check", ZHIDA_DATABASE_URL=address, ZHIDA_REDIS_URL="unix:///nowhere/redis.sock?db=0")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert CHINESE.search(result.stderr)


def test_debug_shows_the_traceback(zhida: Zhida) -> None:
    result = zhida("judge", "a.jsonl", "b.jsonl", "--debug")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Invalid value for 'FILE': Path 'x' does not exist.", "FILE：x 不存在"),
        ("Invalid value for '--n': 5 is not in the range x>=6.", "--n 的值不对"),
        ("Option '--out' requires an argument.", "选项 --out 后面要有一个值"),
        ("Got unexpected extra argument (x)", "多出了参数 x"),
        ("Something new", "用法错误：Something new"),
    ],
)
def test_wording(english: str, chinese: str) -> None:
    assert chinese in usage_message(english)


def test_results_appear_whole_or_not_at_all(zhida: Zhida, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "p", "conditions": {"all": []}}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_bytes(b'{"id": 1, "kind": "enterprise"}\n\xff\xfe\n')
    result = zhida("judge", "a.jsonl", "b.jsonl", "-o", "out.jsonl")
    assert result.returncode == 1
    assert "b.jsonl：不是 UTF-8" in result.stderr
    assert "b.jsonl：不是 UTF-8" in zhida("judge", "b.jsonl", "a.jsonl").stderr
    assert not (tmp_path / "out.jsonl").exists()
