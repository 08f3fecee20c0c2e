"""Sample policies and made-up subscribers, for the demo and for a first look at the pages."""

import secrets
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from cli.people import import_people
from core.database import unit_of_work
from core.errors import ZhidaError
from matcher.models import Targeting
from matcher.readers import default_reader
from matcher.targeting import AUTOMATIC, confirm, read_version
from policies.intake.importing import import_paths
from policies.models import Policy, PolicyKind, PolicyState, PolicyVersion
from policies.samples import DEMO_DAY, SAMPLES
from subscribers.generator import generate, write_csv
from web.staff.accounts import add_account, find_account
from workers.runtime import Runtime

SEED = 20260101
FIRST_LOOK = 300
"""Subscribers for a first look at the pages."""

Step = Callable[[int], None]


def import_sample_policies(runtime: Runtime, step: Step) -> None:
    """All sample policies, in their several formats."""
    report = import_paths(runtime.sessions, [SAMPLES], runtime.clock, step)
    if report.refused:
        raise ZhidaError(f"样例政策有误：{report.refused[0].where} {report.refused[0].reason}")


def import_sample_people(runtime: Runtime, folder: Path, count: int, step: Step) -> None:
    """So many subscribers, the same in every run."""
    file = folder / "subscribers.csv"
    write_csv(file, generate(count, SEED, DEMO_DAY))
    report = import_people(runtime, file, step)
    if report.refused:
        raise ZhidaError(f"样例订阅者第 {report.refused[0].line} 行有误：{report.refused[0].reason}")


def read_all(runtime: Runtime, step: Step) -> list[Targeting]:
    """Read every version; confirm without a person, as the setting `auto_publish` would; keep what is to be pushed."""
    named = default_reader(runtime.vocabulary)
    pushable = []
    with unit_of_work(runtime.sessions) as session:
        newest = (
            select(PolicyVersion.policy_id, func.max(PolicyVersion.id).label("id"))
            .group_by(PolicyVersion.policy_id)
            .subquery()
        )
        rows = session.execute(
            select(Policy, PolicyVersion.id)
            .join(newest, newest.c.policy_id == Policy.id)
            .join(PolicyVersion, PolicyVersion.id == newest.c.id)
            .order_by(Policy.id)
        ).all()
        for policy, version_id in rows:
            targeting = read_version(session, named.reader, named.name, version_id, runtime.clock)
            confirm(session, targeting, AUTOMATIC, runtime.clock)
            step(1)
            in_force = policy.state in (PolicyState.IN_FORCE, PolicyState.AMENDED)
            if targeting.pushable and in_force and policy.kind != PolicyKind.INTERPRETATION:
                pushable.append(targeting)
    return pushable


def fill_empty(runtime: Runtime, folder: Path, step: Step) -> dict[str, str]:
    """Samples and two staff accounts for an empty library. Their passwords by name; nothing where it isn't empty."""
    with runtime.sessions() as session:
        if session.scalars(select(func.count()).select_from(Policy)).one():
            return {}
    import_sample_policies(runtime, step)
    import_sample_people(runtime, folder, FIRST_LOOK, step)
    read_all(runtime, step)
    passwords = {}
    with unit_of_work(runtime.sessions) as session:
        for name, role in (("demo-editor", "editor"), ("demo-releaser", "releaser")):
            if find_account(session, name) is None:
                passwords[name] = secrets.token_urlsafe(9)
                add_account(session, name, passwords[name], [role], runtime.clock())
    return passwords
