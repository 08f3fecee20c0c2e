"""Policies from files into the library: what is new, the same, changed, and what was refused and why."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from core.clock import Clock, local_date
from core.database import Sessions, unit_of_work
from core.errors import InputError
from policies.intake.files import LARGEST, Found, list_files, read_bytes
from policies.intake.readers import READERS
from policies.intake.storing import Fate, Stored, lock_library, store
from policies.metadata import complete
from policies.policy_text import PolicyText, Refusal
from policies.relations import resolve
from policies.validity import refresh

Progress = Callable[[int], object]
"""Told how many further texts have been stored."""

BATCH = 2000


@dataclass(slots=True)
class ImportReport:
    """What became of every text of an import."""

    new: list[Stored] = field(default_factory=list)
    same: list[Stored] = field(default_factory=list)
    changed: list[Stored] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def import_paths(
    sessions: Sessions,
    paths: Iterable[Path],
    clock: Clock,
    progress: Progress = lambda stored: None,
    largest: int = LARGEST,
) -> ImportReport:
    """Import files and folders (recursively, all known formats), each file in a transaction of its own.

    A line or file that can't be taken is in `refused` with its place and reason and holds up nothing else. A failing
    database raises, and leaves nothing of the file at hand and all of those before. `largest` is in bytes.
    """
    report = ImportReport()
    for path in paths:
        try:
            files = list_files(path, READERS)
        except InputError as error:
            report.refused.append(Refusal(error.where, error.reason))
            continue
        for file in files:
            _import_file(sessions, file, clock, progress, largest, report)
    return report


def _import_file(
    sessions: Sessions, file: Found, clock: Clock, progress: Progress, largest: int, report: ImportReport
) -> None:
    texts, refused = _read(file, largest)
    report.refused += refused
    if not texts:
        if not refused:
            report.refused.append(Refusal(file.name, "文件里没有政策"))
        return
    now = clock()
    stored: list[Stored] = []
    with unit_of_work(sessions) as session:
        lock_library(session)
        for batch in _batches(texts):
            stored += store(session, batch, now)
            progress(len(batch))
        resolve(session)
        refresh(session, local_date(now))
    for one in stored:
        {Fate.NEW: report.new, Fate.SAME: report.same, Fate.CHANGED: report.changed}[one.fate].append(one)


def _read(file: Found, largest: int) -> tuple[list[PolicyText], list[Refusal]]:
    texts: list[PolicyText] = []
    refused: list[Refusal] = []
    try:
        for one in READERS[file.path.suffix.lower()](read_bytes(file, largest), file.name):
            if isinstance(one, Refusal):
                refused.append(one)
            else:
                texts.append(complete(one))
    except InputError as error:
        return [], [Refusal(error.where, error.reason)]
    return texts, refused


def _batches(texts: list[PolicyText]) -> Iterator[list[PolicyText]]:
    rest = iter(texts)
    while batch := list(islice(rest, BATCH)):
        yield batch
