"""How fast a digest is planned: everybody's lines chosen from the month's decisions, frozen, and written as deliveries.

What is timed is the release of a real edition on a real PostgreSQL: decisions, openings and earlier pushes are read,
everybody gets their best twelve lines, and lines and deliveries are written and committed.
"""

import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import schema
from core.database import Sessions, make_engine, make_sessions, unit_of_work
from core.embedded import EmbeddedStack
from core.errors import ZhidaError
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from matcher.audience.sets import bitmap
from matcher.decision import Act, Code
from matcher.matching import keep
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from workers.digest.drafting import draft
from workers.digest.periods import parse_period
from workers.digest.releasing import Released, release
from workers.models import Delivery, Push, PushState
from workers.partitions import create_partitions
from workers.plan import CAPPED

OCTOBER = parse_period("2026-10")
DECIDED = datetime(2026, 10, 12, 4, 0, tzinfo=UTC)
RELEASED = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
SHARES = {CAPPED: 0.03, Code.RECOMMENDED_ASK.value: 0.04, Code.SUBSCRIBED_FITS.value: 0.05}
"""Of all subscribers, decided so by each policy: a person meets about 14 lines of 200 policies, and deadlines."""
OPENED = 0.2
"""Of those pushed, have opened."""

# Planning reads no address, so these rows hold none.
_PEOPLE = """
    SET LOCAL session_replication_role = 'replica';
    INSERT INTO subscribers
        (kind, name, profile, provenance, types, topics, recommend, channels, changed_in, created_at)
    SELECT CASE WHEN n % 5 < 2 THEN 'enterprise' ELSE 'individual' END, '', '{}', '{}', '{}', '{P0301}', true,
           CASE WHEN n % 3 = 0 THEN ARRAY['mail', 'wechat'] ELSE ARRAY['wechat', 'sms', 'mail'] END, 0, now()
    FROM generate_series(1, CAST(:count AS int)) n;
"""
_CONTACTS = """
    INSERT INTO contacts (subscriber_id, channel, sealed, blind_index, state, consented)
    SELECT s.id, c.channel, '', sha256(convert_to(c.channel || s.id, 'UTF8')), 'verified', true
    FROM subscribers s, (VALUES ('wechat'), ('mail')) c(channel)
"""
_OPENED = """
    INSERT INTO feedback (subscriber_id, policy_id, kind, at)
    SELECT unnest(CAST(:ids AS bigint[])), :policy_id, 'opened', :now
"""
_DELIVERIES = """
    INSERT INTO deliveries (month, push_id, subscriber_id, channel, fallbacks, state, detail, due_at, attempts, reasons,
                            accepted_at, updated_at)
    SELECT :month, :push_id, unnest(CAST(:ids AS bigint[])), 'wechat', '{}', 'accepted', '', :now, 1, '[]', :now, :now
"""


def run(subscribers: int, policies: int, settings: Settings | None = None) -> dict[str, Any]:
    """The figures of one run. Raises ZhidaError where the edition isn't what its decisions make of it."""
    vocabulary = load_vocabulary(settings.vocabulary_dir if settings else None)
    with _database() as sessions:
        members = _fill(sessions, subscribers, policies)
        with unit_of_work(sessions) as session:
            edition = draft(session, OCTOBER, vocabulary, "editor", RELEASED)
        started = time.perf_counter()
        with unit_of_work(sessions) as session:
            session.add(edition)
            out = release(session, edition, vocabulary, settings or Settings(), "chief", RELEASED)
        seconds = time.perf_counter() - started
        with sessions() as session:
            _check(session, out, members)
    return {
        "subscribers": subscribers,
        "policies": policies,
        "plan_seconds": round(seconds, 2),
        "subscribers_per_second": round(subscribers / seconds),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


@contextmanager
def _database() -> Iterator[Sessions]:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="zhida-bench-")))
        folder.chmod(0o711)  # as root the server runs as another account, which must get in
        url = closing.enter_context(EmbeddedStack(folder, redis=False)).database_url
        schema.upgrade(url)
        engine = make_engine(url)
        closing.callback(engine.dispose)
        yield make_sessions(engine)


