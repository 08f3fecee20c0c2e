"""A match worker: one process that holds one shard and answers for it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any
from uuid import uuid4

from celery import Celery
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock, local_date
from core.database import make_engine, make_sessions
from core.embedded import Addresses
from core.redis import make_redis
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from matcher.audience.loading import Shard
from matcher.facets import Facets
from workers.app import make_asking_celery
from workers.matching.answering import Answers
from workers.matching.held import HeldAudience
from workers.matching.present import EVERY_SECONDS, announce, take_leave
from workers.matching.questions import MATCH_TASK, PREVIEW_TASK, queue_of

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 5
"""For an audience that is being built when we are told to stop."""


def run_match_worker(settings: Settings, addresses: Addresses, clock: Clock, shard: Shard, log_level: str) -> None:
    """Answer for a shard until told to stop. Several workers may hold the same one.

    It is one process with one thread for answers (`solo`), so that people are held once; another thread builds them,
    also anew when the day changes, and says that we are there.
    """
    logging.getLogger("celery.app.trace").setLevel(logging.WARNING)  # it would write every answer into the log
    with ExitStack() as closing:
        engine = make_engine(addresses.database_url)
        closing.callback(engine.dispose)
        redis = closing.enter_context(make_redis(addresses.redis_url))
        # Every answer reads by single statements; a transaction around each would cost more than the statement.
        sessions = make_sessions(engine.execution_options(isolation_level="AUTOCOMMIT"))
        facets = Facets(load_vocabulary(settings.vocabulary_dir))
        held = HeldAudience(sessions, facets, shard, settings.var_dir / "audience")
        celery = make_asking_celery(addresses.broker_url)
        closing.callback(celery.close)
        register_questions(celery, Answers(held, sessions, clock))
        closing.enter_context(kept(held, redis, clock))
        celery.worker_main(
            [
                "worker",
                "--pool=solo",
                f"--queues={queue_of(shard.number, shard.of)}",
                f"--hostname=match-{shard.number}-{shard.of}-{uuid4().hex[:8]}@%h",
                f"--loglevel={log_level}",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ]
        )


def register_questions(celery: Celery, answers: Answers) -> None:
    """Give the application its two tasks."""

    @celery.task(name=MATCH_TASK)
    def match(offer: dict[str, Any], day: str) -> dict[str, Any]:
        return answers.match(offer, date.fromisoformat(day))

    @celery.task(name=PREVIEW_TASK)
    def preview(offer: dict[str, Any], day: str) -> dict[str, Any]:
        return answers.preview(offer, date.fromisoformat(day))


@contextmanager
def kept(held: HeldAudience, redis: Redis, clock: Clock) -> Iterator[None]:
    """In the background have the audience of today, and say so every few seconds; at the end take leave."""
    worker, stop = uuid4().hex, threading.Event()
    thread = threading.Thread(target=_keep, args=(held, redis, clock, worker, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE_SECONDS)
        if held.day is not None:
            take_leave(redis, worker, held.shard, held.day)
            held.keep()


def _keep(held: HeldAudience, redis: Redis, clock: Clock, worker: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            keep_once(held, redis, clock, worker)
        except (RedisError, SQLAlchemyError) as error:
            log.warning("match worker waits for its servers: %s", type(error).__name__)
        stop.wait(EVERY_SECONDS)


def keep_once(held: HeldAudience, redis: Redis, clock: Clock, worker: str) -> None:
    """Build the audience where it is of another day, and say that we are there."""
    today = local_date(clock())
    if is_stale := held.day != today:
        held.build(today)
    announce(redis, worker, held.shard, today)
    if is_stale:
        log.info("match worker %d/%d answers for %s", held.shard.number, held.shard.of, today)
