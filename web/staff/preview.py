"""A few people of an audience looked at closely, before it is written to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap
from sqlalchemy.orm import Session

from core.vocabulary.load import Vocabulary
from matcher.answers import Answer, explain_decision
from matcher.models import Targeting
from subscribers.masking import mask_name
from subscribers.models import Subscriber
from web.staff.breakdown import NO_PLACE

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Person:
    """One of the audience, named so that staff may judge and nobody is exposed."""

    subscriber_id: int
    name: str
    place: str
    types: list[str]
    answer: Answer


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
        vocabulary.region_name(subscriber.region) if subscriber.region else NO_PLACE,
        [vocabulary.types[code].name for code in subscriber.types if code in vocabulary.types],
        explain_decision(session, targeting, subscriber, vocabulary, today),
    )
