"""Everybody in memory, so that an editor sees at once how many a change reaches; and the matching of a push from it."""

from dataclasses import dataclass
from datetime import date
from threading import Lock

from pyroaring import BitMap

from core.clock import Clock, local_date
from core.database import Sessions
from matcher.audience.deciding import decide_all, rank_all
from matcher.audience.index import Audience
from matcher.audience.loading import Shard, follow, load_audience
from matcher.decision import Act, Code, Offer
from matcher.facets import Facets
from matcher.matching import Matching, offer_of
from matcher.models import Targeting

WHOLE = Shard()


@dataclass(slots=True)
class _Held:
    audience: Audience
    day: date
    watermark: int


class LiveAudience:
    """Built when first asked, brought up to date before each answer, built anew each day. One answer at a time."""

    def __init__(self, sessions: Sessions, facets: Facets, clock: Clock) -> None:
        self._sessions = sessions
        self._facets = facets
        self._clock = clock
        self._lock = Lock()
        self._held: _Held | None = None

    def count(self, offer: Offer) -> dict[Code, int]:
        """How many are decided upon for which reason, as everybody is now."""
        with self._lock:
            decided = decide_all(self._fresh(), offer, self._today())
            return {code: len(members) for code, members in decided.groups.items()}

    def count_targeting(self, targeting: Targeting) -> dict[Code, int]:
        """The same for a targeting as it is stored."""
        return self.count(offer_of(targeting, self._facets.vocabulary))

    def match(self, targeting: Targeting) -> Matching:
        """The same as matcher.matching.match, from memory."""
        offer, today = offer_of(targeting, self._facets.vocabulary), self._today()
        with self._lock:
            audience = self._fresh()
            decided = decide_all(audience, offer, today)
            ids, ranks = rank_all(audience, offer, decided, Act.PUSH, today)
            groups = {code: BitMap(audience.ids_of(members)) for code, members in decided.groups.items()}
            return Matching(groups, dict(zip(ids.tolist(), ranks.tolist(), strict=True)))

    def _today(self) -> date:
        return local_date(self._clock())

    def _fresh(self) -> Audience:
        day = self._today()
        with self._sessions() as session:
            if self._held is None or self._held.day != day:
                audience, loaded = load_audience(session, self._facets, day, WHOLE)
                self._held = _Held(audience, day, loaded.watermark)
            else:
                changed = follow(session, self._held.audience, self._facets, day, WHOLE, self._held.watermark)
                self._held.watermark = changed.watermark
        return self._held.audience
