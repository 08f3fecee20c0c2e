"""Saying what a document is about and whom it serves, with the trained artifact that ships."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matcher.artifact import Artifact, load_artifact
from matcher.choosing import choose, is_topic
from matcher.classification import Classification
from matcher.document import Document
from matcher.features import read_wording

SHIPPED = Path(__file__).parent / "artifact"


@dataclass(frozen=True)
class LinearClassifier:
    """A linear model per label over words, characters and the lexicon; nothing is looked up outside the artifact."""

    artifact: Artifact

    @property
    def version(self) -> str:
        return str(self.artifact.card["version"])

    def classify(self, document: Document) -> Classification:
        """Never fails on a text, however odd; what holds no Chinese can't be judged and is not pushable."""
        wording = read_wording(document, self.artifact.space.lexicon)
        columns, values = self.artifact.space.vector(wording)
        model = self.artifact.model
        if not wording.readable:
            return Classification(False, [], [], [], dict.fromkeys(filter(is_topic, model.labels), 0.0))
        probabilities = model.probabilities(columns, values)
        return choose(model.labels, probabilities, model.calibration.threshold)


@lru_cache(maxsize=2)
def load_classifier(folder: Path | None = None) -> LinearClassifier:
    """The classifier of the artifact in `folder`, or the shipped one; read once per process.

    Raises ZhidaError where the artifact is missing or a byte of it has changed.
    """
    return LinearClassifier(load_artifact(folder or SHIPPED))
