"""A period in numbers, what ends soon after it and what it repealed: counted for a draft, frozen with its release."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from matcher.models import Targeting
from policies.models import Policy, PolicyRelation, RelationKind
from workers.digest.candidates import AHEAD, confirmed_in_force
from workers.digest.drafting import list_items
from workers.models import Edition

MOST_AGENCIES = 8
MOST_SOON = 30


def count_figures(session: Session, edition: Edition) -> dict[str, Any]:
    """{"policies", "closing", "topics": [[code, n]…], "agencies": [[name, n]…], "days": [[ISO date, n]…],
    "soon": [{"policy_id", "title", "agency", "closes"}…], "ended": [[what, by what]…]}.

    Topics and agencies by size, days and what ends soon in the order of time.
    """
    items = list_items(session, edition)
    rows = session.execute(
        select(Policy.agency, Policy.published_date).where(Policy.id.in_([item.policy_id for item in items]))
    ).all()
    days = Counter(published.isoformat() for _, published in rows if published)
    return {
        "policies": len(items),
        "closing": sum(item.closes is not None for item in items),
        "topics": _by_size(Counter(item.topic for item in items if item.topic)),
        "agencies": _by_size(Counter(agency for agency, _ in rows if agency))[:MOST_AGENCIES],
        "days": [[day, days[day]] for day in sorted(days)],
        "soon": _ending(session, edition.ends),
        "ended": _repealed(session, edition.starts, edition.ends),
    }


def _by_size(counted: Counter[str]) -> list[list[Any]]:
    return [[name, number] for name, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]


def _ending(session: Session, ends: date) -> list[dict[str, Any]]:
    """Of all policies in force those whose window ends in the month after the period, the nearest first."""
    first = ends + timedelta(days=1)
    rows = session.execute(
        confirmed_in_force().where(Targeting.closes.between(first, first + AHEAD)).order_by(Targeting.closes, Policy.id)
    ).all()
    return [
        {
            "policy_id": policy.id,
            "title": str(targeting.card.get("title") or version.title),
            "agency": policy.agency,
            "closes": targeting.closes.isoformat() if targeting.closes else None,
        }
        for targeting, version, policy in rows[:MOST_SOON]
    ]


def _repealed(session: Session, starts: date, ends: date) -> list[list[str]]:
    """What policies of the period repealed, where what is known here."""
    source, target = aliased(Policy), aliased(Policy)
    rows = session.execute(
        select(target.title, source.title)
        .join(PolicyRelation, PolicyRelation.target_id == target.id)
        .join(source, source.id == PolicyRelation.source_id)
        .where(PolicyRelation.kind == RelationKind.REPEALS, source.published_date.between(starts, ends))
        .order_by(source.published_date, target.id)
    )
    return [[gone, by] for gone, by in rows]
