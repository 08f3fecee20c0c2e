"""Text in, targeting out."""

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.classification import Classifier
from matcher.document import Document
from matcher.reading.card import read_card
from matcher.reading.criteria.clause import Setting
from matcher.reading.criteria.titles import Titles
from matcher.reading.criteria.tree import TreeBuilder
from matcher.reading.layout import read_layout
from matcher.reading.places import Gazetteer
from matcher.reading.plain import read_plain
from matcher.reading.reading import Reading
from matcher.reading.region import read_region
from matcher.reading.window import read_window


class Reader:
    """Reads documents with one vocabulary and one classifier; holds no state between documents."""

    def __init__(self, vocabulary: Vocabulary, classifier: Classifier) -> None:
        self._vocabulary = vocabulary
        self._classifier = classifier
        self._gazetteer = Gazetteer(vocabulary)
        self._tree = TreeBuilder(Titles(vocabulary))

    def read(self, document: Document) -> Reading:
        """What `document` says. Never fails on a text, however odd; works on a bare title too."""
        said = self._classifier.classify(document)
        region = read_region(document, self._gazetteer)
        plain = read_plain(document.text)
        layout = read_layout(plain.text)
        window = read_window(plain.text, document.published_date)
        sides = frozenset(said.sides) or frozenset(Side)
        setting = Setting(self._vocabulary, self._gazetteer, region, sides)
        return Reading(
            pushable=said.pushable,
            sides=said.sides,
            topics=said.topics,
            types=said.types,
            region=region,
            opens=window.opens,
            closes=window.closes,
            valid_until=window.valid_until,
            conditions=self._tree.build(document.title, plain, layout, setting),
            scores=said.scores,
            card=read_card(document.title, plain, layout),
        )
