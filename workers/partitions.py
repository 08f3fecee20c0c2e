"""The month tables of deliveries, attempts and receipts: made ahead, dropped when retention has passed."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

TABLES = ("deliveries", "attempts", "receipts")
AHEAD = 3
_THERE = text("SELECT name FROM unnest(CAST(:names AS text[])) name WHERE to_regclass(name) IS NOT NULL")


def month_of(day: date) -> date:
    """The first day of the month of `day`: the partition key."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def create_partitions(session: Session, day: date, ahead: int = AHEAD) -> list[str]:
    """Make the tables of the month of `day` and the `ahead` months after it where they are missing. Answers the new."""
    months = [month_of(day)]
    for _ in range(ahead):
        months.append(next_month(months[-1]))
    wanted = {f"{table}_p{month:%Y%m}": (table, month) for month in months for table in TABLES}
    missing = set(wanted) - set(session.scalars(_THERE, {"names": list(wanted)}))
    created = [name for name in wanted if name in missing]
    for name in created:
        _create(session, name, *wanted[name])
    return created


def drop_partitions(session: Session, before: date) -> list[str]:
    """Drop the tables of the months that ended on or before `before`. Answers their names."""
    names = session.scalars(
        text("""
            SELECT c.relname FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
            WHERE p.relname = ANY(:tables) ORDER BY c.relname
        """),
        {"tables": list(TABLES)},
    ).all()
    old = [name for name in names if next_month(_month_in(name)) <= before]
    for name in old:
        session.execute(text(f'DROP TABLE "{name}"'))
    return old


def _create(session: Session, name: str, table: str, month: date) -> None:
    bounds = f"FROM ('{month}') TO ('{next_month(month)}')"
    session.execute(text(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES {bounds}"))


def _month_in(name: str) -> date:
    digits = name.rpartition("_p")[2]
    return date(int(digits[:4]), int(digits[4:]), 1)
