"""Learning a classifier from labelled documents, judging it on others than it learned from, keeping the better one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.sparse as sparse
import sklearn
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from core.clock import Clock, local_date, system_clock
from core.vocabulary.load import Vocabulary
from matcher.artifact import Artifact, LinearModel, fingerprint, load_artifact, save_artifact
from matcher.calibration import calibrate
from matcher.chances import Calibration
from matcher.choosing import AUDIENCES, PUSHABLE, choose
from matcher.classification import Classification
from matcher.classifier import SHIPPED, LinearClassifier
from matcher.features import FeatureSpace, Wording, build_space, list_views, read_wording
from matcher.folds import assign_folds, list_groups
from matcher.labelled import Labelled, as_labelled, list_labels, read_labelled
from matcher.lexicon import Lexicon, build_lexicon
from matcher.scores import Scores, score, score_by_label, topic_pairs
from matcher.training_report import TrainingReport

_FOLDS = 5
_PENALTY = 1.0
_KEPT_TOKENS = 50_000
_MAY_FORGET = 0.02  # share of what the present classifier learned that may be missing from the data
_LEAST_UNSEEN = 30  # documents unknown to both classifiers from which on they decide

Margins = NDArray[np.float64]


@dataclass(frozen=True)
class Planes:
    """Weights (features × labels) and biases of one separating plane per label."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def margins(self, features: sparse.csr_matrix) -> Margins:
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)


def as_matrix(wordings: Sequence[Wording], space: FeatureSpace) -> sparse.csr_matrix:
    vectors = [space.vector(wording) for wording in wordings]
    ends = np.cumsum([0, *(len(columns) for columns, _ in vectors)])
    columns = np.concatenate([columns for columns, _ in vectors])
    values = np.concatenate([values for _, values in vectors]).astype(np.float64)
    return sparse.csr_matrix((values, columns, ends), shape=(len(vectors), space.width))


def fit_planes(features: sparse.csr_matrix, truth: NDArray[np.bool_], labels: Sequence[str], seed: int) -> Planes:
    """A linear support vector machine per label; a label that never (or always) holds gets a plane that says so.

    To whom a document speaks is learned from pushable ones only.
    """
    pushable = np.flatnonzero(truth[:, labels.index(PUSHABLE)])
    pushed = features[pushable]
    weights = np.zeros((features.shape[1], len(labels)), dtype=np.float32)
    bias = np.zeros(len(labels), dtype=np.float32)
    for label, name in enumerate(labels):  # one by one: liblinear's dice are shared by all threads
        among, held = (pushed, truth[pushable, label]) if name in AUDIENCES else (features, truth[:, label])
        if held.all() or not held.any():
            bias[label] = 1.0 if held.all() else -1.0
            continue
        machine = LinearSVC(C=_PENALTY, tol=1e-2, max_iter=300, random_state=seed).fit(among, held)
        weights[:, label], bias[label] = machine.coef_[0], machine.intercept_[0]
    return Planes(weights, bias)


def truth_table(examples: Sequence[Labelled], labels: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[label in example.labels for label in labels] for example in examples], dtype=np.bool_)


def learn_planes(
    wordings: Sequence[Wording], truth: NDArray[np.bool_], labels: Sequence[str], space: FeatureSpace, seed: int
) -> Planes:
    """Planes learned from the documents and, where they have a text, from their title alone and their text alone."""
    views = [(view, row) for row, wording in enumerate(wordings) for view in list_views(wording)]
    rows = [*range(len(wordings)), *(row for _, row in views)]
    return fit_planes(as_matrix([*wordings, *(view for view, _ in views)], space), truth[rows], labels, seed)


def margins_unseen(
    wordings: Sequence[Wording],
    truth: NDArray[np.bool_],
    labels: Sequence[str],
    folds: NDArray[np.int64],
    lexicon: Lexicon,
    topics: int,
    seed: int,
) -> Margins:
    """For each document the margins of machines that learned from the other folds only."""
    margins = np.zeros(truth.shape)
    for fold in np.unique(folds):
        learn, held = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        known = [wordings[i] for i in learn]
        space = build_space(known, lexicon, topics)
        planes = learn_planes(known, truth[learn], labels, space, seed)
        margins[held] = planes.margins(as_matrix([wordings[i] for i in held], space))
    return margins


def prune(space: FeatureSpace, planes: Planes, kept: int) -> tuple[FeatureSpace, Planes]:
    """The `kept` tokens that weigh most (times how rare they are, which is how strongly they enter)."""
    tokens = len(space.columns)
    weight = np.linalg.norm(planes.weights[:tokens], axis=1) * space.frequency
    order = np.sort(np.argsort(-weight, kind="stable")[:kept])
    names = list(space.columns)
    columns = {names[old]: new for new, old in enumerate(order)}
    rows = np.concatenate([order, np.arange(tokens, space.width)])
    smaller = FeatureSpace(columns, space.frequency[order], space.lexicon, space.topics)
    return smaller, Planes(planes.weights[rows], planes.bias)


def quantise(planes: Planes, labels: tuple[str, ...], calibration: Calibration) -> LinearModel:
    """Weights as whole numbers of 8 bits."""
    scale = np.maximum(np.abs(planes.weights).max(axis=0), 1e-9) / 127
    weights = np.rint(planes.weights / scale).astype(np.int8)
    return LinearModel(labels, weights, scale.astype(np.float32), planes.bias, calibration)


def decide(labels: tuple[str, ...], margins: Margins, calibration: Calibration) -> list[Classification]:
    return [choose(labels, chance, calibration.threshold) for chance in calibration.chances(labels, margins)]


