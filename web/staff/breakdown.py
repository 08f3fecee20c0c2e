"""Whom a push goes to, in figures: counted once when it is frozen, and only looked up afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.vocabulary.load import Vocabulary
from web.models import PushBreakdown
from web.staff.progress import CHANNEL_LABELS
from web.staff.reach import Line
from workers.models import Push

LATELY = timedelta(days=7)
MOST_PLACES = 8
NO_PLACE = "所在地未填写"

# Who was erased since then is counted without place and type.
_COUNTED = text("""
    WITH going AS MATERIALIZED (
        SELECT d.subscriber_id, d.channel, coalesce(s.region, '') AS region, s.types
        FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber_id AND s.erased_at IS NULL
        WHERE d.push_id = :push_id AND d.month = :month
    ), types AS (
        SELECT code, count(*) AS size FROM going, unnest(types) AS code GROUP BY code
    ), told AS (
        SELECT count(DISTINCT subscriber_id) AS size FROM deliveries
        WHERE month >= :since_month AND push_id < :push_id AND coalesce(accepted_at, due_at) >= :since
          AND state IN ('planned', 'retry', 'sending', 'unknown', 'accepted', 'delivered')
          AND subscriber_id IN (SELECT subscriber_id FROM going)
    )
    SELECT (SELECT jsonb_object_agg(channel, size) FROM (SELECT channel, count(*) AS size FROM going GROUP BY 1) c),
           (SELECT jsonb_object_agg(region, size) FROM (SELECT region, count(*) AS size FROM going GROUP BY 1) r),
           (SELECT jsonb_object_agg(code, size) FROM types),
           (SELECT size FROM told)
""")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """An audience by channel that is tried first, place and type, the largest first.

    `told_lately` have another message from an earlier push, sent within the seven days before or still to be sent.
    """

    channels: list[Line]
    places: list[Line]
    types: list[Line]
    told_lately: int


def breakdown_of(session: Session, push: Push, vocabulary: Vocabulary) -> Breakdown:
    """The figures of a push that was planned; counted now where nobody has asked for them yet."""
    kept = find_breakdown(session, push)
    return Breakdown(
        channels=_lines({CHANNEL_LABELS[channel]: count for channel, count in kept.channels.items()}),
        places=_shortened(_by_place(kept.places, vocabulary)),
        types=_lines({vocabulary.types[code].name: count for code, count in kept.types.items()}),
        told_lately=kept.told_lately,
    )


def find_breakdown(session: Session, push: Push) -> PushBreakdown:
    """What is kept of a push that was planned; counted now where nobody has asked for it yet."""
    return session.get(PushBreakdown, push.id) or keep_breakdown(session, push)


def keep_breakdown(session: Session, push: Push) -> PushBreakdown:
    """Count and keep the figures of a push whose deliveries are written. Two at once keep the same."""
    since = (push.planned_at or push.created_at) - LATELY
    given = {"push_id": push.id, "month": push.month, "since": since, "since_month": since.date().replace(day=1)}
    counted = session.execute(_COUNTED, given).one()
    channels, places, types = (counts or {} for counts in counted[:3])
    figures = {"channels": channels, "places": places, "types": types, "told_lately": counted[3]}
    session.execute(insert(PushBreakdown).values(push_id=push.id, **figures).on_conflict_do_nothing())
    return session.get_one(PushBreakdown, push.id)


def _by_place(counts: Mapping[str, int], vocabulary: Vocabulary) -> list[Line]:
    """By city; where all are of one, by district."""
    cities: Counter[str] = Counter()
    for code, count in counts.items():
        cities[code[:4].ljust(6, "0") if code else ""] += count
    chosen = cities if len(cities) > 1 else counts
    return _lines({vocabulary.region_name(code) if code else NO_PLACE: count for code, count in chosen.items()})


def _lines(counts: Mapping[str, int]) -> list[Line]:
    return [Line(label, count) for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _shortened(lines: Sequence[Line]) -> list[Line]:
    """The largest, and all the others as one."""
    rest = sum(line.count for line in lines[MOST_PLACES:])
    return [*lines[:MOST_PLACES], *([Line("其他地区", rest)] if rest else [])]
