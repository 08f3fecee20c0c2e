"""`zhida search` as people run it, and the index of a database from before there was one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import database
from core.database import Sessions, unit_of_work
from core.settings import Settings
from policies.models import Policy, PolicyVersion
from policies.search.stored import find
from tests.cli.conftest import Zhida

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    documents, questions = tmp_path / "documents.jsonl", tmp_path / "questions.jsonl"
    documents.write_text('{"id": "a", "title": "稳岗返还"}\n{"id": "b", "title": "育儿补贴"}\n', encoding="utf-8")
    questions.write_text('{"question": "生娃有什么补贴？", "document": "b"}\n', encoding="utf-8")
    return [documents, questions]


def test_prints_one_object(zhida: Zhida, files: list[Path]) -> None:
    done = zhida("search", files[0], "--questions", files[1], "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["recall_at_1"], found["recall_at_10"]) == (1.0, 1.0)
    assert found["p95_ms"] > 0


def test_says_it_in_words_and_what_could_not_be_found(zhida: Zhida, files: list[Path]) -> None:
    with files[1].open("a", encoding="utf-8") as more:
        more.write('{"question": "稳岗", "document": "gone"}\n')
    done = zhida("search", files[0], "--questions", files[1])
    assert done.returncode == 0
    assert "50.0%" in done.stdout
    assert "有 1 个问题的答案文件不在 documents.jsonl 中" in done.stderr


def test_bad_input_is_one_line(zhida: Zhida, files: list[Path], tmp_path: Path) -> None:
    files[0].write_text("{", encoding="utf-8")
    done = zhida("search", files[0], "--questions", files[1])
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "documents.jsonl 第1行：不是有效的 JSON\n")
    assert zhida("search", tmp_path / "none.jsonl", "--questions", files[1]).returncode == 2


def test_policies_from_before_are_indexed_by_upgrading_and_reindexing(
    settings: Settings, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "read_settings", lambda: settings)
    with unit_of_work(sessions) as session:
        policy = Policy(key="k", title="稳岗返还", stem="稳岗返还", created_at=NOW)
        session.add(policy)
        session.flush()
        version = PolicyVersion(policy_id=policy.id, number=1, fingerprint=b"1", title=policy.title, created_at=NOW)
        session.add(version)
    for command in (database.upgrade, database.reindex):
        command()
        with sessions() as session:
            assert [hit.document for hit in find(session, {"稳岗": 1.0}, 5)] == [version.id]
