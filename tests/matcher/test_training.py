"""Training: data joined and checked, the same bytes twice, only a better classifier promoted."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import InputError
from core.vocabulary.load import load_vocabulary
from matcher.classifier import load_classifier
from matcher.document import Document
from matcher.folds import assign_folds, list_groups
from matcher.labelled import read_labelled
from matcher.training import train
from matcher.training_report import TrainingReport
from tests.matcher.labelled_samples import sample_rows, write_rows

VOCABULARY = load_vocabulary()
_INPUT = ("id", "title", "text")


def _now() -> datetime:
    return datetime(2026, 11, 1, 20, 0, tzinfo=UTC)  # the second of November in China


def _train(rows: list[dict[str, Any]], folder: Path, out: Path) -> TrainingReport:
    return train([write_rows(folder / "data.jsonl", rows)], out, VOCABULARY, clock=_now)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    report = _train(sample_rows(), folder, folder / "artifact")
    assert report.promoted
    assert report.before is None
    return folder / "artifact"


def test_it_learns_what_it_is_shown(trained: Path) -> None:
    said = load_classifier(trained).classify(Document(id="x", title="丁市老年人优待和高龄津贴发放办法"))
    assert (said.pushable, said.topics, said.types) == (True, ["P0902"], ["PT06"])
    moved = load_classifier(trained).classify(Document(id="x", title="丁市关于王某任免职务的通知"))
    assert not moved.pushable


def test_the_same_data_gives_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    _train(sample_rows(), tmp_path, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in trained.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }


def test_labels_are_joined_with_documents_that_lie_elsewhere(tmp_path: Path) -> None:
    rows = sample_rows()
    labels = [{key: value for key, value in row.items() if key not in ("title", "text")} for row in rows]
    elsewhere = [{key: row[key] for key in ("id", "title")} for row in rows] + [{"id": "else", "title": "没有标注的"}]
    said = write_rows(tmp_path / "labels.jsonl", labels)
    found = read_labelled([said], VOCABULARY, [write_rows(tmp_path / "documents.jsonl", elsewhere)])
    assert [one.document.title for one in found] == [row["title"] for row in rows]
    with pytest.raises(InputError, match="缺少 title"):
        read_labelled([said], VOCABULARY)


def test_the_card_says_what_it_was_made_of(trained: Path) -> None:
    card = json.loads((trained / "card.json").read_text(encoding="utf-8"))
    assert card["trained_on"] == "2026-11-02"
    assert card["documents"] == len(sample_rows())
    assert 0.9 < card["scores"]["topics_micro"] <= 1


def test_a_classifier_that_is_no_better_is_not_promoted(trained: Path, tmp_path: Path) -> None:
    before = (trained / "manifest.json").read_bytes()
    report = _train(sample_rows(), tmp_path, trained)
    assert not report.promoted
    assert report.before is not None
    assert (trained / "manifest.json").read_bytes() == before
    assert "保留现用的" in report.as_text()


def test_one_that_would_forget_is_not_promoted(tmp_path: Path) -> None:
    rows = sample_rows()
    wrong = [{**row, "topics": ["E0404"], "sides": ["enterprise"], "types": []} for row in rows[:120] if row["topics"]]
    _train(wrong, tmp_path, tmp_path / "artifact")
    report = _train(rows[60:], tmp_path, tmp_path / "artifact")
    assert report.before is not None
    assert report.candidate.overall > report.before.overall
    assert (report.promoted, report.forgotten > 0) == (False, True)
    assert "会忘掉" in report.as_text()


def test_a_better_one_replaces_a_worse_one_on_documents_new_to_both(tmp_path: Path) -> None:
    rows = sample_rows()
    wrong = [{**row, "topics": ["E0404"], "sides": ["enterprise"], "types": []} for row in rows[:120] if row["topics"]]
    _train(wrong + rows[-40:], tmp_path, tmp_path / "artifact")
    report = _train(rows, tmp_path, tmp_path / "artifact")
    assert report.compared_on == "双方都没有学过的文件"
    assert report.promoted
    assert report.before is not None
    assert report.candidate.overall > report.before.overall
    assert report.as_dict()["promoted"] is True


def test_corrections_of_staff_are_learned_from(tmp_path: Path) -> None:
    corrections = [
        {"id": str(n), "title": f"戊市专利转化奖励办法（{word}）", "text": "", "region": "330100"}
        | {"pushable": True, "sides": ["enterprise"], "topics": ["E0405"], "types": []}
        for n, word in enumerate(("试行", "修订", "暂行", "续期"))
    ]
    data = [write_rows(tmp_path / "data.jsonl", sample_rows())]
    report = train(data, tmp_path / "artifact", VOCABULARY, corrections=corrections, clock=_now)
    assert report.documents == len(sample_rows()) + 4
    said = load_classifier(tmp_path / "artifact").classify(Document(id="x", title="己市专利转化奖励办法"))
    assert said.topics == ["E0405"]


def test_an_unusable_correction_is_named(tmp_path: Path) -> None:
    data = [write_rows(tmp_path / "data.jsonl", sample_rows())]
    with pytest.raises(InputError, match="更正 7：pushable 应为 true 或 false"):
        train(data, tmp_path / "artifact", VOCABULARY, corrections=[{"id": "7", "title": "某办法"}], clock=_now)


def test_documents_and_labels_may_lie_in_two_files(tmp_path: Path) -> None:
    rows = sample_rows()
    documents = write_rows(tmp_path / "a.input.jsonl", [{key: row[key] for key in _INPUT} for row in rows])
    labels = write_rows(
        tmp_path / "a.gold.jsonl",
        [{key: value for key, value in row.items() if key not in ("title", "text")} for row in rows],
    )
    assert read_labelled([documents, labels], VOCABULARY) == read_labelled(
        [write_rows(tmp_path / "whole.jsonl", rows)], VOCABULARY
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"topics": ["E9999"]}, "topics 中的 E9999 不在词表里"),
        ({"types": "ET01"}, "types 应为字符串的列表"),
        ({"sides": ["government"]}, "sides 中的 government 不在词表里"),
        ({"pushable": "yes"}, "pushable 应为 true 或 false"),
        ({"title": "  "}, "缺少 title"),
        ({"text": 5}, "text 应为字符串"),
        ({"published_date": "去年"}, "published_date 不是日期"),
    ],
)
def test_an_unusable_row_is_named(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    rows = sample_rows()
    rows[6] |= change
    with pytest.raises(InputError, match=rf"data\.jsonl 第7行：{complaint}"):
        read_labelled([write_rows(tmp_path / "data.jsonl", rows)], VOCABULARY)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "第1行：不是有效的 JSON"),
        ("[1]", "第1行：缺少 id"),
        ('{"id": "a", "title": "某办法"}', "第1行：文件 a 缺少 pushable、sides、topics、types"),
        ("", "只有 0 份标注文件"),
    ],
)
def test_an_unusable_file_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        read_labelled([path], VOCABULARY)


def test_two_documents_of_one_id_are_refused(tmp_path: Path) -> None:
    rows = sample_rows()
    rows[9]["id"] = rows[8]["id"]
    with pytest.raises(InputError, match=r"data\.jsonl 第10行：text、title 与前面 id 相同的行不一致"):
        read_labelled([write_rows(tmp_path / "data.jsonl", rows)], VOCABULARY)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="无法读取"):
        read_labelled([tmp_path / "none.jsonl"], VOCABULARY)


def test_titles_of_one_series_are_never_parted(tmp_path: Path) -> None:
    rows = sample_rows()
    for number, row in enumerate(rows[:30]):
        row["title"] = f"某市{1990 + number}年第{number}批农机购置补贴的公告"
    groups = list_groups(read_labelled([write_rows(tmp_path / "data.jsonl", rows)], VOCABULARY))
    folds = assign_folds(groups, 5, seed=1)
    assert len(set(groups[:30])) == 1
    assert len(set(folds[:30].tolist())) == 1
    assert len(set(folds.tolist())) == 5
