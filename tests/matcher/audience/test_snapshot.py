import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.vocabulary.load import load_vocabulary
from matcher.audience.building import build
from matcher.audience.index import Row
from matcher.audience.matching import match
from matcher.audience.snapshot import load, save
from matcher.criteria import parse_demand
from matcher.facets import Facets
from tests.matcher.strategies import CALM, profiles, worlds

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


def rows(several: list[dict[str, Any]]) -> list[Row]:
    return [Row(9 - n, p["kind"], p, ["E0403"], True, ["sms"]) for n, p in enumerate(several)]


@settings(CALM, max_examples=40)
@given(worlds(), st.lists(profiles(), max_size=5))
def test_what_is_loaded_answers_as_what_was_saved(
    tmp_path: Path, world: tuple[list[dict[str, Any]], list[dict[str, Any]]], later: list[dict[str, Any]]
) -> None:
    asked, several = world
    before = build(rows(several), FACETS)
    save(before, tmp_path / "audience.zip", {"day": "2026-03-01"})
    after, note = load(tmp_path / "audience.zip")
    assert note == {"day": "2026-03-01"}
    assert (after.recommend, after.topics, after.channels) == (before.recommend, before.topics, before.channels)
    for row in rows(later):
        before.put(row, FACETS)
        after.put(row, FACETS)
    assert after.ids_of(after.everyone).tolist() == before.ids_of(before.everyone).tolist()
    for one in asked:
        demand = parse_demand(one, VOCABULARY)
        assert match(after, demand) == match(before, demand)


def saved(folder: Path) -> Path:
    path = folder / "audience.zip"
    save(build([Row(1, "individual", {"age": 40, "gender": "female"})], FACETS), path, {})
    return path


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    with pytest.raises(TypeError):
        save(build([], FACETS), path, {"not json": object()})
    assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", ["short", "flipped", "empty", "missing", "text"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = saved(tmp_path)
    whole = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "text":
        path.write_text("not an archive", encoding="utf-8")
    else:
        whole[60] ^= 255
        path.write_bytes({"short": bytes(whole[:-40]), "flipped": bytes(whole), "empty": b""}[damage])
    with pytest.raises(InputError, match="重建索引"):
        load(path)


def test_another_version_and_an_unknown_set_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts["manifest.json"])
    for changed in ({"version": 99}, {"sets": [[["no", "such", "set", "at", "all"], 8]]}, {"sets": [[["columns"], 3]]}):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, json.dumps({**manifest, **changed}) if name == "manifest.json" else content)
        with pytest.raises(InputError, match="重建索引"):
            load(path)
