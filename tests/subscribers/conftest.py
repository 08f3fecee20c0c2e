"""What the tests of subscribers share: keys, a day, the vocabulary, and people in the tables."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from core.privacy import Keys
from core.vocabulary.load import Vocabulary, load_vocabulary
from subscribers.models import Subscriber

NOW = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)
TODAY = date(2026, 10, 1)


@pytest.fixture
def keys() -> Keys:
    return Keys([b"s" * 32], b"i" * 32, b"l" * 32)


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture
def add_person(session: Session) -> Callable[..., int]:
    """Adds a subscriber and answers the id."""

    def add(**columns: object) -> int:
        person = Subscriber(**{"kind": "individual", "created_at": NOW, **columns})
        session.add(person)
        session.flush()
        return person.id

    return add
