"""A trained classifier as files: plain arrays and JSON, no code in them, every byte vouched for by a manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ZhidaError
from matcher.chances import Calibration
from matcher.features import FeatureSpace
from matcher.lexicon import Lexicon

FORMAT = 2
_MANIFEST = "manifest.json"
_WEIGHTS = "weights.npz"
_TOKENS = "tokens.txt"
_LEXICON = "lexicon.json"
_CARD = "card.json"
_FILES = (_WEIGHTS, _TOKENS, _LEXICON, _CARD)


@dataclass(frozen=True)
class LinearModel:
    """One separating plane per label. Weights are whole numbers of -127…127, to be multiplied by the label's scale."""

    labels: tuple[str, ...]
    weights: NDArray[np.int8]  # features × labels
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    calibration: Calibration

    def probabilities(self, columns: NDArray[np.int32], values: NDArray[np.float32]) -> NDArray[np.float32]:
        margin = values @ self.weights[columns].astype(np.float32) * self.scale + self.bias
        chances: NDArray[np.float32] = self.calibration.chances(self.labels, margin[None])[0]
        return chances


@dataclass(frozen=True)
class Artifact:
    """`learned` are the fingerprints of the titles it was trained on, sorted."""

    space: FeatureSpace
    model: LinearModel
    learned: NDArray[np.uint64]
    card: Mapping[str, Any]


def fingerprint(title: str) -> int:
    """Eight bytes that tell whether a classifier has seen a title, but not what it was."""
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:8], "big")


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def save_artifact(artifact: Artifact, folder: Path) -> None:
    """Writes the files and, last, the manifest; the same artifact gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MANIFEST).unlink(missing_ok=True)
    model, space = artifact.model, artifact.space
    np.savez_compressed(
        folder / _WEIGHTS,
        allow_pickle=False,
        weights=model.weights,
        scale=model.scale,
        bias=model.bias,
        slope=model.calibration.slope,
        offset=model.calibration.offset,
        threshold=model.calibration.threshold,
        audience=model.calibration.audience,
        frequency=space.frequency.astype(np.float16),
        learned=artifact.learned,
    )
    (folder / _TOKENS).write_bytes("\n".join(space.columns).encode())
    (folder / _LEXICON).write_bytes(
        _json({"labels": model.labels, "topics": space.topics, "groups": list(space.lexicon.groups.items())})
    )
    (folder / _CARD).write_bytes(_json(artifact.card))
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _FILES}
    (folder / _MANIFEST).write_bytes(_json({"format": FORMAT, "sha256": digests}))


def _checked(folder: Path) -> dict[str, Path]:
    """The files of the artifact once every one of them has the digest that the manifest gives.

    Raises ZhidaError where a file is missing or changed, or the format is another.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        digests = dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ZhidaError(f"分类模型的清单 {folder.name}/{_MANIFEST} 缺失或无法读取，请重新训练或重新安装") from error
    if manifest.get("format") != FORMAT or set(digests) != set(_FILES):
        raise ZhidaError(f"分类模型 {folder.name} 的格式与本版本不符，请用 zhida train 重新训练")
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise ZhidaError(f"分类模型文件 {folder.name}/{name} 缺失或被改动，已拒绝载入；请重新训练或重新安装")
    return {name: folder / name for name in digests}


def load_artifact(folder: Path) -> Artifact:
    """Reads what `save_artifact` wrote. Raises ZhidaError where a byte differs from the manifest."""
    files = _checked(folder)
    described = json.loads(files[_LEXICON].read_bytes())
    tokens = files[_TOKENS].read_text(encoding="utf-8").split("\n")
    with np.load(files[_WEIGHTS], allow_pickle=False) as arrays:
        model = LinearModel(
            labels=tuple(described["labels"]),
            weights=arrays["weights"],
            scale=arrays["scale"],
            bias=arrays["bias"],
            calibration=Calibration(arrays["slope"], arrays["offset"], arrays["threshold"], arrays["audience"]),
        )
        frequency, learned = arrays["frequency"].astype(np.float32), arrays["learned"]
    columns = {token: column for column, token in enumerate(tokens)}
    lexicon = Lexicon(dict(described["groups"]))
    card = json.loads(files[_CARD].read_bytes())
    return Artifact(FeatureSpace(columns, frequency, lexicon, described["topics"]), model, learned, card)
