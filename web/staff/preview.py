"""Looking at an audience before it is written to: where its people are, how they are reached, a few of them closely."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pyroaring import BitMap
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.vocabulary.load import Vocabulary
from matcher.answers import Answer, explain_decision
from matcher.models import Targeting
from subscribers.masking import mask_name
from subscribers.models import Subscriber
from web.staff.progress import CHANNEL_LABELS
from web.staff.reach import Line

SAMPLE = 5
_MOST_PLACES = 8
_NO_PLACE = "所在地未填写"

_PLACES = text("""
    SELECT rpad(left(region, :letters), 6, '0') AS code, count(*) AS count FROM subscribers
    WHERE id = ANY(:ids) GROUP BY 1 ORDER BY 2 DESC
""")
_TYPES = text("""
    SELECT code, count(*) AS count FROM subscribers s, unnest(s.types) AS code
    WHERE s.id = ANY(:ids) GROUP BY code ORDER BY 2 DESC
""")
# As planning chooses: what is consented, verified and not on the suppression list, in the subscriber's own order.
_CHANNELS = text("""
    SELECT channel, count(*) AS count FROM (
        SELECT DISTINCT ON (s.id) s.id, c.channel
        FROM subscribers s
        JOIN contacts c ON c.subscriber_id = s.id AND c.consented AND c.state = 'verified'
             AND c.channel = ANY(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']))
        WHERE s.id = ANY(:ids) AND NOT EXISTS (
            SELECT FROM suppressions x WHERE x.channel = c.channel AND x.blind_index = c.blind_index
            AND (x.until IS NULL OR x.until > :now))
        ORDER BY s.id, array_position(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']), c.channel)
    ) first GROUP BY channel ORDER BY 2 DESC
""")
_TOLD_LATELY = text("""
    SELECT count(DISTINCT subscriber_id) FROM deliveries
    WHERE subscriber_id = ANY(:ids) AND month >= :month AND coalesce(accepted_at, due_at) >= :since
      AND push_id <> :push_id AND state IN ('planned', 'retry', 'sending', 'unknown', 'accepted', 'delivered')
""")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """An audience by channel, place and type. `told_lately` had another message within the last seven days."""

    size: int
    channels: list[Line]
    places: list[Line]
    types: list[Line]
    told_lately: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class Person:
    """One of the audience, named so that staff may judge and nobody is exposed."""

    subscriber_id: int
    name: str
    place: str
    types: list[str]
    answer: Answer


def break_down(session: Session, ids: BitMap, vocabulary: Vocabulary, now: datetime, push_id: int = 0) -> Breakdown:
    """`ids` in figures; `push_id` is the push that isn't counted as another message."""
    given = {"ids": list(ids)}
    since = now - timedelta(days=7)
    channels = [
        Line(CHANNEL_LABELS[channel], count) for channel, count in session.execute(_CHANNELS, {**given, "now": now})
    ]
    told = {**given, "since": since, "month": since.date().replace(day=1), "push_id": push_id}
    return Breakdown(
        size=len(ids),
        channels=channels,
        places=_list_places(session, given, vocabulary),
        types=[Line(vocabulary.types[code].name, count) for code, count in session.execute(_TYPES, given)],
        told_lately=session.scalar(_TOLD_LATELY, told) or 0,
        unreachable=len(ids) - sum(line.count for line in channels),
    )


def list_sample(
    session: Session, targeting: Targeting, ids: BitMap, vocabulary: Vocabulary, today: date
) -> list[Person]:
    """A few of the audience, spread over it, each with the reasons that the rules give."""
    spread = [ids[at] for at in range(0, len(ids), max(1, len(ids) // SAMPLE))][:SAMPLE]
    return explain_people(session, targeting, spread, vocabulary, today)


def explain_people(
    session: Session, targeting: Targeting, ids: Sequence[int], vocabulary: Vocabulary, today: date
) -> list[Person]:
    """These people, without those who were erased meanwhile."""
    people = [session.get(Subscriber, one) for one in ids]
    return [_person(session, targeting, one, vocabulary, today) for one in people if one is not None]


def _person(
    session: Session, targeting: Targeting, subscriber: Subscriber, vocabulary: Vocabulary, today: date
) -> Person:
    return Person(
        subscriber.id,
        mask_name(subscriber),
        vocabulary.region_name(subscriber.region) if subscriber.region else _NO_PLACE,
        [vocabulary.types[code].name for code in subscriber.types if code in vocabulary.types],
        explain_decision(session, targeting, subscriber, vocabulary, today),
    )


def _list_places(session: Session, given: dict[str, list[int]], vocabulary: Vocabulary) -> list[Line]:
    """By city; where all are of one, by district."""
    rows = session.execute(_PLACES, {**given, "letters": 4}).all()
    if len(rows) == 1:
        rows = session.execute(_PLACES, {**given, "letters": 6}).all()
    return _shortened([Line(vocabulary.region_name(code) if code else _NO_PLACE, count) for code, count in rows])


def _shortened(lines: Sequence[Line]) -> list[Line]:
    """The largest, and all the others as one."""
    rest = sum(line.count for line in lines[_MOST_PLACES:])
    return [*lines[:_MOST_PLACES], *([Line("其他地区", rest)] if rest else [])]
