"""What an editor waits for: a preview asked of real match workers, over the broker, with everybody in PostgreSQL.

Also timed are the start of a worker that reads everybody, of one that takes over a snapshot, and a whole push decided.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import psycopg
from psycopg.types.json import Jsonb
from pyroaring import BitMap
from redis import Redis

from bench.match_people import Population
from bench.match_policies import make_policies
from bench.timing import spread
from core import schema
from core.clock import local_date, system_clock
from core.database import Sessions, make_engine, make_sessions, unit_of_work
from core.embedded import Addresses, EmbeddedStack
from core.errors import ZhidaError
from core.processes import Children, child_environment
from core.redis import make_redis
from core.settings import Settings
from core.vocabulary.load import Vocabulary, load_vocabulary
from matcher.audience.index import Row
from matcher.decision import Offer
from workers.matching.asking import Matchers
from workers.matching.present import find_shards
from workers.models import Push, PushState

_PASSES = 2
# Everybody can be reached on two channels; matching reads no address, so these rows hold none.
_CONTACTS = """
    INSERT INTO contacts (subscriber_id, channel, sealed, blind_index, state, consented)
    SELECT s.id, c.channel, '', sha256(convert_to(c.channel || s.id, 'UTF8')), 'verified', true
    FROM subscribers s, (VALUES ('wechat'), ('sms')) c(channel)
"""
_COPY = (
    "COPY subscribers (kind, name, region, profile, provenance, types, topics, recommend, channels, created_at)"
    " FROM STDIN"
)
_CHANGE = "UPDATE subscribers SET recommend = NOT recommend WHERE id = %s"


@dataclass(frozen=True, slots=True)
class _Service:
    """Servers, and who asks the workers on them."""

    url: str
    redis: Redis
    matchers: Matchers
    children: Children
    shards: int

    def start_workers(self) -> float:
        """Seconds until all shards answer."""
        started = time.perf_counter()
        for number in range(self.shards):
            self.children.start(f"match-{number}", "worker", "--queues", "match", "--shard", f"{number}/{self.shards}")
        while not find_shards(self.redis, _today()):
            self.children.check()
            time.sleep(0.2)
        return round(time.perf_counter() - started, 1)


def run(profiles: int, policies: int, shards: int = 1) -> dict[str, Any]:
    """The figures of one run: milliseconds from the question to the answer, each question asked as it comes, none
    repeated. `preview_ms` is what an editor sees of a policy, `changed_ms` the same when somebody's profile was changed
    just before, `match_ms` everybody decided for a push. `…_cpu_ms` is what a question takes of the workers' processors
    on average, which on a busy machine is far less than the wait. Raises ZhidaError where workers don't answer."""
    vocabulary = load_vocabulary()
    with ExitStack() as closing:
        service, sessions = _open(closing, shards)
        filling = time.perf_counter()
        _fill(service.url, vocabulary, profiles)
        _tell_half(sessions, profiles)
        filled = round(time.perf_counter() - filling, 1)
        read = service.start_workers()
        service.children.stop()
        taken_over = service.start_workers()
        offers = [Offer(p.demand, dict.fromkeys(p.topics, 1.0)) for p in make_policies(vocabulary, policies)]
        connection = closing.enter_context(psycopg.connect(service.url, autocommit=True))
        changed = count(1, max(1, profiles // 997))

        def change() -> None:
            connection.execute(_CHANGE, [next(changed) % profiles + 1])

        return {
            "profiles": profiles,
            "policies": policies,
            "shards": shards,
            "fill_seconds": filled,
            "read_seconds": read,
            "taken_over_seconds": taken_over,
            **_ask("preview", service.matchers.preview, offers),
            **_ask("changed", service.matchers.preview, offers, change),
            **_ask("match", service.matchers.match, offers),
        }


def _open(closing: ExitStack, shards: int) -> tuple[_Service, Sessions]:
    folder = Path(closing.enter_context(TemporaryDirectory(prefix="zhida-bench-")))
    folder.chmod(0o711)  # as root the server runs as another account, which must get in
    stack = closing.enter_context(EmbeddedStack(folder))
    addresses = Addresses(stack.database_url, stack.redis_url, stack.celery_broker_url)
    schema.upgrade(addresses.database_url)
    engine = make_engine(addresses.database_url)
    closing.callback(engine.dispose)
    redis = closing.enter_context(make_redis(addresses.redis_url))
    matchers = Matchers(addresses.broker_url, redis)
    closing.callback(matchers.close)
    environment = child_environment(Settings(var_dir=folder), addresses)
    children = closing.enter_context(Children(environment, folder / "log"))
    url = addresses.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return _Service(url, redis, matchers, children, shards), make_sessions(engine)


def _ask(
    name: str,
    ask: Callable[[Offer, date], object],
    offers: list[Offer],
    before: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """The milliseconds of the questions."""
    spent, used = [], _workers_seconds()
    for offer in offers * _PASSES:
        before()
        start = time.perf_counter()
        answer = ask(offer, _today())
        spent.append((time.perf_counter() - start) * 1000)
        if answer is None:
            raise ZhidaError("匹配进程没有回答")
    cpu = (_workers_seconds() - used) / len(spent) * 1000
    return {f"{name}_ms": spread(spent), f"{name}_cpu_ms": round(cpu, 1)}


def _workers_seconds() -> float:
    """Of processor time that our match workers have used (proc_pid_stat(5), fields 14 and 15)."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    workers = [one for one in children if b"--shard" in Path(f"/proc/{one}/cmdline").read_bytes()]
    stats = [Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for one in workers]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def _fill(url: str, vocabulary: Vocabulary, profiles: int) -> None:
    """Everybody with their facts as an import stores them, and two channels each."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = 'replica'")  # no triggers: nobody follows yet
        with connection.cursor().copy(_COPY) as copy:
            for line in _lines(Population(vocabulary).rows(profiles)):
                copy.write_row(line)
        connection.execute(cast("Any", _CONTACTS))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE subscribers, contacts")


def _lines(rows: Iterator[Row]) -> Iterator[list[Any]]:
    now = system_clock()
    for row in rows:
        place = row.profile.get("region", row.profile.get("residence_region"))
        facts = Jsonb(facts_of(row.profile, now.year))
        yield [row.kind, "", place, facts, Jsonb({}), [], row.topics, row.recommend, ["wechat", "sms"], now]


def facts_of(profile: Mapping[str, Any], year: int) -> dict[str, Any]:
    """Dates in the place of the fields that follow from them."""
    facts = dict(profile)
    for field, fact in (("age", "birth_date"), ("years_since_founding", "founding_date")):
        if (years := facts.pop(field, None)) is not None:
            facts[fact] = f"{year - int(years)}-{1 + int(years * 7) % 10:02}-{1 + int(years * 13) % 28:02}"
    if (years := facts.pop("graduated_within_years", None)) is not None:
        facts["graduation_date"] = f"{year - int(years)}-07"
    if (ages := facts.pop("child_age", None)) is not None:
        facts["children_birth_dates"] = [f"{year - age}-05" for age in ages]
    return facts


def _tell_half(sessions: Sessions, profiles: int) -> None:
    """Half of all have been told of something lately."""
    now = system_clock()
    told = BitMap(range(1, profiles + 1, 2))
    with unit_of_work(sessions) as session:
        push = {"state": PushState.RUNNING, "created_by": "bench", "created_at": now, "planned_at": now}
        session.add(Push(key="bench", month=now.date().replace(day=1), audience=told.serialize(), **push))


def _today() -> date:
    return local_date(system_clock())
