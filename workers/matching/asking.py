"""Asking the match workers: one question to all shards, their answers as one."""

import logging
from datetime import date
from typing import Any

from celery import exceptions, group
from kombu.exceptions import OperationalError
from redis import Redis, RedisError

from matcher.audience.preview import Preview
from matcher.decision import Offer
from matcher.matching import Matching
from workers.app import make_asking_celery
from workers.matching.present import find_shards
from workers.matching.questions import (
    MATCH_TASK,
    PREVIEW_TASK,
    merge_matchings,
    merge_previews,
    queue_of,
    write_offer,
)

log = logging.getLogger(__name__)

MATCH_SECONDS = 10.0
PREVIEW_SECONDS = 5.0
"""For so long an answer is waited for; then one works without the workers."""
_PAUSE_SECONDS = 0.001
"""Celery looks once whether answers are there, pauses for so long, and only then listens for them."""


class Matchers:
    """The match workers as one process sees them. Every answer may be None: none are there, or not all answered."""

    def __init__(self, broker_url: str, redis: Redis) -> None:
        self._celery = make_asking_celery(broker_url)
        self._redis = redis

    def match(self, offer: Offer, day: date) -> Matching | None:
        """Everybody decided, as `matcher.matching.match` does."""
        parts = self._ask(MATCH_TASK, offer, day, MATCH_SECONDS)
        return merge_matchings(parts) if parts else None

    def preview(self, offer: Offer, day: date) -> Preview | None:
        """The figures for an editor."""
        parts = self._ask(PREVIEW_TASK, offer, day, PREVIEW_SECONDS)
        return merge_previews(parts) if parts else None

    def close(self) -> None:
        backend: Any = self._celery.backend  # that of Redis; the annotations know only what all have in common
        backend.result_consumer.stop()
        backend.client.close()
        self._celery.close()

    def _ask(self, task: str, offer: Offer, day: date, seconds: float) -> list[dict[str, Any]]:
        """The parts of all shards; empty where they can't be had."""
        try:
            shards = find_shards(self._redis, day)
            parts = self._ask_shards(task, offer, day, seconds, [queue_of(one.number, one.of) for one in shards])
        except (exceptions.TimeoutError, OperationalError, RedisError) as error:
            log.warning("match workers did not answer %s: %s", task, type(error).__name__)
            return []
        failed = [part for part in parts if not isinstance(part, dict)]
        for part in failed:
            log.warning("a match worker failed on %s: %s", task, type(part).__name__)
        return [] if failed else parts

    def _ask_shards(self, task: str, offer: Offer, day: date, seconds: float, queues: list[str]) -> list[Any]:
        if not queues:
            return []
        asked = {"offer": write_offer(offer), "day": day.isoformat()}
        questions = [self._celery.signature(task, kwargs=asked, queue=one, expires=seconds) for one in queues]
        answering: Any = group(questions, app=self._celery).apply_async()  # a GroupResult, annotated as a single one
        try:
            answers: list[Any] = answering.join_native(timeout=seconds, propagate=False, interval=_PAUSE_SECONDS)
        finally:
            answering.forget()
        return answers
