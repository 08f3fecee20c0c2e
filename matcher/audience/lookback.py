"""Looking back (应享未享): who would get a policy now and never did, and what was decided of them then."""

from collections.abc import Mapping
from datetime import date

from pyroaring import BitMap

from matcher.audience.deciding import decide_all
from matcher.audience.index import Audience
from matcher.decision import Act, Offer

NOT_ASKED = "not_asked"
"""They were no candidate then: not yet a subscriber, no such topic, no recommendation allowed."""


def look_back(
    audience: Audience, offer: Offer, today: date, reached: BitMap, then: Mapping[str, BitMap]
) -> dict[str, BitMap]:
    """Slots of those missed, by the reason that the decision of that time gave (`then`: reason → slots).

    `reached` are those who did get it. A policy whose window has closed is looked at as if it were open: who missed it
    is the question.
    """
    open_offer = Offer(offer.demand, offer.topics)
    left = decide_all(audience, open_offer, today).members(Act.PUSH) - reached
    missed: dict[str, BitMap] = {}
    for reason, members in then.items():
        missed[reason] = left & members
        left = left - members
    missed[NOT_ASKED] = left
    return {reason: members for reason, members in missed.items() if members}
