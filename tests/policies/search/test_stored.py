"""The index in the database: what comes in is found, blocks merge, and everything can be indexed anew."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.database import Sessions, unit_of_work
from core.vocabulary.load import load_vocabulary
from policies.intake.storing import lock_library, store
from policies.models import SearchBlock, SearchPosting
from policies.policy_text import PolicyText
from policies.search import stored
from policies.search.words import Document, terms_of

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
VOCABULARY = load_vocabulary()


def find(session: Session, question: str) -> list[int]:
    return [hit.document for hit in stored.find(session, terms_of(question, VOCABULARY), 10)]


def bring_in(sessions: Sessions, *texts: PolicyText) -> list[int]:
    """Import, and answer the ids of the versions."""
    with unit_of_work(sessions) as session:
        lock_library(session)
        return [one.version_id for one in store(session, texts, NOW)]


def test_an_empty_library_finds_nothing(sessions: Sessions) -> None:
    with sessions() as session:
        assert find(session, "稳岗") == []
        assert not stored.is_missing(session)


def test_an_import_is_found_by_title_number_agency_and_text(sessions: Sessions) -> None:
    title = "关于稳岗返还的通知"
    [version] = bring_in(
        sessions, PolicyText(title, "a", "参保职工", doc_number="京科发〔2026〕9号", agency="北京市科委", kind=None)
    )
    with sessions() as session:
        for question in ("稳岗返还", "京科发〔2026〕9号", "科委", "参保职工"):
            assert find(session, question) == [version]
        assert find(session, "公租房") == []


def test_each_version_is_indexed_once(sessions: Sessions) -> None:
    text = PolicyText("稳岗通知", "a", "第一版", doc_number="京科发〔2026〕9号")
    first = bring_in(sessions, text)
    assert bring_in(sessions, text) == first
    second = bring_in(sessions, PolicyText("稳岗通知", "a", "第二版", doc_number="京科发〔2026〕9号"))
    with sessions() as session:
        assert sorted(find(session, "稳岗通知")) == first + second
        assert session.scalar(select(func.sum(SearchBlock.documents))) == 2


def test_small_blocks_merge_and_find_the_same(sessions: Sessions) -> None:
    numbers = range(1, stored.TOGETHER**2 + 2)
    with unit_of_work(sessions) as session:
        for number in numbers:
            stored.add(session, [Document(number, f"稳岗 n{number}")])
        sizes = session.scalars(select(SearchBlock.documents).order_by(SearchBlock.documents)).all()
        assert sizes == [1, stored.TOGETHER**2]
        assert set(session.scalars(select(SearchPosting.block_id))) == set(session.scalars(select(SearchBlock.id)))
        assert [find(session, f"n{number}") for number in numbers] == [[number] for number in numbers]
        assert len(stored.find(session, {"稳岗": 1}, 1000)) == len(numbers)


def test_rebuilding_keeps_the_newest_versions_only(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "BATCH", 2)
    first = [PolicyText(f"稳岗{n}", "a", "第一版", doc_number=f"京科发〔2026〕{n}号") for n in range(1, 6)]
    bring_in(sessions, *first)
    changed = bring_in(sessions, PolicyText("稳岗1", "a", "第二版", doc_number="京科发〔2026〕1号"))
    with unit_of_work(sessions) as session:
        session.execute(delete(SearchPosting))
        session.execute(delete(SearchBlock))
        assert stored.is_missing(session)
        assert stored.rebuild(session) == 5
    with sessions() as session:
        assert find(session, "第二版")[0] == changed[0]
        assert len(find(session, "稳岗")) == 5
        assert not stored.is_missing(session)
