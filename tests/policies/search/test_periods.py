"""Days and months in a search box."""

from datetime import date

import pytest

from policies.search.periods import find_period

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
THIRD = (date(2026, 11, 3), date(2026, 11, 3))


@pytest.mark.parametrize("word", ["2026-11-03", "2026年11月3日", "2026/11/3", "2026.11.3", "2026年11月3"])
def test_a_day(word: str) -> None:
    assert find_period(word) == THIRD


@pytest.mark.parametrize("word", ["2026年11月", "2026-11", "2026.11"])
def test_a_month(word: str) -> None:
    assert find_period(word) == NOVEMBER


@pytest.mark.parametrize(
    "word", ["2026", "2026年", "2026-13", "2026-02-30", "2026年11月3日起", "〔2026〕11号", "0000-01", ""]
)
def test_neither(word: str) -> None:
    assert find_period(word) is None
