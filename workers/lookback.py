"""Looking back (应享未享): who would be pushed a policy now and never got it, and what was decided of them then."""

from dataclasses import dataclass, replace
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.vocabulary.load import Vocabulary
from matcher.audience.lookback import missed
from matcher.decision import Act
from matcher.matching import offer_of
from matcher.models import DecisionGroup, Targeting
from workers.matching.asking import Matchers
from workers.matching.everybody import match_everybody_offered
from workers.models import Delivery, DeliveryState, Push

NOT_DELIVERED = "not_delivered"
"""It was planned for them, and no channel brought it there (or it is still under way)."""
_GOT = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Lookback:
    """`missed`: subscribers by what was decided of them then, the largest first; `runs` is how often it was matched."""

    now: int
    reached: int
    runs: int
    missed: dict[str, BitMap]

    @property
    def count(self) -> int:
        return sum(len(members) for members in self.missed.values())


def look_back(
    session: Session, matchers: Matchers, targeting: Targeting, vocabulary: Vocabulary, now: datetime
) -> Lookback:
    """Of a policy that was pushed. A window that has closed counts as open: who missed it is the question."""
    offer = replace(offer_of(targeting, vocabulary), opens=None, closes=None)
    matching = match_everybody_offered(matchers, session, offer, vocabulary, local_date(now))
    fitting, reached = matching.members(Act.PUSH), find_reached(session, targeting.version_id)
    runs, then = _decided_then(session, targeting.version_id)
    found = missed(fitting - reached, then)
    ordered = dict(sorted(found.items(), key=lambda item: -len(item[1])))
    return Lookback(len(fitting), len(reached), runs, ordered)


def find_reached(session: Session, version_id: int) -> BitMap:
    """Who got a push of this version by any targeting of it."""
    pushes = select(Push.id).join(Targeting, Targeting.id == Push.targeting_id)
    ids = session.scalars(
        select(Delivery.subscriber_id).where(
            Delivery.push_id.in_(pushes.where(Targeting.version_id == version_id)), Delivery.state.in_(_GOT)
        )
    )
    return BitMap(ids)


def _decided_then(session: Session, version_id: int) -> tuple[int, dict[str, BitMap]]:
    """What was decided last of everybody who was a candidate once, by reason; and how many runs there were."""
    groups = session.scalars(
        select(DecisionGroup)
        .join(Targeting, Targeting.id == DecisionGroup.targeting_id)
        .where(Targeting.version_id == version_id)
        .order_by(DecisionGroup.targeting_id.desc(), DecisionGroup.run.desc(), DecisionGroup.reason)
    ).all()
    then: dict[str, BitMap] = {}
    told = BitMap()
    for run in sorted({(group.targeting_id, group.run) for group in groups}, reverse=True):
        later = told.copy()
        for group in groups:
            if (group.targeting_id, group.run) == run:
                members = BitMap.deserialize(group.members)
                reason = NOT_DELIVERED if group.action == Act.PUSH else group.reason
                then[reason] = then.get(reason, BitMap()) | (members - later)
                told |= members
    return len({(group.targeting_id, group.run) for group in groups}), then
