"""Measuring the classifier on documents of sources it has not learned from, and writing `docs/evaluation.md`.

    python -m matcher.evaluation [--shared FOLDER] [--out FILE] [DATA.jsonl…]

Without data: the development labels in the folder of shared material, and to learn from besides them our own readings
(`matcher/data/labels.jsonl`) of documents that lie there.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ZhidaError
from core.vocabulary.load import Vocabulary, load_vocabulary
from matcher.calibration import calibrate
from matcher.classification import Classification
from matcher.features import Wording, build_space, read_wording
from matcher.folds import assign_folds, list_groups
from matcher.labelled import Labelled, list_labels, read_labelled
from matcher.lexicon import Lexicon, build_lexicon
from matcher.reading_scores import Judge, describe_scores, score_readings
from matcher.scores import Scores, score, score_by_label, topic_pairs
from matcher.training import (
    Margins,
    as_matrix,
    decide,
    decide_unseen,
    learn_planes,
    margins_unseen,
    truth_table,
)

_SEED = 20
_FOLDS = 5
_SMALL_SOURCE = 150
_REST = "其他"  # sources of few documents, together
_CURVE = (3000, 7000, 11000, 15000)
_ERRORS_SHOWN = 20
_CORPUS = (  # where the documents lie that we have read ourselves
    "policy_titles_dates_7_governments.jsonl",
    "housing_policies_local_2010_2026.jsonl",
    "gd_service_items_2021.jsonl",
    "smart_ai_policies_central_shandong.jsonl",
    "search_documents_2020.jsonl",
)
_OWN = Path(__file__).parent / "data" / "labels.jsonl"
_DATA = ("titles.input.jsonl", "titles.gold.jsonl", "documents.input.jsonl", "documents.gold.jsonl")
_MEASURES = {
    "topics_micro": ("主题 micro-F1", 0.81, 0.90),
    "topics_macro": ("主题 macro-F1", 0.81, 0.90),
    "first_topic": ("首要主题命中", 0.90, 0.95),
    "pushable": ("是否推送", 0.92, 0.94),
    "sides": ("面向对象", 0.90, 0.95),
    "types_micro": ("类型 micro-F1", 0.70, 0.85),
}

Said = list[Classification]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """The labelled documents with everything that is computed of them once."""

    examples: list[Labelled]
    wordings: list[Wording]
    truth: NDArray[np.bool_]
    groups: list[str]
    labels: tuple[str, ...]
    lexicon: Lexicon
    topics: int

    def margins(self, folds: NDArray[np.int64]) -> Margins:
        """Of each document by machines that learned from the other folds."""
        return margins_unseen(self.wordings, self.truth, self.labels, folds, self.lexicon, self.topics, _SEED)

    def predict(self, folds: NDArray[np.int64]) -> Said:
        """What is said of each document by a classifier that learned from the other folds, calibrated on them."""
        return decide_unseen(self.labels, self.margins(folds), self.truth, folds)

    def predict_others(self, others: "Bench") -> Said:
        """What is said of `others` by a classifier that learned from all of these, calibrated on halves of them."""
        space = build_space(self.wordings, self.lexicon, self.topics)
        planes = learn_planes(self.wordings, self.truth, self.labels, space, _SEED)
        halves = self.margins(assign_folds(self.groups, 2, _SEED))
        return decide(
            self.labels,
            planes.margins(as_matrix(others.wordings, space)),
            calibrate(self.labels, halves, self.truth),
        )

    def part(self, kept: NDArray[np.bool_]) -> "Bench":
        rows = np.flatnonzero(kept).tolist()
        return Bench(
            [self.examples[i] for i in rows],
            [self.wordings[i] for i in rows],
            self.truth[rows],
            [self.groups[i] for i in rows],
            self.labels,
            self.lexicon,
            self.topics,
        )


def open_bench(examples: list[Labelled], vocabulary: Vocabulary) -> Bench:
    lexicon, labels = build_lexicon(vocabulary), list_labels(vocabulary)
    wordings = [read_wording(example.document, lexicon) for example in examples]
    groups = list_groups(examples)
    return Bench(examples, wordings, truth_table(examples, labels), groups, labels, lexicon, len(vocabulary.topics))


def list_sources(examples: Sequence[Labelled]) -> list[str]:
    """Where each document comes from: the first part of its id, by issuer where only a title is known.

    Sources of few documents are one source together.
    """
    names = []
    for example in examples:
        document = example.document
        prefix = document.id.split("-")[0]
        names.append(prefix if document.text else f"{prefix} {document.region}")
    counts = Counter(names)
    return [name if counts[name] >= _SMALL_SOURCE else _REST for name in names]


def _select(said: Said, kept: Sequence[int], examples: Sequence[Labelled]) -> Scores:
    return score([examples[i] for i in kept], [said[i] for i in kept])


def _row(name: str, scores: Scores) -> str:
    values = scores.as_dict()
    return f"| {name} | {scores.documents} | " + " | ".join(f"{values[key]:.3f}" for key in _MEASURES) + " |"


def _head() -> list[str]:
    names = [name for name, _, _ in _MEASURES.values()]
    return ["| 测试文件 | 份数 | " + " | ".join(names) + " |", "|---|--:|" + "--:|" * len(names)]


def _where(examples: Sequence[Labelled], test: Callable[[Labelled], bool]) -> list[int]:
    return [i for i, example in enumerate(examples) if test(example)]


def _targets(examples: Sequence[Labelled], crossed: Said, left_out: Said) -> Iterator[str]:
    both = score(examples, crossed).as_dict(), score(examples, left_out).as_dict()
    yield "| 指标 | 必达 | 目标 | 分组交叉验证 | 留一来源 |"
    yield "|---|--:|--:|--:|--:|"
    for key, (name, must, aim) in _MEASURES.items():
        yield f"| {name} | {must:.2f} | {aim:.2f} | {both[0][key]:.3f} | {both[1][key]:.3f} |"


def _parts(examples: Sequence[Labelled], crossed: Said) -> Iterator[str]:
    yield from _head()
    yield _row("全部", score(examples, crossed))
    yield _row("有全文", _select(crossed, _where(examples, lambda one: bool(one.document.text)), examples))
    yield _row("只有标题", _select(crossed, _where(examples, lambda one: not one.document.text), examples))


def _sources(examples: Sequence[Labelled], sources: Sequence[str], left_out: Said) -> Iterator[str]:
    yield from _head()
    for name in sorted(set(sources)):
        kept = [i for i, source in enumerate(sources) if source == name]
        yield _row(name, _select(left_out, kept, examples))


def _worst(examples: Sequence[Labelled], said: Said, vocabulary: Vocabulary) -> Iterator[str]:
    by_topic = score_by_label(topic_pairs(examples, said))
    yield "| 主题 | 名称 | 标注份数 | F1 |"
    yield "|---|---|--:|--:|"
    for code, (value, count) in sorted(by_topic.items(), key=lambda item: item[1][0])[:10]:
        yield f"| {code} | {vocabulary.topics[code].name} | {count} | {value:.3f} |"


def _curve(bench: Bench, folds: NDArray[np.int64], crossed: Said, judged: int) -> Iterator[str]:
    """Learning from the first documents in the order of their group's digest, always judged on the same fold."""
    held = (folds == 0) & (np.arange(len(folds)) < judged)
    test, rest = bench.part(held), bench.part(folds != 0)
    order = np.argsort(assign_folds(rest.groups, 2**31, _SEED + 1), kind="stable")
    yield from _head()
    for size in _CURVE:
        learned = np.isin(np.arange(len(rest.examples)), order[:size])
        yield _row(f"学 {size} 份", score(test.examples, rest.part(learned).predict_others(test)))
    yield _row(f"学 {len(rest.examples)} 份", _select(crossed, np.flatnonzero(held).tolist(), bench.examples))


