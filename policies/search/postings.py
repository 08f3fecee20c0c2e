"""Which documents hold a word, how much it says about each, and the documents that answer best. Pure.

BM25 (Robertson & Zaragoza 2009, The Probabilistic Relevance Framework, eq. 3.15) in two halves: what a document alone
decides is an *impact* of one byte, computed once; how rare a word is, is known when it is asked for. The length that
others are compared with is a constant, so that an impact never changes with what comes in later.
"""

import itertools
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray

from policies.search.words import Document, count_words

SATURATION, LENGTH_SHARE = 0.8, 0.7
"""k1 and b of BM25."""
USUAL_LENGTH = 1200
"""Words of a usual document, titles counted as they weigh."""
FULL = 255
"""The impact of a word that a document consists of."""


@dataclass(frozen=True, slots=True)
class Postings:
    """The documents that hold one word, each once, and the word's impact on each (1…255)."""

    documents: NDArray[np.uint32]
    impacts: NDArray[np.uint8]

    @classmethod
    def from_bytes(cls, documents: bytes, impacts: bytes) -> "Postings":
        """As `documents.tobytes()` and `impacts.tobytes()` gave them on a little-endian machine."""
        return cls(np.frombuffer(documents, "<u4"), np.frombuffer(impacts, np.uint8))


_NOWHERE = Postings(np.array([], np.uint32), np.array([], np.uint8))


@dataclass(frozen=True, slots=True)
class Hit:
    """A document and how well it answers: 0…1, where 1 is full impact of every term asked for."""

    document: int
    score: float


def invert(documents: Iterable[Document]) -> dict[str, Postings]:
    """The postings of every word of the documents."""
    codes: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    coded, counted = array("q"), array("d")
    numbers, lengths, kinds = [], [], []
    for document in documents:
        counts = count_words(document)
        coded.extend(map(codes.__getitem__, counts))
        counted.extend(counts.values())
        numbers.append(document.number)
        lengths.append(counts.total())
        kinds.append(len(counts))
    pivots = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * np.array(lengths) / USUAL_LENGTH)
    held, count = np.repeat(np.array(numbers, "<u4"), kinds), np.array(counted)
    impacts = np.maximum(1, np.rint(FULL * count / (count + np.repeat(pivots, kinds)))).astype(np.uint8)
    return _split(list(codes), np.array(coded), held, impacts)


def _split(
    words: list[str], coded: NDArray[np.int64], held: NDArray[np.uint32], impacts: NDArray[np.uint8]
) -> dict[str, Postings]:
    """Columns of (word, document, impact) into the postings of each word."""
    order = np.argsort(coded, kind="stable")
    held, impacts = held[order], impacts[order]
    ends = np.cumsum(np.bincount(coded, minlength=len(words))).tolist()
    spans = zip(words, [0, *ends], ends, strict=False)
    return {word: Postings(held[start:end], impacts[start:end]) for word, start, end in spans}


def rank(terms: Mapping[str, float], postings: Mapping[str, Postings], total: int, most: int) -> list[Hit]:
    """The documents that answer best, at most `most`, the best first; equal ones the later document first.

    `postings` of the terms (others are not looked at; a term without any is in no document), `total` documents in all.
    """
    known = [(weight, postings.get(term, _NOWHERE)) for term, weight in terms.items()]
    last = max((int(found.documents.max()) for _, found in known if found.documents.size), default=-1)
    scores, sought = np.zeros(last + 1, np.float32), 0.0
    for weight, found in known:
        worth = weight * rarity(found.documents.size, total)
        scores[found.documents] += np.float32(worth) * found.impacts
        sought += worth
    best = _best(scores, most)
    return [Hit(int(number), float(scores[number]) / (FULL * sought)) for number in best]


def rarity(holding: int, total: int) -> float:
    """Inverse document frequency, never below nought."""
    return log1p((total - holding + 0.5) / (holding + 0.5))


def _best(scores: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    candidates = np.flatnonzero(scores)
    if len(candidates) > most:
        limit = np.partition(scores[candidates], len(candidates) - most)[len(candidates) - most]
        candidates = candidates[scores[candidates] >= limit]
    return candidates[np.lexsort((-candidates, -scores[candidates]))][:most]
