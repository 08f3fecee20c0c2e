"""Workdays: holidays, exchanged weekends, and a file of the operator's own."""

from datetime import date
from pathlib import Path

import pytest

from core.errors import InputError
from core.vocabulary.workdays import load_workdays


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),  # a Monday
        (date(2026, 11, 21), False),  # a Saturday
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),  # a Saturday worked for the National Day week
        (date(2026, 2, 28), True),
        (date(2027, 2, 8), False),
        (date(2031, 10, 1), True),  # nothing is known of that year, and it is a Wednesday
    ],
)
def test_a_day(day: date, works: bool) -> None:
    assert load_workdays().is_workday(day) is works


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 10, 7), date(2026, 9, 30)),
        (date(2026, 10, 10), date(2026, 10, 10)),
        (date(2026, 11, 22), date(2026, 11, 20)),
    ],
)
def test_moved_backwards(day: date, moved: date) -> None:
    assert load_workdays().on_or_before(day) == moved


def test_a_file_of_ones_own_is_read_and_its_mistakes_are_named(tmp_path: Path) -> None:
    (tmp_path / "holidays.csv").write_text(
        "date,kind,name\n2031-10-01,off,国庆节\n2031-13-01,off,?\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"holidays\.csv 第3行"):
        load_workdays(tmp_path)
