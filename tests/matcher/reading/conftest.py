"""One reader for all: building the gazetteer takes longer than reading."""

import pytest

from core.vocabulary.load import Vocabulary, load_vocabulary
from matcher.reading.lexicon import LexiconClassifier
from matcher.reading.places import Gazetteer
from matcher.reading.reader import Reader


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="session")
def gazetteer(vocabulary: Vocabulary) -> Gazetteer:
    return Gazetteer(vocabulary)


@pytest.fixture(scope="session")
def reader(vocabulary: Vocabulary) -> Reader:
    return Reader(vocabulary, LexiconClassifier(vocabulary))
