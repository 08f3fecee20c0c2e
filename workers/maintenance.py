"""What is done once a night: month tables, retention, policies whose day has come."""

from datetime import timedelta

from core.clock import local_date
from core.database import unit_of_work
from policies.validity import refresh
from workers.partitions import create_partitions, drop_partitions
from workers.runtime import Runtime


def maintain(runtime: Runtime) -> None:
    """Make the month tables ahead, drop those past retention, and move policies that are repealed or expire by now."""
    today = local_date(runtime.clock())
    with unit_of_work(runtime.sessions) as session:
        create_partitions(session, today)
        drop_partitions(session, today - timedelta(days=31 * runtime.settings.retention_months))
        refresh(session, today)
