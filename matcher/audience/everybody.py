"""One offer decided for everybody in memory: the same answer as `matcher.matching`, from the audience."""

from datetime import date

import numpy as np
from pyroaring import BitMap

from matcher.audience.deciding import decide_all, rank_all
from matcher.audience.index import Audience, Ids
from matcher.audience.sets import bitmap
from matcher.decision import Act, Offer
from matcher.matching import Matching


def match_audience(audience: Audience, offer: Offer, today: date) -> Matching:
    """The subscribers of each reason, and the rank of each who is to be pushed now."""
    decided = decide_all(audience, offer, today)
    ids, ranks = rank_all(audience, offer, decided, Act.PUSH, today)
    groups = {code: _as_set(audience.ids_of(members)) for code, members in decided.groups.items()}
    return Matching(groups, dict(zip(ids.tolist(), ranks.tolist(), strict=True)))


def _as_set(ids: Ids) -> BitMap:
    return bitmap(np.sort(ids).astype(np.uint32))
