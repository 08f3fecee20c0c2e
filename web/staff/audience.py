"""Whom a targeting reaches: asked of the match workers or, where none are there, of everybody in memory here."""

from datetime import date
from threading import Lock

from core.clock import Clock, local_date
from core.database import Sessions
from matcher.audience.loading import Shard
from matcher.audience.preview import Preview
from matcher.decision import Code, Offer
from matcher.facets import Facets
from matcher.matching import Matching, offer_of
from matcher.models import Targeting
from workers.matching.answering import Answers
from workers.matching.asking import Matchers
from workers.matching.held import HeldAudience
from workers.matching.questions import merge_matchings, merge_previews, write_offer


class LiveAudience:
    """People as they are now; in memory they are built when first asked for, and anew each day."""

    def __init__(self, sessions: Sessions, facets: Facets, clock: Clock, matchers: Matchers | None = None) -> None:
        self._facets = facets
        self._clock = clock
        self._matchers = matchers
        self._lock = Lock()
        self._held = HeldAudience(sessions, facets, Shard())
        self._answers = Answers(self._held, sessions, clock)

    def preview(self, offer: Offer) -> Preview:
        """What a push would do now, in figures."""
        today = local_date(self._clock())
        found = self._matchers.preview(offer, today) if self._matchers else None
        return found or merge_previews([self._own(today).preview(write_offer(offer), today)])

    def preview_targeting(self, targeting: Targeting) -> Preview:
        """The same for a targeting as it is stored. Raises InputError where its conditions aren't valid any more."""
        return self.preview(offer_of(targeting, self._facets.vocabulary))

    def count(self, offer: Offer) -> dict[Code, int]:
        """How many are decided upon for which reason."""
        return dict(self.preview(offer).codes)

    def count_targeting(self, targeting: Targeting) -> dict[Code, int]:
        return dict(self.preview_targeting(targeting).codes)

    def match(self, targeting: Targeting) -> Matching:
        """The same as matcher.matching.match."""
        offer, today = offer_of(targeting, self._facets.vocabulary), local_date(self._clock())
        found = self._matchers.match(offer, today) if self._matchers else None
        return found or merge_matchings([self._own(today).match(write_offer(offer), today)])

    def _own(self, today: date) -> Answers:
        with self._lock:
            if self._held.day != today:
                self._held.build(today)
        return self._answers