def decide_unseen(
    labels: tuple[str, ...], margins: Margins, truth: NDArray[np.bool_], folds: NDArray[np.int64]
) -> list[Classification]:
    """What is said of each document with the calibration of the other folds, so that nothing of it was seen before."""
    said: dict[int, Classification] = {}
    for fold in np.unique(folds):
        held, calibration = folds == fold, calibrate(labels, margins[folds != fold], truth[folds != fold])
        said |= zip(np.flatnonzero(held).tolist(), decide(labels, margins[held], calibration), strict=True)
    return [said[i] for i in range(len(folds))]


def _card(
    examples: Sequence[Labelled], said: Sequence[Classification], seed: int, day: str, overall: Scores
) -> dict[str, Any]:
    pairs = topic_pairs(examples, said)
    topics = {code: {"f1": round(value, 3), "documents": n} for code, (value, n) in score_by_label(pairs).items()}
    return {
        "version": f"{day}-{len(examples)}",
        "trained_on": day,
        "documents": len(examples),
        "with_text": sum(bool(example.document.text) for example in examples),
        "method": "linear support vector machines over words, characters and a lexicon; Platt calibration",
        "protocol": f"{_FOLDS}-fold cross-validation, titles of one series never parted",
        "scores": overall.as_dict(),
        "topics": topics,
        "seed": seed,
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }


def make_artifact(
    examples: Sequence[Labelled], vocabulary: Vocabulary, seed: int, day: str
) -> tuple[Artifact, list[Classification]]:
    """The classifier learned from all examples, and what it would have said of each without having seen it."""
    labels, topics = list_labels(vocabulary), len(vocabulary.topics)
    lexicon = build_lexicon(vocabulary)
    wordings = [read_wording(example.document, lexicon) for example in examples]
    truth = truth_table(examples, labels)
    folds = assign_folds(list_groups(examples), _FOLDS, seed)
    margins = margins_unseen(wordings, truth, labels, folds, lexicon, topics, seed)
    calibration = calibrate(labels, margins, truth)
    unseen = decide_unseen(labels, margins, truth, folds)
    space = build_space(wordings, lexicon, topics)
    planes = learn_planes(wordings, truth, labels, space, seed)
    space, planes = prune(space, planes, _KEPT_TOKENS)
    learned = np.unique(np.array([fingerprint(example.document.title) for example in examples], dtype=np.uint64))
    card = _card(examples, unseen, seed, day, score(examples, unseen))
    return Artifact(space, quantise(planes, labels, calibration), learned, card), unseen


def _compare(
    examples: Sequence[Labelled], unseen: Sequence[Classification], present: Artifact | None
) -> tuple[Scores, Scores | None, str]:
    """The candidate's and the present classifier's scores on documents that neither had learned.

    Where there are too few of them, the cross-validated scores of both, each over its own data.
    """
    if present is None:
        return score(examples, unseen), None, "交叉验证，尚无现用分类器"
    known = set(present.learned.tolist())
    new = [i for i, example in enumerate(examples) if fingerprint(example.document.title) not in known]
    if len(new) < _LEAST_UNSEEN:
        kept = Scores(**{**present.card["scores"], "documents": int(present.card["documents"])})
        return score(examples, unseen), kept, "交叉验证"
    gold = [examples[i] for i in new]
    before = LinearClassifier(present)
    return (
        score(gold, [unseen[i] for i in new]),
        score(gold, [before.classify(one.document) for one in gold]),
        "双方都没有学过的文件",
    )


def train(
    data: Sequence[Path],
    out: Path | None,
    vocabulary: Vocabulary,
    *,
    documents: Sequence[Path] = (),
    corrections: Iterable[Mapping[str, Any]] = (),
    seed: int = 20,
    clock: Clock = system_clock,
) -> TrainingReport:
    """Learn from labelled jsonl files; write the artifact into `out` (or over the shipped one) if it is better there
    and forgets nothing: scores on a few documents don't show what is lost with the rest.

    `documents` hold texts of which only those are read that `data` labels by their id.
    `corrections` are rows of `matcher.examples.list_examples`. The same data, seed and day give the same bytes.
    Raises InputError for data that can't be used.
    """
    corrected = (as_labelled(row, vocabulary, f"更正 {row['id']}") for row in corrections)
    examples = [*read_labelled(data, vocabulary, documents), *corrected]
    artifact, unseen = make_artifact(examples, vocabulary, seed, local_date(clock()).isoformat())
    folder = out or SHIPPED
    present = load_artifact(folder) if (folder / "manifest.json").is_file() else None
    candidate, before, compared_on = _compare(examples, unseen, present)
    forgotten = _count_forgotten(artifact, present) if present else 0
    promoted = before is None or (candidate.overall > before.overall and not forgotten)
    if promoted:
        _replace(folder, artifact)
    return TrainingReport(len(examples), candidate, before, compared_on, promoted, folder, forgotten)


def _count_forgotten(candidate: Artifact, present: Artifact) -> int:
    """Documents that only the present classifier has learned; none where they are but a few in a hundred."""
    lost = int(np.isin(present.learned, candidate.learned, invert=True).sum())
    return lost if lost > _MAY_FORGET * len(present.learned) else 0


def _replace(folder: Path, artifact: Artifact) -> None:
    """Write beside the place first, so that a failure leaves the present classifier whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as aside:
        save_artifact(artifact, Path(aside) / "artifact")
        folder.mkdir(exist_ok=True)
        for path in sorted((Path(aside) / "artifact").iterdir()):
            path.replace(folder / path.name)
