"""Reading the data files, checking them, and answering from them.

An operator replaces a file by putting one of the same name into the folder `ZHIDA_VOCABULARY_DIR`.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from core.errors import InputError
from core.vocabulary.entries import (
    Category,
    Colloquialism,
    Entry,
    Industry,
    Qualification,
    Region,
    SizeRule,
    SubscriberType,
    Topic,
)
from core.vocabulary.fields import Side

_SHIPPED = Path(__file__).parent / "data"

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Vocabulary:
    """All tables by their code, in the order of their files. The whole country is region `000000`."""

    topics: dict[str, Topic]
    types: dict[str, SubscriberType]
    regions: dict[str, Region]
    industries: dict[str, Industry]
    sizes: list[SizeRule]
    qualifications: dict[str, Qualification]
    colloquial: list[Colloquialism]
    categories: list[Category]

    def list_topics(self, side: Side) -> list[Topic]:
        return [topic for topic in self.topics.values() if topic.side is side]

    def list_types(self, side: Side) -> list[SubscriberType]:
        return [kind for kind in self.types.values() if kind.side is side]

    def region_name(self, code: str) -> str:
        """The full name down from the province (`浙江省温州市鹿城区`); the code itself where it isn't known."""
        region = self.regions.get(code)
        if region is None:
            return code
        above = self.region_name(region.parent) if region.parent and region.parent != "000000" else ""
        return above + ("" if region.flag == "pseudo" else region.name)

    def industry_name(self, code: str) -> str:
        """The name of the closest class at or above `code` (`C3921` → that of `C39`); the code where none is known."""
        for length in range(len(code), 0, -1):
            if found := self.industries.get(code[:length]):
                return found.name
        return code

    @cached_property
    def qualification_keys(self) -> dict[str, str]:
        """Every name and alias of a qualification → its key."""
        return {name: q.key for q in self.qualifications.values() for name in (q.key, q.name, *q.aliases)}

    def qualification_name(self, key: str) -> str:
        found = self.qualifications.get(key)
        return found.name if found else key


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            reader = csv.DictReader(file)
            for row in reader:
                yield reader.line_num, row
            return
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise InputError("不是有效的 JSON", f"{path.name} 第{number}行") from error


def _read(kind: type[E], name: str, folder: Path | None) -> list[E]:
    path = folder / name if folder and (folder / name).is_file() else _SHIPPED / name
    entries: list[E] = []
    seen: set[str] = set()
    for number, row in _lines(path):
        where = f"{path.name} 第{number}行"
        try:
            entry = kind.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(f"字段 {'.'.join(map(str, first['loc']))} 有误：{first['msg']}", where) from error
        key = str(getattr(entry, "code", None) or getattr(entry, "key", None) or number)
        if key in seen:
            raise InputError(f"编码 {key} 重复", where)
        seen.add(key)
        entries.append(entry)
    if not entries:
        raise InputError("没有任何内容", path.name)
    return entries


def _demand(known: Iterable[str], used: Iterable[tuple[str, str]], what: str, name: str) -> None:
    valid = set(known)
    for where, code in used:
        if code not in valid:
            raise InputError(f"{where} 引用了不存在的{what} {code}", name)


@lru_cache(maxsize=4)
def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """The vocabulary: the shipped files, each replaced by the one of the same name in `folder` if there is one.

    Raises InputError, naming file and line, for a line that isn't valid, a code used twice, or a reference to nothing.
    """
    topics = _read(Topic, "topics.jsonl", folder)
    types = _read(SubscriberType, "types.jsonl", folder)
    regions = [Region(code="000000", name="全国", level=0, parent=""), *_read(Region, "regions.csv", folder)]
    qualifications = _read(Qualification, "qualifications.jsonl", folder)
    colloquial = _read(Colloquialism, "colloquial.jsonl", folder)
    categories = _read(Category, "categories.jsonl", folder)
    topic_codes, type_codes = [t.code for t in topics], [t.code for t in types]
    _demand(type_codes, ((t.code, c) for t in topics for c in t.audience), "类型", "topics.jsonl")
    _demand(topic_codes, ((t.code, c) for t in topics for c in t.siblings if c != "*"), "主题", "topics.jsonl")
    _demand(topic_codes, ((t.code, c) for t in types for c in t.eligible_topics), "主题", "types.jsonl")
    _demand(topic_codes, ((c.say, c.topic) for c in colloquial), "主题", "colloquial.jsonl")
    _demand(topic_codes, ((c.path, t) for c in categories for t in c.topics), "主题", "categories.jsonl")
    _demand((r.code for r in regions), ((r.code, r.parent) for r in regions if r.parent), "上级区划", "regions.csv")
    return Vocabulary(
        topics={t.code: t for t in topics},
        types={t.code: t for t in types},
        regions={r.code: r for r in regions},
        industries={i.code: i for i in _read(Industry, "industries.csv", folder)},
        sizes=_read(SizeRule, "sizes.jsonl", folder),
        qualifications={q.key: q for q in qualifications},
        colloquial=colloquial,
        categories=categories,
    )
