"""The reader that the service uses, with the name under which its readings are kept."""

from dataclasses import dataclass

from core.vocabulary.load import Vocabulary
from matcher.classifier import load_classifier
from matcher.reading.reader import Reader


@dataclass(frozen=True)
class NamedReader:
    name: str
    reader: Reader


def default_reader(vocabulary: Vocabulary) -> NamedReader:
    """The reader with the shipped classifier; loading takes a second or two, once per process."""
    classifier = load_classifier(None)
    return NamedReader(f"reader-1/{classifier.version}", Reader(vocabulary, classifier))
