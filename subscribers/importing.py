"""Subscribers from a file or any other source of lines: good lines are stored, bad ones listed with their reason."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from core.clock import local_date
from core.database import Sessions, unit_of_work
from core.errors import InputError
from core.privacy import Keys
from core.vocabulary.load import Vocabulary
from subscribers.profiles import Source
from subscribers.rows import Draft, RowReader, column_of
from subscribers.storing import DeriveTypes, Stored, Storing, store_drafts
from subscribers.tables import Line, read_lines

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not taken. The reason names fields, never their values."""

    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """How many subscribers were new, as before, or changed, and which lines were refused."""

    new: int = 0
    same: int = 0
    changed: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.new + self.same + self.changed + len(self.refused)


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """What holds for every line of an import.

    `derive_types` gives the types that are certain for `{"kind", <field>: value}`. `text_version` names the notice on
    which the consents in the file were given.
    """

    keys: Keys
    vocabulary: Vocabulary
    derive_types: DeriveTypes
    source: Source = Source.STAFF
    text_version: str = "import"


def import_subscribers(
    path: Path,
    sessions: Sessions,
    terms: ImportTerms,
    now: datetime,
    progress: Callable[[int], None] = lambda lines: None,
) -> ImportReport:
    """Store the subscribers of a .csv or .jsonl; see `subscribers.rows` for the columns, `import_lines` for the rest.

    Raises InputError, with nothing stored, for a file that can't be used: missing, empty, binary, with a wrong head.
    """
    return import_lines(read_lines(path, column_of), sessions, terms, now, progress)


def import_lines(
    lines: Iterable[Line],
    sessions: Sessions,
    terms: ImportTerms,
    now: datetime,
    progress: Callable[[int], None] = lambda lines: None,
) -> ImportReport:
    """Store the subscribers of `lines`, a thousand a transaction, so that a subscriber is stored whole or not at all.

    Known by `reference` or by credit code, so that the same lines again change nothing. Facts that a line doesn't name
    stay. A consent is only added where the ledger says nothing of that channel yet or its last word came from an import
    too: what people decide themselves is never overruled. `progress` hears of the lines done so far.
    """
    report = ImportReport()
    day = local_date(now)
    reader = RowReader(terms.vocabulary, day)
    storing = Storing(terms.keys, terms.derive_types, terms.source, terms.text_version, now, day)
    seen: dict[str, int] = {}
    pending = iter(lines)
    while batch := list(islice(pending, _BATCH)):
        drafts = _check_lines(batch, reader, seen, report)
        with unit_of_work(sessions) as session:
            results = store_drafts(session, drafts, storing)
        for draft, result in zip(drafts, results, strict=True):
            _count(report, draft.line, result)
        progress(report.total)
    report.refused.sort(key=lambda refusal: refusal.line)
    return report


def _check_lines(lines: list[Line], reader: RowReader, seen: dict[str, int], report: ImportReport) -> list[Draft]:
    drafts = []
    for line in lines:
        try:
            if line.reason:
                raise InputError(line.reason)
            draft = reader.read(line.number, line.cells)
            _refuse_twice(draft, seen)
            drafts.append(draft)
        except InputError as error:
            report.refused.append(Refusal(line.number, error.reason))
    return drafts


def _refuse_twice(draft: Draft, seen: dict[str, int]) -> None:
    """One file speaks once of a subscriber: which of two lines holds can't be told."""
    for label, key in (("编号", draft.reference), ("统一社会信用代码", draft.credit_code)):
        if key and (line := seen.setdefault(f"{label}{key}", draft.line)) != draft.line:
            raise InputError(f"{label}与第 {line} 行重复")


def _count(report: ImportReport, line: int, result: Stored | str) -> None:
    match result:
        case Stored.NEW:
            report.new += 1
        case Stored.SAME:
            report.same += 1
        case Stored.CHANGED:
            report.changed += 1
        case _:
            report.refused.append(Refusal(line, result))
