"""An audience as one file: written whole or not at all, read back without running any code that is in it.

A ZIP without compression: `sets.bin` holds all sets one after the other in the portable Roaring format, `manifest.json`
names them in that order with their lengths, `*.npy` are the numbers. ZIP's checksums tell a damaged file.
"""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from core.errors import InputError
from core.vocabulary.fields import Side
from matcher.audience.columns import CoveringColumn, WordColumn
from matcher.audience.index import Audience
from matcher.audience.slices import NumberColumn

VERSION = 1

_Name = list[Any]
"""The way to a set from the audience: attribute, then keys."""


def save(audience: Audience, path: Path, note: dict[str, Any]) -> None:
    """Write the audience, with a note of one's own (for which day it was built, how far it followed the changes).

    What we know of people is for the owner of the process alone. Raises OSError where it can't be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                _write(archive, audience, note)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write(archive: zipfile.ZipFile, audience: Audience, note: dict[str, Any]) -> None:
    named: list[tuple[_Name, int]] = []
    with archive.open("sets.bin", "w", force_zip64=True) as file:
        for name, members in list_sets(audience):
            named.append((name, file.write(members.serialize())))
    archive.writestr("manifest.json", json.dumps({"version": VERSION, "note": note, "sets": named}))
    for key, numbers in _numbers(audience):
        with archive.open(key, "w", force_zip64=True) as file:
            np.save(file, numbers, allow_pickle=False)


def load(path: Path) -> tuple[Audience, dict[str, Any]]:
    """The audience and its note. Raises InputError for a file that is damaged or of another version."""
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():  # first of all: Roaring trusts the bytes that it is given
                raise zipfile.BadZipFile(damaged)
            manifest = json.loads(archive.read("manifest.json"))
            if manifest["version"] != VERSION:
                raise InputError("索引文件是另一版本写的，请重建索引", path.name)
            return _read(archive, manifest["sets"]), manifest["note"]
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise InputError("索引文件已损坏或不完整，请重建索引", path.name) from error


def _read(archive: zipfile.ZipFile, named: list[tuple[_Name, int]]) -> Audience:
    audience = Audience()
    audience.take_slots(_array(archive, "ids.npy"))
    with archive.open("sets.bin") as file:
        for name, length in named:
            place_set(audience, name, BitMap.deserialize(file.read(length)))
    for field, column in audience.columns.items():
        if isinstance(column, NumberColumn):
            column.points, column.codes = (_array(archive, f"{field}.{part}.npy") for part in ("points", "codes"))
    return audience


def _numbers(audience: Audience) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    yield "ids.npy", audience.ids[: audience.count]
    for name, column in audience.columns.items():
        if isinstance(column, NumberColumn):
            yield f"{name}.points.npy", column.points
            yield f"{name}.codes.npy", column.codes


def _array(archive: zipfile.ZipFile, key: str) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = np.load(io.BytesIO(archive.read(key)), allow_pickle=False)
    return numbers


def list_sets(audience: Audience) -> Iterator[tuple[_Name, BitMap]]:
    """Every set with its name."""
    yield ["everyone"], audience.everyone
    yield ["recommend"], audience.recommend
    for attribute in ("sides", "types", "other_types", "topics", "channels"):
        for key, members in getattr(audience, attribute).items():
            yield [attribute, key], members
    for name, column in audience.columns.items():
        yield ["columns", name, "known"], column.known
        if isinstance(column, NumberColumn):
            for at, layer in enumerate(column.layers):
                yield ["columns", name, at, "present"], layer.present
                for bit, members in enumerate(layer.slices):
                    yield ["columns", name, at, bit], members
            continue
        for attribute in ("holders",) if isinstance(column, WordColumn) else ("at", "below"):
            for key, members in getattr(column, attribute).items():
                yield ["columns", name, attribute, key], members


def place_set(audience: Audience, name: _Name, members: BitMap) -> None:
    """Put a set where `list_sets` found it."""
    match name:
        case [str(attribute)]:
            setattr(audience, attribute, members)
        case ["sides", side]:
            audience.sides[Side(side)] = members
        case [str(attribute), key]:
            getattr(audience, attribute)[key] = members
        case ["columns", field, "known"]:
            audience.columns[field].known = members
        case ["columns", field, attribute, key]:
            _place_in_column(audience.columns[field], attribute, key, members)
        case _:
            raise ValueError(name)


def _place_in_column(
    column: WordColumn | CoveringColumn | NumberColumn, attribute: str | int, key: Any, members: BitMap
) -> None:
    if not isinstance(column, NumberColumn):
        getattr(column, str(attribute))[key] = members
    elif key == "present":
        column.layer(int(attribute)).present = members
    else:
        column.layer(int(attribute)).slices.append(members)
