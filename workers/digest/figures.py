"""A period in numbers: what the public edition says and draws."""

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.models import Policy
from workers.digest.drafting import list_items
from workers.models import Edition

MOST_AGENCIES = 8


def count_figures(session: Session, edition: Edition) -> dict[str, Any]:
    """{"policies", "closing", "topics": [[code, n]…], "agencies": [[name, n]…], "days": [[ISO date, n]…]}; lists by
    size, days in order."""
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
    }


def _by_size(counted: Counter[str]) -> list[list[Any]]:
    return [[name, number] for name, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
