"""Policies of some day with their targetings, and what was sent, for tests of digests, reminders and changes."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Channel
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from tests.workers.conftest import NOON, add_targeting
from workers.bundles import Line, list_lines
from workers.models import Delivery, Push
from workers.runtime import Runtime
from workers.tasks import run_delivery

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def published(session: Session, title: str, day: date = date(2026, 11, 10), **values: Any) -> Targeting:
    """A confirmed targeting of a policy that was published on `day`."""
    targeting = add_targeting(session, title, **values)
    policy_of(session, targeting).published_date = day
    session.flush()
    return targeting


def policy_of(session: Session, targeting: Targeting) -> Policy:
    return session.get_one(Policy, session.get_one(PolicyVersion, targeting.version_id).policy_id)


def retargeted(session: Session, old: Targeting, *, new_version: bool = False, **values: Any) -> Targeting:
    """The targeting confirmed anew with other values, where asked on a new version."""
    version_id, number = old.version_id, old.number + 1
    if new_version:
        before = session.get_one(PolicyVersion, old.version_id)
        version = PolicyVersion(
            policy_id=before.policy_id,
            number=before.number + 1,
            fingerprint=before.fingerprint + b"+",
            title=before.title,
            created_at=NOON,
        )
        session.add(version)
        session.flush()
        version_id, number = version.id, 1
    else:
        old.state = TargetingState.WITHDRAWN
    kept = ("pushable", "sides", "topics", "types", "region", "opens", "closes", "conditions", "created_at")
    copied = {name: getattr(old, name) for name in kept}
    new = Targeting(
        **{**copied, "version_id": version_id, "number": number, "state": TargetingState.CONFIRMED, **values}
    )
    session.add(new)
    session.flush()
    return new


def lines_of(session: Session, push: Push | None, subscriber_id: int) -> list[Line]:
    return list_lines(session, push.id, subscriber_id) if push else []


def at(runtime: Runtime, moment: datetime) -> Runtime:
    """The same process at another time."""
    return replace(runtime, clock=lambda: moment)


def send(runtime: Runtime, push: Push | None, moment: datetime) -> None:
    """Deliver what is due of a push at `moment`, on all channels."""
    assert push is not None
    for channel in Channel:
        run_delivery(at(runtime, moment), push.id, channel)


def states(session: Session, push: Push | None) -> dict[int, str]:
    assert push is not None
    rows = session.scalars(select(Delivery).where(Delivery.push_id == push.id))
    return {row.subscriber_id: row.state for row in rows}


def reasons(session: Session, push: Push | None, subscriber_id: int) -> str:
    """What the message of one person said, as the delivery keeps it."""
    assert push is not None
    found = select(Delivery.reasons).where(Delivery.push_id == push.id, Delivery.subscriber_id == subscriber_id)
    return "\n".join(session.scalars(found).one())
