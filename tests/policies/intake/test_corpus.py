"""Real documents: everything is taken, nothing is empty, a second time nothing changes. Needs the shared material."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from core.database import Sessions, make_engine, make_sessions
from policies.intake.importing import ImportReport, import_paths
from policies.models import Policy, PolicyRelation, PolicyVersion

CORPUS = Path(os.environ.get("ZHIDA_SHARED", "../shared")) / "corpus"
HOUSING, TITLES = CORPUS / "housing_policies_local_2010_2026.jsonl", CORPUS / "policy_titles_dates_7_governments.jsonl"

pytestmark = [
    pytest.mark.material,
    pytest.mark.skipif(not (HOUSING.is_file() and TITLES.is_file()), reason="no shared corpus: set ZHIDA_SHARED"),
]


def clock() -> datetime:
    return datetime(2026, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def library(module_database_url: str) -> Iterator[Sessions]:
    engine: Engine = make_engine(module_database_url)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def first(library: Sessions) -> ImportReport:
    return import_paths(library, [HOUSING, TITLES], clock)


def test_every_document_is_taken(first: ImportReport) -> None:
    assert first.refused == []
    assert len(first.new) + len(first.same) + len(first.changed) == 1863 + 31422


def test_no_title_is_empty_and_every_date_was_understood(first: ImportReport, library: Sessions) -> None:
    assert all(one.title.strip() and one.title != "nan" for one in first.new)
    with library() as session:
        dated = session.scalars(
            select(func.coalesce(PolicyVersion.published_date, PolicyVersion.written_date)).join(
                Policy, Policy.id == PolicyVersion.policy_id
            )
        ).all()
        assert sum(day is None for day in dated) <= 60  # 52 titles and one document were published without any
        assert all(date(1949, 10, 1) <= day <= date(2026, 12, 31) for day in dated if day)


def test_relations_are_found_in_real_titles(first: ImportReport, library: Sessions) -> None:
    assert first.new
    with library() as session:
        joined = select(func.count()).select_from(PolicyRelation).where(PolicyRelation.target_id.is_not(None))
        assert (session.scalar(joined) or 0) >= 250


def test_a_second_import_changes_nothing(first: ImportReport, library: Sessions) -> None:
    again = import_paths(library, [HOUSING, TITLES], clock)
    assert (len(again.new), len(again.changed), len(again.refused)) == (0, 0, 0)
    assert len(again.same) == len(first.new) + len(first.same) + len(first.changed)
