"""The measures, and the page that reports them."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.vocabulary.fields import Side
from core.vocabulary.load import load_vocabulary
from matcher.calibration import best_threshold, calibrate, fit_sigmoid
from matcher.choosing import choose, choose_topics
from matcher.classification import Classification
from matcher.classifier import load_classifier
from matcher.evaluation import list_sources, main
from matcher.labelled import list_labels, read_labelled
from matcher.scores import f1, score
from tests.matcher.labelled_samples import sample_rows, write_rows

VOCABULARY = load_vocabulary()
_BOUNDS = dict.fromkeys(VOCABULARY.topics, 0.4)


def _chances(**given: float) -> dict[str, float]:
    return dict.fromkeys(VOCABULARY.topics, 0.01) | given


def _both(enterprise: float, individual: float) -> dict[str, float]:
    return {"enterprise": enterprise, "individual": individual}


@pytest.mark.parametrize(
    ("chances", "sides", "named", "expected"),
    [
        (_chances(E0404=0.9, E0403=0.95), _both(0.9, 0.1), True, ["E0404", "E0403"]),  # the field topic first
        (_chances(E0403=0.9), _both(0.9, 0.1), True, ["E0403"]),
        (_chances(P0201=0.2), _both(0.1, 0.5), True, ["P0201"]),  # one at least
        (_chances(P0201=0.2), _both(0.1, 0.5), False, []),
        (_chances(E0202=0.8, P0304=0.2), _both(0.9, 0.9), True, ["E0202", "P0304"]),  # its side is surely addressed
        (_chances(E0202=0.8, P0304=0.5), _both(0.9, 0.1), True, ["E0202"]),  # its side is hardly addressed
        (_chances(E0101=0.9, E0102=0.8, E0103=0.7, E0201=0.6, E0202=0.5), _both(0.9, 0.1), True, None),
    ],
)
def test_topics_are_chosen(
    chances: dict[str, float], sides: dict[str, float], named: bool, expected: list[str] | None
) -> None:
    chosen = choose_topics(chances, _BOUNDS, sides, named)
    assert chosen == (expected if expected is not None else ["E0101", "E0102", "E0103", "E0201"])


def _said(**given: float) -> Classification:
    labels = list_labels(VOCABULARY)
    chances = dict.fromkeys(labels, 0.01) | {"pushable": 0.9} | given
    return choose(labels, np.array([chances[label] for label in labels], np.float32), np.full(len(labels), 0.4))


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ({"firms": 0.7, "persons": 0.1, "both": 0.2}, [Side.ENTERPRISE]),
        ({"firms": 0.4, "persons": 0.1, "both": 0.5}, [Side.ENTERPRISE, Side.INDIVIDUAL]),
        ({"firms": 0.3, "persons": 0.4, "both": 0.3}, [Side.INDIVIDUAL]),
    ],
)
def test_the_likeliest_audience_is_chosen(audience: dict[str, float], expected: list[Side]) -> None:
    assert _said(**audience).sides == expected


def test_nobody_is_addressed_where_a_push_is_out_of_the_question() -> None:
    assert _said(pushable=0.01, firms=0.9, E0404=0.9).sides == []


def test_audiences_are_weighed_against_each_other() -> None:
    """The margins say both; the best topics of the two sides decide where they leave it open."""
    labels = list_labels(VOCABULARY)
    generator = np.random.default_rng(5)
    margins = generator.normal(-1, 0.3, size=(600, len(labels)))
    truth = np.zeros(margins.shape, dtype=np.bool_)
    truth[:, labels.index("pushable")] = True
    for at, name in enumerate(("firms", "persons", "both")):
        truth[at::3, labels.index(name)] = True
        if name != "persons":
            margins[at::3, labels.index("E0404")] += 2
        if name != "firms":
            margins[at::3, labels.index("P0201")] += 2
    calibration = calibrate(labels, margins, truth)
    told = calibration.chances(labels, margins)[:, [labels.index(name) for name in ("firms", "persons", "both")]]
    assert told.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (told.argmax(axis=1) == np.arange(600) % 3).mean() > 0.95


def test_the_sigmoid_finds_the_odds_that_made_the_labels() -> None:
    generator = np.random.default_rng(3)
    margin = generator.normal(size=20_000)
    truth = generator.random(20_000) < 1 / (1 + np.exp(-(2.5 * margin - 1)))
    slope, offset = fit_sigmoid(margin, truth)
    assert slope == pytest.approx(2.5, abs=0.1)
    assert offset == pytest.approx(-1, abs=0.1)


def test_a_rare_label_keeps_near_the_common_threshold() -> None:
    chance = np.linspace(0, 1, 1000)
    assert best_threshold(chance, chance > 0.6) > 0.55
    assert best_threshold(chance, chance > 0.998) == pytest.approx(0.4, abs=0.02)


def test_f1_counts_each_label() -> None:
    pairs = [(frozenset("ab"), frozenset("a")), (frozenset("c"), frozenset("cd"))]
    assert f1(pairs) == pytest.approx(2 * 2 / (3 + 3))
    assert f1([]) == 1.0


def test_the_page_has_all_its_parts(tmp_path: Path) -> None:
    data = write_rows(tmp_path / "data.jsonl", sample_rows())
    assert main([str(data), "--out", str(tmp_path / "page.md")]) == 0
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    for heading in ("与要求对照", "分组交叉验证", "留一来源", "最差的十个主题", "学习曲线", "主题判错的二十份"):
        assert f"## {heading}" in page


def test_missing_data_is_one_line_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shared", str(tmp_path), "--out", str(tmp_path / "page.md")]) == 1
    assert "titles.input.jsonl：无法读取" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def test_small_sources_are_one(tmp_path: Path) -> None:
    examples = read_labelled([write_rows(tmp_path / "data.jsonl", sample_rows())], VOCABULARY)
    assert set(list_sources(examples)) == {"s", "s "}  # with a text, and with a title only
    assert set(list_sources(examples[:200])) == {"其他"}


@pytest.mark.material
def test_the_measures_are_those_of_the_scorer(shared_material: Callable[[str], Path]) -> None:
    spec = importlib.util.spec_from_file_location("scorer", shared_material("tools/score_targeting.py"))
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    files = [shared_material(f"gold/dev/documents.{kind}.jsonl") for kind in ("input", "gold")]
    gold = read_labelled(files, VOCABULARY)
    said = [load_classifier(None).classify(one.document) for one in gold]
    theirs = scorer.score(
        scorer.load(files[1]),
        {
            one.document.id: {
                "pushable": other.pushable,
                "sides": [side.value for side in other.sides],
                "topics": other.topics,
                "types": other.types,
            }
            for one, other in zip(gold, said, strict=True)
        },
    )
    ours = score(gold, said)
    assert ours.documents == theirs["documents"]
    assert ours.topics_micro == pytest.approx(theirs["topics_micro"]["f1"], abs=1e-3)
    assert ours.topics_macro == pytest.approx(theirs["topics_macro"]["f1"], abs=1e-3)
    assert ours.first_topic == pytest.approx(theirs["topic_first_hit"], abs=1e-3)
    assert ours.pushable == pytest.approx(theirs["pushable_accuracy"], abs=1e-3)
    assert ours.sides == pytest.approx(theirs["sides_accuracy"], abs=1e-3)
    assert ours.types_micro == pytest.approx(theirs["types_micro"]["f1"], abs=1e-3)
