"""The reading against labelled documents: what it must reach, and that its quotes and offsets hold on real texts."""

import importlib.util
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.vocabulary.fields import FIELDS, OPERATORS, Side
from core.vocabulary.load import Vocabulary
from matcher.classification import Classification
from matcher.document import Document
from matcher.reading.reader import Reader

SHARED = Path(os.environ.get("ZHIDA_SHARED", "../shared"))
DOCUMENTS = SHARED / "gold/dev"
SCORER = SHARED / "tools/score_targeting.py"

pytestmark = [
    pytest.mark.material,
    pytest.mark.skipif(not SCORER.is_file(), reason=f"needs the labelled documents in {SHARED}"),
]


def _rows(name: str) -> dict[str, dict[str, Any]]:
    with (DOCUMENTS / name).open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


class Labels:
    """What the labels say of topics and sides: so that the reading alone is measured."""

    def __init__(self, gold: dict[str, dict[str, Any]]) -> None:
        self._gold = gold

    def classify(self, document: Document) -> Classification:
        row = self._gold[document.id]
        return Classification(row["pushable"], [Side(side) for side in row["sides"]], row["topics"], row["types"])


@pytest.fixture(scope="module")
def gold() -> dict[str, dict[str, Any]]:
    return _rows("documents.gold.jsonl")


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, Any]]:
    return _rows("documents.input.jsonl")


@pytest.fixture(scope="module")
def readings(
    vocabulary: Vocabulary, gold: dict[str, dict[str, Any]], texts: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    reader = Reader(vocabulary, Labels(gold))
    return {key: reader.read(_document(row)).as_dict() for key, row in texts.items()}


def _document(row: dict[str, Any]) -> Document:
    published = row.get("published_date")
    return Document(
        id=row["id"],
        title=row["title"],
        text=row.get("text") or "",
        agency=row.get("agency") or "",
        region=row.get("region") or "",
        published_date=date.fromisoformat(published[:10]) if published else None,
    )


def _load_scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_targeting", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def atoms(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for branch in ("all", "any"):
        if branch in node:
            for child in node[branch]:
                yield from atoms(child)
            return
    yield node


def test_what_must_be_reached(gold: dict[str, dict[str, Any]], readings: dict[str, dict[str, Any]]) -> None:
    result = _load_scorer().score(gold, readings)
    assert result["region_accuracy"] >= 0.98
    assert result["window_accuracy"] >= 0.88
    assert result["conditions_strict"]["f1"] >= 0.70
    assert result["conditions_fields"]["f1"] >= 0.83


def test_quotes_stand_where_they_are_said_to(
    texts: dict[str, dict[str, Any]], readings: dict[str, dict[str, Any]]
) -> None:
    for key, reading in readings.items():
        for atom in atoms(reading["conditions"]):
            if atom["start"] is None:
                assert atom["in"] == "title"
                assert atom["quote"] in texts[key]["title"]
            else:
                assert texts[key]["text"][atom["start"] :].startswith(atom["quote"])


def test_every_atom_is_one_the_registry_knows(readings: dict[str, dict[str, Any]], vocabulary: Vocabulary) -> None:
    for reading in readings.values():
        assert reading["region"] in vocabulary.regions
        for atom in atoms(reading["conditions"]):
            entry = FIELDS[atom["field"]]
            assert atom["op"] in OPERATORS[entry.kind]
            if entry.choices:
                values = atom["value"] if isinstance(atom["value"], list) else [atom["value"]]
                assert set(values) <= set(entry.words)
