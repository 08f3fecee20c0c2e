"""Shards in one process: what they answer together is what SQL and one whole audience say."""

import json
import logging
from dataclasses import replace

import pytest
from pyroaring import BitMap
from sqlalchemy import select

from core.database import Sessions, unit_of_work
from matcher.audience.everybody import match_audience
from matcher.audience.loading import Shard
from matcher.audience.preview import Preview, preview
from matcher.decision import Act, Offer
from matcher.matching import match_offer
from subscribers.models import Subscriber
from tests.workers.conftest import NOON, add_push
from tests.workers.matching.conftest import FACETS, OFFERS, TODAY, VOCABULARY
from workers.matching.answering import Answers, OtherDay
from workers.matching.held import HeldAudience
from workers.matching.questions import merge_matchings, merge_previews, read_offer, write_offer


@pytest.fixture
def shards(sessions: Sessions, people: int) -> list[Answers]:
    held = [HeldAudience(sessions, FACETS, Shard(number, 3)) for number in range(3)]
    for one in held:
        one.build(TODAY)
    return [Answers(one, sessions, lambda: NOON) for one in held]


def whole(sessions: Sessions, offer: Offer, told: list[int] | None = None) -> Preview:
    with HeldAudience(sessions, FACETS, Shard()).asked(TODAY) as audience:
        return preview(audience, offer, TODAY, audience.slots_of(told or []))


def test_shards_and_sql_decide_the_same(sessions: Sessions, shards: list[Answers]) -> None:
    reasons = set()
    for offer in OFFERS:
        parts = [json.loads(json.dumps(shard.match(write_offer(offer), TODAY))) for shard in shards]
        found = merge_matchings(parts)
        with sessions() as session:
            expected = match_offer(session, offer, VOCABULARY, TODAY)
        assert found.groups == expected.groups
        assert found.ranks == expected.ranks
        reasons |= set(found.groups)
        with HeldAudience(sessions, FACETS, Shard()).asked(TODAY) as audience:
            assert match_audience(audience, offer, TODAY) == expected
    assert len(reasons) >= 9


def test_an_offer_comes_back_as_it_was() -> None:
    for offer in OFFERS:
        assert read_offer(json.loads(json.dumps(write_offer(offer))), VOCABULARY) == offer


def test_previews_of_shards_add_up(sessions: Sessions, shards: list[Answers]) -> None:
    with unit_of_work(sessions) as session:
        told = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
        add_push(session, planned_at=NOON, audience=BitMap(told).serialize())
    for offer in OFFERS:
        parts = [json.loads(json.dumps(shard.preview(write_offer(offer), TODAY))) for shard in shards]
        found, expected = merge_previews(parts), whole(sessions, offer, told)
        assert [replace(one, nearly=[]) for one in found.nodes] == [replace(one, nearly=[]) for one in expected.nodes]
        assert [len(one.nearly) for one in found.nodes] == [len(one.nearly) for one in expected.nodes]
        for name in ("candidates", "codes", "acts", "types", "regions", "channels", "unreachable", "overlap"):
            assert getattr(found, name) == getattr(expected, name), name
        assert len(found.sample) == min(10, found.acts[Act.PUSH])
        with sessions() as session:
            assert set(found.sample) <= set(match_offer(session, offer, VOCABULARY, TODAY).ranks)


def test_a_push_planned_since_counts_in_the_overlap(sessions: Sessions, shards: list[Answers]) -> None:
    asked = write_offer(OFFERS[3])
    before = merge_previews([shard.preview(asked, TODAY) for shard in shards])
    assert (before.overlap, before.acts[Act.PUSH] > 0) == (0, True)
    with unit_of_work(sessions) as session:
        add_push(session, planned_at=NOON, audience=BitMap(range(1, 301)).serialize())
    after = merge_previews([shard.preview(asked, TODAY) for shard in shards])
    assert after.overlap == after.acts[Act.PUSH]


def test_a_change_counts_in_the_next_answer(sessions: Sessions, shards: list[Answers]) -> None:
    asked = write_offer(OFFERS[6])
    before = merge_matchings([shard.match(asked, TODAY) for shard in shards])
    with unit_of_work(sessions) as session:
        for person in session.query(Subscriber).where(Subscriber.id.in_([1, 2, 3])):
            person.topics, person.recommend = [], False
    after = merge_matchings([shard.match(asked, TODAY) for shard in shards])
    everybody = [BitMap.union(BitMap(), *matching.groups.values()) for matching in (before, after)]
    assert everybody[1] == everybody[0] - BitMap([1, 2, 3])


def test_a_shard_of_another_day_does_not_answer(sessions: Sessions) -> None:
    answers = Answers(HeldAudience(sessions, FACETS, Shard()), sessions, lambda: NOON)
    with pytest.raises(OtherDay):
        answers.match(write_offer(OFFERS[0]), TODAY)


def test_who_can_not_be_judged_is_left_out_and_told_without_the_value(
    sessions: Sessions, people: int, caplog: pytest.LogCaptureFixture
) -> None:
    with unit_of_work(sessions) as session:
        bad, other = session.scalars(select(Subscriber).order_by(Subscriber.id).limit(2))
        bad.profile, bad.recommend = {"employees": "13800000000"}, True
    caplog.set_level(logging.WARNING)
    held = HeldAudience(sessions, FACETS, Shard())
    with held.asked(TODAY) as audience:
        assert audience.slots_of([bad.id, other.id]) == audience.slots_of([other.id])
    with sessions() as session:
        decided = match_offer(session, OFFERS[0], VOCABULARY, TODAY).groups.values()
    assert bad.id not in BitMap.union(BitMap(), *decided)
    told = {record.name for record in caplog.records if f"subscriber {bad.id} left out" in record.message}
    assert told == {"workers.matching.held", "matcher.matching"}
    assert "13800000000" not in caplog.text
