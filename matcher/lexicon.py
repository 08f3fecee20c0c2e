"""Which words speak of which topic, type of subscriber or form of document, and how strongly a text uses them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.vocabulary.load import Vocabulary
from matcher.wording import plain

_SHIPPED = Path(__file__).parent / "data" / "lexicon.txt"
_COMMENT = "#"


@dataclass(frozen=True)
class Lexicon:
    """Groups of words; a group is named by a topic code, a type code or a form."""

    groups: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        owners: dict[str, list[int]] = {}
        for number, words in enumerate(self.groups.values()):
            for word in words:
                owners.setdefault(word, []).append(number)
        index: dict[str, list[tuple[str, list[int]]]] = {}
        for word, numbers in sorted(owners.items(), key=lambda item: (-len(item[0]), item[0])):
            index.setdefault(word[:2], []).append((word, numbers))
        object.__setattr__(self, "_index", index)

    def weigh(self, text: str) -> NDArray[np.float32]:
        """Per group the characters of its words in the text (longest word first, no overlap); repeats count less."""
        index: dict[str, list[tuple[str, list[int]]]] = self._index  # type: ignore[attr-defined]  # made above
        weight = np.zeros(len(self.groups), dtype=np.float32)
        free_from = [0] * len(self.groups)
        seen: Counter[tuple[str, int]] = Counter()
        pairs = map(add, text, text[1:] + " ")
        for at in [at for at, pair in enumerate(pairs) if pair in index or text[at] in index]:
            for start in (text[at : at + 2], text[at]):
                for word, numbers in index.get(start, ()):
                    if not text.startswith(word, at):
                        continue
                    for number in numbers:
                        if at >= free_from[number]:
                            free_from[number] = at + len(word)
                            seen[word, number] += 1
                            weight[number] += len(word) / seen[word, number]
        return weight


def _lines(path: Path) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith(_COMMENT):
            name, *words = line.split()
            groups.setdefault(name, set()).update(map(plain, words))
    return groups


def build_lexicon(vocabulary: Vocabulary, path: Path = _SHIPPED) -> Lexicon:
    """The shipped word groups together with the keywords, stems, colloquial words and terms of the vocabulary."""
    groups = _lines(path)
    for topic in vocabulary.topics.values():
        groups.setdefault(topic.code, set()).update(map(plain, (*topic.keywords, *topic.stems, *topic.colloquial)))
    for said in vocabulary.colloquial:
        groups[said.topic].update(map(plain, (said.say, *said.official)))
    for kind in vocabulary.types.values():
        groups.setdefault(kind.code, set()).update(map(plain, kind.terms))
    return Lexicon({name: sorted(words) for name, words in groups.items()})
