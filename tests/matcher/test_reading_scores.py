"""Whole readings against labels, scored by the program of the labelling guide."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ZhidaError
from core.vocabulary.load import load_vocabulary
from matcher.classification import Classification
from matcher.labelled import Labelled, as_labelled
from matcher.reading_scores import Judge, describe_scores, score_readings

VOCABULARY = load_vocabulary()
LABELS = {
    "id": "a",
    "pushable": True,
    "sides": ["enterprise"],
    "topics": ["E0404"],
    "types": [],
    "region": "330100",
    "opens": None,
    "closes": "2024-05-31",
    "conditions": {"all": [{"field": "credit_clean", "op": "eq", "value": True, "quote": "信用良好"}]},
}
TEXT = "一、申报条件\n1.信用良好。\n二、申报时间\n申报截止时间为2024年5月31日。"


def example() -> Labelled:
    row = {**LABELS, "title": "科技项目申报通知", "text": TEXT, "region": "浙江省杭州市"}
    return as_labelled(row, VOCABULARY, "第1行")


def said(topic: str) -> Classification:
    one = example()
    return Classification(one.pushable, list(one.sides), [topic], [])


def write_gold(folder: Path) -> Path:
    path = folder / "one.gold.jsonl"
    path.write_text(json.dumps(LABELS, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


@pytest.mark.material
def test_a_reading_is_scored_whole(tmp_path: Path, shared_material: Callable[[str], Path]) -> None:
    judge = Judge(shared_material("tools/score_targeting.py"), [write_gold(tmp_path)])
    scores = score_readings([example()], [said("E0405")], VOCABULARY, judge)["one.gold.jsonl"]
    assert scores["region_accuracy"] == scores["window_accuracy"] == scores["conditions_strict"]["f1"] == 1
    assert scores["topics_micro"]["f1"] == 0  # the classification is the one given, not the shipped classifier's
    table = "\n".join(describe_scores({"one": scores}))
    assert "| 地区 | 0.95 | 0.98 | 1.000 |" in table
    assert "| 主题 macro-F1 | 0.81 | 0.90 | – |" in table  # too few documents to say


def test_a_failing_program_is_told(tmp_path: Path) -> None:
    program = tmp_path / "score.py"
    program.write_text("raise SystemExit('kein gold')\n", encoding="utf-8")
    with pytest.raises(ZhidaError, match=r"评分程序 score\.py 失败.*kein gold"):
        score_readings([example()], [said("E0404")], VOCABULARY, Judge(program, [write_gold(tmp_path)]))
