"""Which missing datum to ask a subscriber for: that which settles most of the policies that are open."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import InputError
from core.vocabulary.load import Vocabulary
from matcher.applicant import read_applicant
from matcher.audience.shelf import Question, Shelf
from matcher.criteria import Demand
from matcher.facets import Facets
from matcher.models import Targeting, TargetingState
from matcher.targeting import demand_of
from subscribers.models import Subscriber
from subscribers.profiles import fields_on


def rank_missing(
    session: Session, subscriber: Subscriber, names: Sequence[str], vocabulary: Vocabulary, today: date
) -> list[Question]:
    """The fields `names` by how many open policies each settles for the subscriber, then by how many need it."""
    if not names:
        return []
    fields = {**fields_on(subscriber.profile, today), "kind": subscriber.kind}
    applicant = read_applicant(fields, Facets(vocabulary), sized=True)
    shelf = Shelf(dict(_list_open(session, vocabulary, today)))
    ranked = [one for one in shelf.questions(applicant, shelf.judge(applicant)) if one.field in names]
    known = {one.field for one in ranked}
    return ranked + [Question(name, 0, 0) for name in names if name not in known]


def _list_open(session: Session, vocabulary: Vocabulary, today: date) -> Iterator[tuple[int, Demand]]:
    open_today = or_(Targeting.closes.is_(None), Targeting.closes >= today)
    confirmed = select(Targeting).where(Targeting.state == TargetingState.CONFIRMED, open_today)
    for targeting in session.scalars(confirmed):
        try:
            yield targeting.id, demand_of(targeting, vocabulary)
        except InputError:
            continue  # its conditions stem from an older vocabulary: nobody is matched with it either
