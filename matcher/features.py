"""A document as numbers: words and characters of title and text, and how strongly it uses the lexicon."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log, sqrt

import numpy as np
import rjieba
from numpy.typing import NDArray

from matcher.document import Document
from matcher.lexicon import Lexicon
from matcher.wording import uniform

_TITLE_READ = 300
_TEXT_READ = 1500  # characters that are brought into form; the start of a text says what it is about
_TEXT_WORDS = 300
_TEXT_CHARACTERS = 600
_TEXT_LEXICON = 800
_BLOCKS = ("w", "c")  # words with pairs of words; runs of two and three characters

_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")

Counts = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Wording:
    """What is counted of one document, title and text apart, per block."""

    title: Counts
    text: Counts
    title_lexicon: NDArray[np.float32]
    text_lexicon: NDArray[np.float32]
    readable: bool  # holds Chinese characters at all


def _words(text: str) -> list[str]:
    return [word for word in rjieba.cut(text) if word[0].isalnum() or word[0] in "◎#"]


def _pairs(words: list[str]) -> Iterator[str]:
    yield from words
    yield from (f"{one}_{two}" for one, two in pairwise(words))


def _runs(text: str) -> Iterator[str]:
    return (text[at : at + size] for size in (2, 3) for at in range(len(text) - size + 1))


def _counts(words: list[str], characters: str) -> Counts:
    return {"w": Counter(_pairs(words)), "c": Counter(_runs(characters))}


def list_views(wording: Wording) -> list[Wording]:
    """The title alone and the text alone of a document that has both."""
    if not wording.text["c"] or not wording.title["c"]:
        return []
    nothing = {block: Counter[str]() for block in _BLOCKS}
    silent = np.zeros_like(wording.title_lexicon)
    return [
        replace(wording, text=nothing, text_lexicon=silent),
        replace(wording, title=nothing, title_lexicon=silent),
    ]


def read_wording(document: Document, lexicon: Lexicon) -> Wording:
    title = uniform(document.title[:_TITLE_READ])
    text = uniform(document.text.lstrip()[:_TEXT_READ])
    return Wording(
        title=_counts(_words(title), title),
        text=_counts(_words(text)[:_TEXT_WORDS], text[:_TEXT_CHARACTERS]),
        title_lexicon=lexicon.weigh(title),
        text_lexicon=lexicon.weigh(text[:_TEXT_LEXICON]),
        readable=_CHINESE.search(title + text) is not None,
    )


def _unit(weights: dict[int, float]) -> dict[int, float]:
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {key: weight / length for key, weight in weights.items()} if length else {}


def _dense(wording: Wording, topics: int) -> NDArray[np.float32]:
    """Lexicon weights of title and text, and which topics they speak of most. The first `topics` groups are topics."""
    title, text = np.log1p(wording.title_lexicon) / 2, np.log1p(wording.text_lexicon) / 4
    joint = title[:topics] + text[:topics] / 2
    most = float(joint.max(initial=0.0))
    leads = (joint >= most - 1e-6) & (most > 0)
    share = joint / max(most, 0.3)
    return np.concatenate([0.5 * title, 0.3 * text, 0.3 * leads, 0.25 * share]).astype(np.float32)


@dataclass(frozen=True)
class FeatureSpace:
    """The known words with their inverse document frequency; after them come the dense features of the lexicon."""

    columns: Mapping[str, int]  # block letter + token → column
    frequency: NDArray[np.float32]
    lexicon: Lexicon
    topics: int

    @property
    def width(self) -> int:
        return len(self.columns) + 2 * len(self.lexicon.groups) + 2 * self.topics

    def _weigh(self, block: str, counts: Counter[str]) -> dict[int, float]:
        found: dict[int, float] = {}
        for token, count in counts.items():
            column = self.columns.get(block + token)
            if column is not None:
                found[column] = (1 + log(count)) * float(self.frequency[column])
        return _unit(found)

    def vector(self, wording: Wording) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Columns and their values. Title and text count alike in each block, and each block has length 1."""
        both: dict[int, float] = {}
        for block in _BLOCKS:
            joined = self._weigh(block, wording.title[block])
            for column, weight in self._weigh(block, wording.text[block]).items():
                joined[column] = joined.get(column, 0.0) + weight
            both |= _unit(joined)
        dense = _dense(wording, self.topics)
        start = len(self.columns)
        columns = np.concatenate([np.fromiter(both, np.int32, len(both)), np.arange(start, start + len(dense))])
        values = np.concatenate([np.fromiter(both.values(), np.float32, len(both)), dense])
        return columns.astype(np.int32), values.astype(np.float32)


def build_space(wordings: Iterable[Wording], lexicon: Lexicon, topics: int, least: int = 2) -> FeatureSpace:
    """The tokens of at least `least` documents, in alphabetical order."""
    seen: Counter[str] = Counter()
    documents = 0
    for wording in wordings:
        documents += 1
        for block in _BLOCKS:
            seen.update(block + token for token in wording.title[block].keys() | wording.text[block].keys())
    kept = sorted(token for token, count in seen.items() if count >= least)
    frequency = np.array([log((1 + documents) / (1 + seen[token])) + 1 for token in kept], dtype=np.float32)
    return FeatureSpace({token: column for column, token in enumerate(kept)}, frequency, lexicon, topics)
