"""Text in, targeting out."""

from core.vocabulary.load import Vocabulary
from matcher.classification import Classifier
from matcher.document import Document
from matcher.reading.reading import Card, Reading


class Reader:
    """Reads documents with one vocabulary and one classifier; holds no state between documents."""

    def __init__(self, vocabulary: Vocabulary, classifier: Classifier) -> None:
        self._vocabulary = vocabulary
        self._classifier = classifier

    def read(self, document: Document) -> Reading:
        """What `document` says. Never fails on a text, however odd; works on a bare title too."""
        said = self._classifier.classify(document)
        return Reading(
            pushable=said.pushable,
            sides=said.sides,
            topics=said.topics,
            types=said.types,
            region="000000",
            opens=None,
            closes=None,
            valid_until=None,
            conditions={"all": []},
            scores=said.scores,
            card=Card(title=document.title),
        )
