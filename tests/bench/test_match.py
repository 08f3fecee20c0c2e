from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text

from bench.match import compare_ids, run
from bench.match_growth import draw
from bench.match_people import Population
from bench.match_preview import facts_of
from core.errors import ZhidaError
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from subscribers.profiles import fields_on

KEYS = {
    "profiles", "policies", "ours_ms", "postgres_ms", "limit_ms", "ratio_postgres", "ratio_limit", "bytes_per_profile",
    "build_seconds", "held", "explain_us", "refresh_ms", "preview_ms", "newcomer_ms", "identical",
}  # fmt: skip


def test_the_three_answer_alike_and_leave_nothing_behind(settings: Settings, engine: Engine) -> None:
    found = run(800, 27, settings, open_policies=90)
    assert set(found) == KEYS
    assert found["identical"] is True
    assert found["ours_ms"].keys() == found["postgres_ms"].keys() == found["limit_ms"].keys() == {"p50", "p95"}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regnamespace('zhida_bench_match')")) is None


def test_without_postgres_its_figures_are_left_out(settings: Settings, tmp_path: Path) -> None:
    found = run(200, 9, settings, postgres=False, open_policies=9)
    assert (found["postgres_ms"], found["ratio_postgres"], found["identical"]) == (None, None, True)
    draw([found], tmp_path / "growth.svg")
    assert "<svg" in (tmp_path / "growth.svg").read_text(encoding="utf-8")


def test_a_difference_fails_the_run() -> None:
    some, other = np.array([1, 2]), np.array([1, 3])
    compare_ids(0, (some, some, some), (some, some, some))
    with pytest.raises(ZhidaError, match="不一致"):
        compare_ids(0, (some, some, some), (some, other, some))


def test_people_in_the_database_have_the_fields_of_those_in_memory() -> None:
    vocabulary = load_vocabulary()
    for row in Population(vocabulary).rows(50):
        stored = fields_on(facts_of(row.profile, 2026), date(2026, 12, 31))
        assert stored.keys() - {"children"} == row.profile.keys() - {"children"}
        assert stored.get("child_age") == row.profile.get("child_age")
