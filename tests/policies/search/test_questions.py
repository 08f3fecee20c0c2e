"""Documents found by questions: how it is measured, and how good it is on real ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InputError
from core.vocabulary.load import load_vocabulary
from policies.search.questions import answer_questions

VOCABULARY = load_vocabulary()
DOCUMENTS = [
    {"id": "a", "title": "稳岗返还办法"},
    {"id": "b", "title": "育儿补贴", "text": "稳岗"},
    {"id": 3, "title": "无"},
]


def write(path: Path, rows: list[object]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_first_among_ten_and_not_at_all(tmp_path: Path) -> None:
    documents = write(tmp_path / "d.jsonl", list(DOCUMENTS))
    asked = [("稳岗返还怎么办", "a"), ("稳岗", "b"), ("税", "a"), ("育儿", "gone")]
    questions = write(tmp_path / "q.jsonl", [{"question": q, "document": d} for q, d in asked])
    found = answer_questions(documents, questions, VOCABULARY)
    assert (found.recall_at_1, found.recall_at_10) == (0.25, 0.5)
    assert (found.documents, found.questions, found.unanswerable) == (3, 4, 1)


@pytest.mark.parametrize(
    ("documents", "questions", "said"),
    [
        ("", "", "d.jsonl：没有任何内容"),
        ('{"id": "a"}\n{', "", "d.jsonl 第2行：不是有效的 JSON"),
        ("[]", "", "d.jsonl 第1行：应是一个 JSON 对象 {…}"),
        ('{"title": "a"}', "", "d.jsonl 第1行：缺少字段 id"),
        ('{"id": "a"}\n\n{"id": "a"}', "", "d.jsonl 第3行：编号 a 重复"),
        ('{"id": "a"}', '{"question": "b"}', "q.jsonl 第1行：缺少字段 document"),
        ('{"id": "a"}', "\n", "q.jsonl：没有任何内容"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, documents: str, questions: str, said: str) -> None:
    (tmp_path / "d.jsonl").write_text(documents, encoding="utf-8")
    (tmp_path / "q.jsonl").write_text(questions, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        answer_questions(tmp_path / "d.jsonl", tmp_path / "q.jsonl", VOCABULARY)
    assert str(refused.value) == said


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_bytes('{"id": "稳"}'.encode("gbk"))
    with pytest.raises(InputError, match="UTF-8"):
        answer_questions(tmp_path / "d.jsonl", tmp_path / "d.jsonl", VOCABULARY)


@pytest.mark.material
def test_real_questions_find_their_documents(shared_material: Callable[[str], Path]) -> None:
    found = answer_questions(
        shared_material("corpus/search_documents_2020.jsonl"),
        shared_material("corpus/search_questions_2020.jsonl"),
        VOCABULARY,
    )
    assert found.recall_at_1 >= 0.8
    assert found.recall_at_10 >= 0.97
