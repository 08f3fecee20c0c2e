"""Documents with the targeting that careful readers gave them: what a classifier learns from."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.choosing import AUDIENCES, PUSHABLE
from matcher.document import Document

_LABELS = ("pushable", "sides", "topics", "types")
_LEAST = 50
_PLACE = "region"  # the issuer's place in a document, where it applies in its labels


@dataclass(frozen=True, slots=True)
class Labelled:
    """`topics` has the main one first. `labels` are all that hold of it: topics, types, pushable, its audience."""

    document: Document
    pushable: bool
    sides: frozenset[Side]
    topics: tuple[str, ...]
    types: frozenset[str]

    @property
    def labels(self) -> frozenset[str]:
        audience = [name for name, sides in AUDIENCES.items() if self.sides == frozenset(sides)]
        return frozenset({*self.topics, *self.types, *([PUSHABLE, *audience] if self.pushable else [])})


def list_labels(vocabulary: Vocabulary) -> tuple[str, ...]:
    """All labels of the classifier in their fixed order: topics, pushable, audiences, types."""
    return (*vocabulary.topics, PUSHABLE, *AUDIENCES, *vocabulary.types)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("无法读取，应为 UTF-8 编码的 jsonl 文件", path.name) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path.name} 第{number}行"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError("不是有效的 JSON", where) from error
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise InputError("缺少 id", where)
        yield where, row


def _known(row: Mapping[str, Any], key: str, known: Iterable[str], where: str) -> list[str]:
    values = row.get(key)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InputError(f"{key} 应为字符串的列表", where)
    if unknown := set(values) - set(known):
        raise InputError(f"{key} 中的 {'、'.join(sorted(unknown))} 不在词表里", where)
    return values


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key) or ""
    if not isinstance(value, str):
        raise InputError(f"{key} 应为字符串", where)
    return value


def as_labelled(row: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> Labelled:
    """One labelled document from its row. Raises InputError, naming `where`, for what is missing or unknown."""
    title = _text(row, "title", where)
    if not title.strip():
        raise InputError("缺少 title", where)
    if not isinstance(row.get("pushable"), bool):
        raise InputError("pushable 应为 true 或 false", where)
    published = _text(row, "published_date", where)
    try:
        day = date.fromisoformat(published) if published else None
    except ValueError as error:
        raise InputError(f"published_date 不是日期：{published}", where) from error
    return Labelled(
        document=Document(
            id=row["id"],
            title=title,
            text=_text(row, "text", where),
            agency=_text(row, "agency", where),
            region=_text(row, "region", where),
            published_date=day,
            doc_number=_text(row, "doc_number", where),
        ),
        pushable=row["pushable"],
        sides=frozenset(map(Side, _known(row, "sides", list(Side), where))),
        topics=tuple(_known(row, "topics", vocabulary.topics, where)),
        types=frozenset(_known(row, "types", vocabulary.types, where)),
    )


def read_labelled(paths: Sequence[Path], vocabulary: Vocabulary, documents: Sequence[Path] = ()) -> list[Labelled]:
    """Labelled documents of jsonl files, joined on `id`: documents and labels may lie in one or in two files.

    `documents` are files of which most lines may have no label; those are passed over. In the order of first
    appearance. Raises InputError where a line is unusable, a part missing, or they are too few.
    """
    merged: dict[str, dict[str, Any]] = {}
    origin: dict[str, str] = {}
    for path in paths:
        for where, row in _rows(path):
            known = merged.setdefault(row["id"], {})
            if other := [key for key in (known.keys() & row.keys()) - {_PLACE} if known[key] != row[key]]:
                raise InputError(f"{'、'.join(sorted(other))} 与前面 id 相同的行不一致", where)
            merged[row["id"]] = {**row, **known}
            origin.setdefault(row["id"], where)
    for path in documents:
        for _, row in _rows(path):
            if row["id"] in merged:
                merged[row["id"]] = {**row, **merged[row["id"]]}
    for identity, row in merged.items():
        if missing := [key for key in ("title", *_LABELS) if key not in row]:
            raise InputError(f"文件 {identity} 缺少 {'、'.join(missing)}", origin[identity])
    found = [as_labelled(row, vocabulary, origin[identity]) for identity, row in merged.items()]
    if len(found) < _LEAST:
        raise InputError(f"只有 {len(found)} 份标注文件，至少要 {_LEAST} 份")
    return found
