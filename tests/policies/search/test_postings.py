"""BM25 over postings."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.search.postings import (
    FULL,
    LENGTH_SHARE,
    SATURATION,
    USUAL_LENGTH,
    Postings,
    invert,
    rank,
    rarity,
)
from policies.search.words import Document, count_words

ALPHABET = st.text("稳岗补贴税费", max_size=8)


def test_every_word_knows_its_documents() -> None:
    found = invert([Document(7, "稳岗", text="补贴"), Document(9, "补贴")])
    assert found["补贴"].documents.tolist() == [7, 9]
    assert found["稳岗"].documents.tolist() == [7]
    assert found["补贴"].impacts[1] > found["补贴"].impacts[0]
    assert invert([]) == {}


def test_bytes_and_back() -> None:
    found = invert([Document(2**32 - 1, "稳岗")])["稳岗"]
    again = Postings.from_bytes(found.documents.tobytes(), found.impacts.tobytes())
    assert again.documents.tolist() == [2**32 - 1]
    assert again.impacts.tolist() == found.impacts.tolist()


def test_the_rare_word_decides() -> None:
    documents = [Document(n, "补贴办法") for n in range(1, 9)] + [Document(9, "稳岗办法")]
    assert rank({"稳岗": 1, "补贴": 1}, invert(documents), 9, 3)[0].document == 9


def test_equal_answers_the_later_first_and_no_more_than_asked_for() -> None:
    postings = invert([Document(n, "稳岗") for n in range(1, 6)])
    assert [hit.document for hit in rank({"稳岗": 1}, postings, 5, 3)] == [5, 4, 3]


def test_nothing_is_found_where_nothing_is() -> None:
    assert rank({}, {}, 0, 10) == []
    assert rank({"稳岗": 1}, {}, 0, 10) == []
    assert rank({"税": 1}, invert([Document(1, "稳岗")]), 1, 10) == []


@given(st.lists(ALPHABET, max_size=12), ALPHABET)
def test_ranks_as_the_formula_says(titles: list[str], question: str) -> None:
    documents = [Document(n, title) for n, title in enumerate(titles, 1)]
    terms = dict.fromkeys(count_words(Document(0, question)), 1.0)
    scores = {document.number: _bm25(document, terms, documents) for document in documents}
    hits = rank(terms, invert(documents), len(documents), len(documents))
    assert {hit.document for hit in hits} == {number for number, score in scores.items() if score}
    by_formula = [scores[hit.document] for hit in hits]
    assert by_formula == pytest.approx(sorted(by_formula, reverse=True), abs=0.1)
    assert all(0 < hit.score <= 1 for hit in hits)


def _bm25(document: Document, terms: dict[str, float], documents: list[Document]) -> float:
    counts, score = count_words(document), 0.0
    pivot = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * counts.total() / USUAL_LENGTH)
    for term in terms:
        holding = sum(term in count_words(other) for other in documents)
        idf = log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
        score += idf * counts[term] / (counts[term] + pivot)
    return score


def test_rarity_falls_with_the_share_of_documents_and_never_below_nought() -> None:
    values = [rarity(holding, 100) for holding in range(101)]
    assert values == sorted(values, reverse=True)
    assert values[-1] > 0


def test_impacts_are_never_nought() -> None:
    long = Document(1, "", text="税费" * 500_000 + "稳岗")
    assert invert([long])["稳岗"].impacts.tolist() == [1]
    assert np.all(invert([Document(1, "稳岗")])["稳岗"].impacts <= FULL)