def _errors(examples: Sequence[Labelled], said: Said) -> Iterator[str]:
    """A fixed sample of the documents whose topics were missed: their ids and codes, not their words."""
    wrong = [
        (one, other)
        for one, other in zip(examples, said, strict=True)
        if one.pushable and one.topics and set(one.topics) != set(other.topics)
    ]
    order = assign_folds([one.document.id for one, _ in wrong], 2**31, _SEED)
    yield "| 文件 | 标注 | 判断 |"
    yield "|---|---|---|"
    for i in np.argsort(order, kind="stable")[:_ERRORS_SHOWN].tolist():
        one, other = wrong[i]
        yield f"| {one.document.id} | {' '.join(one.topics)} | {' '.join(other.topics)} |"


def evaluate(
    examples: list[Labelled], vocabulary: Vocabulary, judge: Judge | None, say: Say, also: Sequence[Labelled] = ()
) -> str:
    """The whole page. `judge` scores whole readings, where there is one; `say` is told how far it is.

    `also` is learned from, under the same folds, but nothing is judged on it.
    """
    say("读取特征")
    bench, judged = open_bench([*examples, *also], vocabulary), len(examples)
    folds = assign_folds(bench.groups, _FOLDS, _SEED)
    say("分组交叉验证")
    crossed = bench.predict(folds)[:judged]
    say("留一来源")
    sources = list_sources(examples)
    names = sorted(set(sources))
    parted = [name if name in names else _REST for name in [*sources, *list_sources(also)]]
    left_out = bench.predict(np.array([[*names, _REST].index(name) for name in parted], dtype=np.int64))[:judged]
    say("通读")
    readings = list(describe_scores(score_readings(examples, crossed, vocabulary, judge))) if judge else []
    say("学习曲线")
    curve = list(_curve(bench, folds, crossed, judged))
    parts = [
        "# 阅读与分类的评测",
        "由 `make evaluate` 生成，请勿手改；读过的错误见 [evaluation-errors.md](evaluation-errors.md)。",
        "指标的定义与标注指南的评分程序相同。两种做法都不让测试文件进入训练：\n"
        "**分组交叉验证**把同一系列的标题（每年一次、第几批）放在同一折；"
        "**留一来源**每次留出一个来源的全部文件，是应对新来源的依据。\n"
        f"只在标注的开发集（{judged} 份）上计分；我们自己读过的 {len(also)} 份只用来学。",
        "## 与要求对照",
        "\n".join(_targets(examples, crossed, left_out)),
        "## 分组交叉验证",
        "\n".join(_parts(examples, crossed)),
        "## 留一来源",
        "\n".join(_sources(examples, sources, left_out)),
        *(["## 通读：地区、时限、条件（对象与主题取自交叉验证）", "\n".join(readings)] if readings else []),
        "## 最差的十个主题（分组交叉验证）",
        "\n".join(_worst(examples, crossed, vocabulary)),
        "## 学习曲线（同一测试折）",
        "\n".join(curve),
        "## 主题判错的二十份（固定抽样）",
        "\n".join(_errors(examples, crossed)),
    ]
    return "\n\n".join(parts) + "\n"


def _tell(step: str) -> None:
    sys.stderr.write(f"{step}…\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when the page is written, 1 where the data is missing or unusable."""
    parser = argparse.ArgumentParser(
        prog="python -m matcher.evaluation", description="评测分类器并写出 docs/evaluation.md"
    )
    parser.add_argument("data", nargs="*", type=Path, help="标注 jsonl；不给则用共享材料里的开发集")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="共享材料的文件夹")
    parser.add_argument("--out", type=Path, default=Path("docs/evaluation.md"), help="写到哪里")
    chosen = parser.parse_args(arguments)
    vocabulary = load_vocabulary()
    data = chosen.data or [chosen.shared / "gold" / "dev" / name for name in _DATA]
    tool = chosen.shared / "tools" / "score_targeting.py"
    gold = [path for path in data if ".gold." in path.name]
    judge = Judge(tool, gold) if gold and tool.is_file() else None
    try:
        examples = read_labelled(data, vocabulary)
        corpus = [chosen.shared / "corpus" / name for name in _CORPUS]
        also = [] if chosen.data else read_labelled([_OWN], vocabulary, corpus)
        page = evaluate(examples, vocabulary, judge, _tell, also)
    except ZhidaError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
