"""The log of acts can be added to and read; whoever changes it is found out."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.database import Sessions, unit_of_work
from tests.web.conftest import NOW
from web.staff.audit import find_break, record

WITHOUT_TRIGGERS = text("SET LOCAL session_replication_role = 'replica'")


@pytest.fixture
def written(sessions: Sessions) -> list[int]:
    """Five acts."""
    with unit_of_work(sessions) as session:
        return [
            record(session, "王编辑", "push.plan", f"push {n}", NOW + timedelta(seconds=n), size=n, title="补贴").id
            for n in range(5)
        ]


def test_an_untouched_log_is_whole(sessions: Sessions, written: list[int]) -> None:
    with sessions() as session:
        assert find_break(session) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET actor = '李发布' WHERE id = :id",
        "UPDATE audit_entries SET at = at + interval '1 second' WHERE id = :id",
        "UPDATE audit_entries SET detail = '{\"size\": 9}' WHERE id = :id",
        "UPDATE audit_entries SET subject = 'push 9' WHERE id = :id",
    ],
)
def test_a_changed_entry_is_found(sessions: Sessions, written: list[int], change: str) -> None:
    with unit_of_work(sessions) as session:
        session.execute(WITHOUT_TRIGGERS)
        session.execute(text(change), {"id": written[2]})
    with sessions() as session:
        assert find_break(session) == written[2]


def test_a_removed_entry_is_found_at_the_one_after_it(sessions: Sessions, written: list[int]) -> None:
    with unit_of_work(sessions) as session:
        session.execute(WITHOUT_TRIGGERS)
        session.execute(text("DELETE FROM audit_entries WHERE id = :id"), {"id": written[2]})
    with sessions() as session:
        assert find_break(session) == written[3]


@pytest.mark.parametrize("change", ["UPDATE audit_entries SET actor = ''", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_it(sessions: Sessions, written: list[int], change: str) -> None:
    with sessions() as session, pytest.raises(DBAPIError, match="only ever added to"):
        session.execute(text(change))


def test_acts_of_two_at_once_follow_each_other(sessions: Sessions) -> None:
    with unit_of_work(sessions) as one:
        record(one, "王编辑", "a", "", NOW)
    with unit_of_work(sessions) as other:
        record(other, "李发布", "b", "", NOW)
    with sessions() as session:
        assert find_break(session) is None
