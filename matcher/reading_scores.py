"""Whole readings of labelled documents, scored by the program that comes with the labelling guide."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import ZhidaError
from core.vocabulary.load import Vocabulary
from matcher.classification import Classification
from matcher.document import Document
from matcher.labelled import Labelled
from matcher.reading.reader import Reader

_MEASURES = {
    "topics_micro": ("主题 micro-F1", 0.81, 0.90),
    "topics_macro": ("主题 macro-F1", 0.81, 0.90),
    "topic_first_hit": ("首要主题命中", 0.90, 0.95),
    "pushable_accuracy": ("是否推送", 0.92, 0.94),
    "sides_accuracy": ("面向对象", 0.90, 0.95),
    "types_micro": ("类型 micro-F1", 0.70, 0.85),
    "region_accuracy": ("地区", 0.95, 0.98),
    "window_accuracy": ("申报时限", 0.85, 0.95),
    "conditions_strict": ("条件严格 F1", 0.60, 0.75),
    "conditions_fields": ("条件字段 F1", 0.75, 0.88),
}

Score = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judge:
    """The scoring program and the files of labels it compares with."""

    program: Path
    gold: Sequence[Path]

    def score(self, gold: Path, rows: Sequence[Mapping[str, Any]], aside: Path) -> Score:
        """Raises ZhidaError where the program fails."""
        predicted = aside / "predicted.jsonl"
        predicted.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        command = [sys.executable, str(self.program), str(gold), str(predicted), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell is between
        if done.returncode:
            raise ZhidaError(f"评分程序 {self.program.name} 失败：{done.stderr.strip().splitlines()[-1:]}")
        result: dict[str, Any] = json.loads(done.stdout)
        return result


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A classifier that repeats what was said of each document by one that had not learned it."""

    said: Mapping[str, Classification]

    def classify(self, document: Document) -> Classification:
        return self.said[document.id]


def score_readings(
    examples: Sequence[Labelled], said: Sequence[Classification], vocabulary: Vocabulary, judge: Judge
) -> dict[str, Score]:
    """The scores of each file of labels, by its name. `said`: of each example by a classifier that had not seen it."""
    remembered = {one.document.id: other for one, other in zip(examples, said, strict=True)}
    reader = Reader(vocabulary, _Remembered(remembered))
    rows = [{"id": one.document.id, **reader.read(one.document).as_dict()} for one in examples]
    with TemporaryDirectory() as aside:
        return {gold.name: judge.score(gold, rows, Path(aside)) for gold in judge.gold}


def _value(score: Score, key: str) -> str:
    value = score.get(key)
    number = value["f1"] if isinstance(value, dict) else value
    return "–" if number is None else f"{number:.3f}"


def describe_scores(scores: Mapping[str, Score]) -> Iterator[str]:
    """A table: a line per measure, a column per file of labels."""
    yield "| 指标 | 必达 | 目标 | " + " | ".join(scores) + " |"
    yield "|---|--:|--:|" + "--:|" * len(scores)
    for key, (name, must, aim) in _MEASURES.items():
        values = " | ".join(_value(score, key) for score in scores.values())
        yield f"| {name} | {must:.2f} | {aim:.2f} | {values} |"
    yield "| 份数 |  |  | " + " | ".join(str(score["documents"]) for score in scores.values()) + " |"
