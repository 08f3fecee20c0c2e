"""People and a policy for the delivery benchmark, by COPY."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import local_date
from core.privacy import Keys
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from subscribers.contacts import seal_address
from workers.partitions import month_of

TOPIC = "P0301"

_PEOPLE = text("""
    INSERT INTO subscribers (kind, name, region, profile, provenance, types, topics, recommend, channels, created_at)
    SELECT 'individual', '', '110108', '{"residence_region": "110108", "birth_date": "1990-01-01"}', '{}', '{}',
           ARRAY[CAST(:topic AS text)], false, ARRAY['wechat'], :now
    FROM generate_series(1, :count)
    RETURNING id
""")
_CONSENTS = text("""
    INSERT INTO consents (subscriber_id, purpose, channel, granted, text_version, how, at)
    SELECT unnest(CAST(:ids AS bigint[])), 'push', 'wechat', true, 'bench', 'import', :now
""")


_BESIDE = text("""
    INSERT INTO deliveries (month, push_id, subscriber_id, channel, fallbacks, state, detail, due_at, attempts, reasons,
                            updated_at, accepted_at, attempt_id)
    SELECT :month, 1000000000 + n / 1000000, n % 1000000, 'wechat', '{}', 'accepted', '', :now, 1,
           '["所在地在海淀区"]', :now, :now, uuidv7()
    FROM generate_series(1, CAST(:count AS bigint)) n
""")


def add_rows_beside(session: Session, count: int, now: datetime) -> None:
    """So many deliveries of other pushes that were made this month, of up to a million other people."""
    session.execute(_BESIDE, {"month": month_of(local_date(now)), "count": count, "now": now})


def add_people(session: Session, keys: Keys, count: int, now: datetime) -> list[int]:
    """So many persons of Haidian who follow the account and want to hear of one topic."""
    ids = list(session.scalars(_PEOPLE, {"count": count, "now": now, "topic": TOPIC}))
    session.execute(_CONSENTS, {"ids": ids, "now": now})
    driver = cast("Connection[tuple[object, ...]]", session.connection().connection.driver_connection)
    columns = "subscriber_id, channel, sealed, blind_index, state"
    with driver.cursor() as cursor, cursor.copy(f"COPY contacts ({columns}) FROM STDIN") as copy:
        for row in _contacts(keys, ids):
            copy.write_row(row)
    return ids


def add_targeting(session: Session, name: str, now: datetime) -> Targeting:
    """A confirmed targeting of a policy of its own, for everybody in Haidian."""
    policy = Policy(key=name, title=name, stem=name, agency="北京市海淀区人民政府", created_at=now)
    session.add(policy)
    session.flush()
    version = PolicyVersion(policy_id=policy.id, number=1, fingerprint=name.encode(), title=name, created_at=now)
    session.add(version)
    session.flush()
    targeting = Targeting(
        version_id=version.id,
        number=1,
        state=TargetingState.CONFIRMED,
        pushable=True,
        sides=["individual"],
        topics=[TOPIC],
        types=[],
        region="110108",
        conditions={"all": []},
        card={"title": name},
        created_at=now,
    )
    session.add(targeting)
    session.flush()
    return targeting


def _contacts(keys: Keys, ids: list[int]) -> Iterator[tuple[int, str, bytes, bytes, str]]:
    for number in ids:
        address = f"sim-{number}"
        yield (
            number,
            "wechat",
            seal_address(keys, number, "wechat", address),
            keys.blind_index("wechat", address),
            "verified",
        )
