"""Which policies hold: repealed or amended once the act that does so is in force, expired once their time is up."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

EXPIRES = "失效日期"
"""The key in a version's details of the last day on which it holds, written 2027-12-31."""

_NEWEST = "(SELECT max(number) FROM policy_versions n WHERE n.policy_id = v.policy_id)"

_ACTED_UPON = text(f"""
    UPDATE policies t SET state = :state
      FROM policy_relations r
      JOIN policies s ON s.id = r.source_id
      JOIN policy_versions v ON v.policy_id = s.id AND v.number = {_NEWEST}
     WHERE r.target_id = t.id AND r.kind = :kind AND t.state = ANY(:may_leave)
       AND coalesce(v.effective_date, s.published_date, v.written_date, :today) <= :today
""")  # noqa: S608 - made of constants alone

_EXPIRED = text(f"""
    UPDATE policies t SET state = 'expired'
      FROM policy_versions v
     WHERE v.policy_id = t.id AND v.number = {_NEWEST} AND v.details->>'{EXPIRES}' < :today
       AND t.state IN ('in_force', 'amended')
       AND NOT EXISTS (SELECT FROM policy_relations r WHERE r.target_id = t.id AND r.kind = 'extends')
""")  # noqa: S608 - made of constants alone


def refresh(session: Session, today: date) -> None:
    """Bring the state of all policies to what holds on `today` (a calendar day in China). States only go onwards.

    A policy whose validity another one extends does not expire by itself.
    """
    holding = ["in_force", "amended", "expired"]
    session.execute(_ACTED_UPON, {"kind": "repeals", "state": "repealed", "may_leave": holding, "today": today})
    session.execute(_ACTED_UPON, {"kind": "amends", "state": "amended", "may_leave": ["in_force"], "today": today})
    session.execute(_EXPIRED, {"today": today.isoformat()})
