"""A share of all subscribers held in memory: built for a day, brought up to date before each answer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Lock

from core.database import Sessions
from matcher.audience.index import Audience
from matcher.audience.keeping import NotTaken, Standing, store, take_over
from matcher.audience.loading import Loaded, Shard, follow, load_audience
from matcher.facets import Facets

log = logging.getLogger(__name__)


class HeldAudience:
    """One answer at a time. `day` is the day in China for which it was built, None before the first time.

    With `snapshots`, a folder, what was built is kept there for the next process.
    """

    def __init__(self, sessions: Sessions, facets: Facets, shard: Shard, snapshots: Path | None = None) -> None:
        self.shard = shard
        self.facets = facets
        self.day: date | None = None
        self._sessions = sessions
        self._snapshot = snapshots / f"audience-{shard.number}-{shard.of}.zip" if snapshots else None
        self._lock = Lock()
        self._standing = Standing()

    def build(self, day: date) -> None:
        """Have everybody as they are on `day`, by the snapshot where it is good; the day before is answered for
        meanwhile."""
        standing = self._taken_over(day) or self._read(day)
        with self._lock:
            self._standing, self.day = standing, day

    @contextmanager
    def asked(self, day: date) -> Iterator[Audience]:
        """The audience as everybody is now, for oneself alone; built first where it is of another day."""
        if self.day != day:
            self.build(day)
        with self._lock:
            standing = self._standing
            with self._sessions() as session:
                loaded = follow(session, standing.audience, self.facets, day, self.shard, standing.watermark)
            _tell_refused(loaded)
            standing.take_in(loaded)
            yield standing.audience

    def keep(self) -> None:
        """Write the snapshot where something has changed since the last one."""
        with self._lock:
            if self.day is not None and self._standing.followed:
                self._store(self._standing, self.day)

    def _taken_over(self, day: date) -> Standing | None:
        if self._snapshot is None or not self._snapshot.is_file():
            return None
        try:
            with self._sessions() as session:
                standing = take_over(session, self._snapshot, self.facets, day, self.shard)
        except NotTaken as reason:
            log.warning("audience %s: the snapshot is not used: %s", self._name, reason)
            return None
        people, followed = len(standing.audience.everyone), standing.followed
        log.info("audience %s taken from its snapshot: %d subscribers, %d followed", self._name, people, followed)
        return standing

    def _read(self, day: date) -> Standing:
        with self._sessions() as session:
            audience, loaded = load_audience(session, self.facets, day, self.shard)
        _tell_refused(loaded)
        standing = Standing(audience)
        standing.take_in(loaded)
        log.info("audience %s built: %d subscribers", self._name, loaded.rows)
        self._store(standing, day)
        return standing

    def _store(self, standing: Standing, day: date) -> None:
        """Without a snapshot one works as well, so that it can't be written is told and no more."""
        if self._snapshot is None:
            return
        try:
            with self._sessions() as session:
                store(session, standing, self._snapshot, self.facets, day, self.shard)
        except OSError as error:
            log.warning("audience %s: the snapshot could not be written: %s", self._name, error.strerror)

    @property
    def _name(self) -> str:
        return f"{self.shard.number}/{self.shard.of}"


def _tell_refused(loaded: Loaded) -> None:
    for subscriber_id, error in loaded.refused:
        log.warning("subscriber %d left out, the profile can't be judged: %s", subscriber_id, error)
