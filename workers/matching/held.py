"""A share of all subscribers held in memory: built for a day, brought up to date before each answer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from threading import Lock

from core.database import Sessions
from matcher.audience.index import Audience
from matcher.audience.loading import Loaded, Shard, follow, load_audience
from matcher.facets import Facets

log = logging.getLogger(__name__)


class HeldAudience:
    """One answer at a time. `day` is the day in China for which it was built, None before the first time."""

    def __init__(self, sessions: Sessions, facets: Facets, shard: Shard) -> None:
        self.shard = shard
        self.facets = facets
        self.day: date | None = None
        self._sessions = sessions
        self._lock = Lock()
        self._audience = Audience()
        self._watermark = 0

    def build(self, day: date) -> None:
        """Read everybody as they are on `day`; answers for the day before go on meanwhile."""
        with self._sessions() as session:
            audience, loaded = load_audience(session, self.facets, day, self.shard)
        _tell_refused(loaded)
        with self._lock:
            self._audience, self._watermark, self.day = audience, loaded.watermark, day
        log.info("audience %d/%d built: %d subscribers", self.shard.number, self.shard.of, loaded.rows)

    @contextmanager
    def asked(self, day: date) -> Iterator[Audience]:
        """The audience as everybody is now, for oneself alone; built first where it is of another day."""
        if self.day != day:
            self.build(day)
        with self._lock:
            with self._sessions() as session:
                loaded = follow(session, self._audience, self.facets, day, self.shard, self._watermark)
            _tell_refused(loaded)
            self._watermark = loaded.watermark
            yield self._audience


def _tell_refused(loaded: Loaded) -> None:
    for subscriber_id, error in loaded.refused:
        log.warning("subscriber %d left out, the profile can't be judged: %s", subscriber_id, error)
