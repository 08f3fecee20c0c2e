"""What a classifier says of a document."""

from dataclasses import dataclass, field
from typing import Protocol

from core.vocabulary.fields import Side
from matcher.document import Document


@dataclass(frozen=True, slots=True)
class Classification:
    """Probabilities are calibrated, 0 to 1. `topics` are the chosen codes, the main one first; it may be empty."""

    pushable: bool
    sides: list[Side]
    topics: list[str]
    types: list[str]
    scores: dict[str, float] = field(default_factory=dict)  # topic code → probability
    pushable_probability: float = 0.0


class Classifier(Protocol):
    """Says what a document is about and whom it serves."""

    def classify(self, document: Document) -> Classification: ...