def _fill(sessions: Sessions, subscribers: int, policies: int) -> BitMap:
    """People and decisions; who must get a message."""
    random = np.random.default_rng(8)
    everybody = BitMap()
    with unit_of_work(sessions) as session:
        create_partitions(session, OCTOBER.starts)
        for statement in _PEOPLE.split(";")[:2]:
            session.execute(text(statement), {"count": subscribers} if ":count" in statement else {})
        session.execute(text(_CONTACTS))
    for number in range(policies):
        with unit_of_work(sessions) as session:
            everybody |= _add_policy(session, random, subscribers, number)
    with sessions() as session:
        for table in ("subscribers", "contacts", "feedback", "deliveries", "decision_groups"):
            session.execute(text(f"ANALYZE {table}"))
        session.commit()
    return everybody


def _add_policy(session: Session, random: np.random.Generator, subscribers: int, number: int) -> BitMap:
    """A policy of October, its decisions, its push with some of the deliveries, and who opened it."""
    closes = date(2026, 11, 20) if number % 3 == 0 else None
    policy = Policy(
        key=f"bench {number}",
        title=f"关于第{number}项的通知",
        stem=str(number),
        agency="北京市人民政府",
        published_date=date(2026, 10, 1 + number % 30),
        created_at=DECIDED,
    )
    session.add(policy)
    session.flush()
    version = PolicyVersion(
        policy_id=policy.id, number=1, fingerprint=str(number).encode(), title=policy.title, created_at=DECIDED
    )
    session.add(version)
    session.flush()
    targeting = _targeting(version.id, closes)
    session.add(targeting)
    session.flush()
    drawn = random.random(subscribers)
    groups, low = {}, 0.0
    for reason, share in SHARES.items():
        groups[reason] = bitmap((np.flatnonzero((drawn >= low) & (drawn < low + share)) + 1).astype(np.uint32))
        low += share
    acts = {CAPPED: Act.DIGEST, Code.RECOMMENDED_ASK.value: Act.DIGEST, Code.SUBSCRIBED_FITS.value: Act.PUSH}
    keep(session, targeting.id, {reason: (acts[reason], ids) for reason, ids in groups.items()}, DECIDED)
    pushed = groups[Code.SUBSCRIBED_FITS.value]
    opened = _push(session, policy.id, targeting.id, pushed)
    held = groups[CAPPED] | groups[Code.RECOMMENDED_ASK.value]
    return held | (pushed - opened) if closes else held


def _targeting(version_id: int, closes: date | None) -> Targeting:
    return Targeting(
        version_id=version_id,
        number=1,
        state=TargetingState.CONFIRMED,
        pushable=True,
        sides=[],
        topics=["P0301"],
        types=[],
        region="000000",
        closes=closes,
        conditions={"all": []},
        created_at=DECIDED,
    )


def _push(session: Session, policy_id: int, targeting_id: int, audience: BitMap) -> BitMap:
    """The push of a policy with a tenth of its deliveries; who opened it."""
    push = Push(
        key=f"policy:{targeting_id}",
        targeting_id=targeting_id,
        month=OCTOBER.starts,
        state=PushState.DONE,
        audience=audience.serialize(),
        audience_size=len(audience),
        created_by="bench",
        created_at=DECIDED,
    )
    session.add(push)
    session.flush()
    ids = list(audience)
    opened = ids[:: round(1 / OPENED)]
    session.execute(text(_OPENED), {"ids": opened, "policy_id": policy_id, "now": DECIDED})
    session.execute(text(_DELIVERIES), {"ids": ids[::10], "push_id": push.id, "month": OCTOBER.starts, "now": DECIDED})
    return BitMap(opened)


def _check(session: Session, out: Released, expected: BitMap) -> None:
    if out.push is None:
        raise ZhidaError("月报没有生成推送")
    written = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.push_id == out.push.id))
    if written != len(expected) or BitMap.deserialize(out.push.audience) != expected:
        raise ZhidaError(f"应有 {len(expected)} 人收到月报，实际写入 {written}")
