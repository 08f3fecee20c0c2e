"""What one process works with: opened once at its entry point (after forking), closed at its end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import time

from celery import Celery
from redis import Redis

from channels.message import Channel
from channels.registry import make_senders
from channels.sender import Sender
from core.clock import Clock
from core.database import Sessions, make_engine, make_sessions
from core.embedded.stack import Addresses
from core.privacy import Keys, load_keys
from core.redis import make_redis
from core.settings import Settings
from core.vocabulary.load import Vocabulary, load_vocabulary
from workers.app import make_celery
from workers.gates import Rate
from workers.matching.asking import Matchers
from workers.restraint import Restraint


@dataclass(frozen=True)
class Runtime:
    """Connections, keys and senders of a process. `pool` bounds how many provider calls run at once."""

    settings: Settings
    clock: Clock
    sessions: Sessions
    redis: Redis
    celery: Celery
    matchers: Matchers
    keys: Keys
    vocabulary: Vocabulary
    senders: dict[Channel, Sender]
    pool: ThreadPoolExecutor

    @property
    def restraint(self) -> Restraint:
        return Restraint(
            time.fromisoformat(self.settings.quiet_start),
            time.fromisoformat(self.settings.quiet_end),
            self.settings.daily_cap,
            self.settings.weekly_cap,
        )

    def rate(self, provider: str) -> Rate:
        """How fast a provider account may be used; a second's worth may go at once."""
        per_second = self.settings.send_rates.get(provider, self.settings.send_rate)
        return Rate(per_second, max(1, int(per_second)))

    def domain_rate(self, gate: str) -> Rate:
        """How fast mail may go to the domain of a gate `smtp:DOMAIN`."""
        domain = gate.removeprefix("smtp:")
        per_second = self.settings.mail_domain_rates.get(domain, self.settings.mail_domain_rate)
        return Rate(per_second, max(1, int(per_second)))


@contextmanager
def open_runtime(settings: Settings, addresses: Addresses, clock: Clock) -> Iterator[Runtime]:
    """A runtime on servers that are there already."""
    with ExitStack() as stack:
        engine = make_engine(addresses.database_url)
        stack.callback(engine.dispose)
        redis = make_redis(addresses.redis_url)
        stack.callback(redis.close)
        celery = make_celery(addresses.broker_url)
        stack.callback(celery.close)
        matchers = Matchers(addresses.broker_url, redis)
        stack.callback(matchers.close)
        senders = make_senders(settings, redis, clock)
        for sender in senders.values():
            stack.callback(sender.close)
        pool = ThreadPoolExecutor(settings.send_concurrency, thread_name_prefix="send")
        stack.callback(pool.shutdown)
        yield Runtime(
            settings=settings,
            clock=clock,
            sessions=make_sessions(engine),
            redis=redis,
            celery=celery,
            matchers=matchers,
            keys=load_keys(settings),
            vocabulary=load_vocabulary(settings.vocabulary_dir),
            senders=senders,
            pool=pool,
        )
