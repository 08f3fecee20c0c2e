"""How well documents are found by questions whose answer is known: `zhida search`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from core.errors import InputError
from core.vocabulary.load import Vocabulary
from policies.search.postings import invert, rank
from policies.search.words import Document, terms_of

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Found:
    """Shares of the questions whose document came first and among the first ten; milliseconds of one search.

    `unanswerable` questions name a document that is not among those given; they count as not found.
    """

    recall_at_1: float
    recall_at_10: float
    p95_ms: float
    documents: int
    questions: int
    unanswerable: int


def answer_questions(documents: Path, questions: Path, vocabulary: Vocabulary) -> Found:
    """Find every question's document. InputError, with file and line, for a line that can't be used or no lines."""
    ids: dict[str, int] = {}
    given: list[Document] = []
    for where, row in _rows(documents):
        name = _word(row, "id", where)
        if name in ids:
            raise InputError(f"编号 {name} 重复", where)
        ids[name] = len(given)
        issuer = f"{row.get('doc_number') or ''} {row.get('agency') or ''}"
        given.append(Document(len(given), str(row.get("title") or ""), issuer, str(row.get("text") or "")))
    asked = [(_word(row, "question", where), _word(row, "document", where)) for where, row in _rows(questions)]
    postings = invert(given)
    places: list[int] = []
    spent: list[float] = []
    for question, name in asked:
        begun = perf_counter()
        hits = rank(terms_of(question, vocabulary), postings, len(given), SHOWN)
        spent.append(perf_counter() - begun)
        found = [hit.document for hit in hits]
        places.append(found.index(ids[name]) if ids.get(name, -1) in found else SHOWN)
    return Found(
        recall_at_1=round(sum(place == 0 for place in places) / len(asked), 4),
        recall_at_10=round(sum(place < SHOWN for place in places) / len(asked), 4),
        p95_ms=round(float(np.percentile(spent, 95)) * 1000, 2),
        documents=len(given),
        questions=len(asked),
        unanswerable=sum(name not in ids for _, name in asked),
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of a file of JSON lines with its place; empty lines count but are passed over."""
    empty = True
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    where, empty = f"{path.name} 第{number}行", False
                    yield where, _object(line, where)
    except UnicodeDecodeError:
        raise InputError("不是 UTF-8 编码的文本，请另存为 UTF-8", path.name) from None
    if empty:
        raise InputError("没有任何内容", path.name)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("不是有效的 JSON", where) from None
    if not isinstance(row, dict):
        raise InputError("应是一个 JSON 对象 {…}", where)
    return row


def _word(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise InputError(f"缺少字段 {name}", where)
    return str(value)
