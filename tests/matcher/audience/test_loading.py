from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.database import Sessions, unit_of_work
from core.vocabulary.load import load_vocabulary
from matcher.audience.index import Audience
from matcher.audience.loading import Shard, follow, load_audience
from matcher.facets import Facets
from subscribers.models import Subscriber

FACETS = Facets(load_vocabulary())
DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
WHOLE = Shard()


def firm(**changes: Any) -> Subscriber:
    fields = {
        "kind": "enterprise",
        "profile": {"employees": 5},
        "topics": ["E0404"],
        "created_at": NOW,
        "channels": ["sms"],
    }
    return Subscriber(**{**fields, **changes})


def ages(audience: Audience) -> list[float]:
    return audience.columns["age"].points.tolist()  # type: ignore[union-attr]  # a column of numbers


def members(audience: Audience) -> list[int]:
    return audience.ids_of(audience.everyone).tolist()


@pytest.fixture
def stored(sessions: Sessions) -> list[int]:
    with unit_of_work(sessions) as session:
        people = [
            firm(),
            firm(kind="individual", profile={"birth_date": "1960-03-02"}, topics=[], recommend=True),
            firm(erased_at=NOW),
            firm(profile={"employees": "many"}),
        ]
        session.add_all(people)
        session.flush()
        return [person.id for person in people]


def test_everybody_is_read_as_they_are_on_the_day(sessions: Sessions, stored: list[int]) -> None:
    with sessions() as session:
        audience, loaded = load_audience(session, FACETS, DAY, WHOLE)
    assert members(audience) == stored[:2]
    assert loaded.rows == 3
    assert [subscriber_id for subscriber_id, _ in loaded.refused] == stored[3:]
    assert ages(audience) == [65]
    assert audience.ids_of(audience.topics["E0404"]).tolist() == stored[:1]
    assert audience.ids_of(audience.recommend).tolist() == stored[1:2]


def test_shards_share_everybody_out(sessions: Sessions, stored: list[int]) -> None:
    with sessions() as session:
        parts = [load_audience(session, FACETS, DAY, Shard(number, 3))[0] for number in range(3)]
    assert sorted(one for part in parts for one in members(part)) == stored[:2]


def test_changes_are_followed(sessions: Sessions, stored: list[int]) -> None:
    with sessions() as session:
        audience, loaded = load_audience(session, FACETS, DAY, WHOLE)
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, stored[0]).erased_at = NOW
        session.get_one(Subscriber, stored[1]).topics = ["P0301"]
        session.get_one(Subscriber, stored[3]).profile = {"employees": 300}
        session.add(firm(profile={"ownership": "state"}))
    with sessions() as session:
        followed = follow(session, audience, FACETS, DAY, WHOLE, loaded.watermark)
        fresh, _ = load_audience(session, FACETS, DAY, WHOLE)
    assert members(audience) == members(fresh)
    assert len(members(fresh)) == 3
    assert audience.ids_of(audience.topics["P0301"]).tolist() == stored[1:2]
    assert followed.refused == []
    with sessions() as session:
        follow(session, audience, FACETS, DAY, WHOLE, followed.watermark)
    assert followed.watermark >= loaded.watermark
    assert members(audience) == members(fresh)  # whatever is read once more


def test_a_change_that_was_under_way_while_we_looked_is_not_missed(sessions: Sessions, stored: list[int]) -> None:
    slow: Session
    with sessions() as slow, slow.begin():
        slow.get_one(Subscriber, stored[0]).topics = ["E0101"]
        slow.flush()
        with unit_of_work(sessions) as quick:
            quick.get_one(Subscriber, stored[1]).topics = ["P0301"]
        with sessions() as session:
            audience, loaded = load_audience(session, FACETS, DAY, WHOLE)
            assert "E0101" not in audience.topics
    with sessions() as session:
        follow(session, audience, FACETS, DAY, WHOLE, loaded.watermark)
    assert audience.ids_of(audience.topics["E0101"]).tolist() == stored[:1]


def test_a_profile_that_went_bad_leaves_the_audience(sessions: Sessions, stored: list[int]) -> None:
    with sessions() as session:
        audience, loaded = load_audience(session, FACETS, DAY, WHOLE)
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, stored[0]).profile = {"employees": "x"}
    with sessions() as session:
        followed = follow(session, audience, FACETS, DAY, WHOLE, loaded.watermark)
    # Who was bad before may be read once more: another transaction may be under way.
    assert stored[0] in {subscriber_id for subscriber_id, _ in followed.refused}
    assert members(audience) == stored[1:2]
