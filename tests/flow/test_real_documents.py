"""The demo's flow over real documents: imported, read, confirmed, matched, planned and delivered."""

import json
from collections.abc import Callable
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.message import Channel
from channels.simulators.serve import RunningSimulators
from core.clock import local_date
from core.database import unit_of_work
from matcher.derived import make_deriver
from matcher.matching import match
from matcher.reading.lexicon import LexiconClassifier
from matcher.reading.reader import Reader
from matcher.targeting import confirm, read_version
from policies.intake.importing import import_paths
from policies.models import PolicyVersion
from subscribers.generator import generate, write_csv
from subscribers.importing import ImportTerms, import_subscribers
from tests.workers.conftest import NOON, runtime, simulators
from workers.models import Delivery, DeliveryState
from workers.plan import list_channels, plan_pushes
from workers.runtime import Runtime
from workers.tasks import run_delivery

__all__ = ["runtime", "simulators"]

FILES = {
    "corpus/housing_policies_local_2010_2026.jsonl": 30,
    "corpus/wenzhou_lucheng_enterprise_policies_2019_2021.jsonl": 5,
    "corpus/smart_ai_policies_central_shandong.jsonl": 15,
}


@pytest.mark.material
def test_fifty_real_documents_reach_people(
    runtime: Runtime, simulators: RunningSimulators, shared_material: Callable[[str], Path], tmp_path: Path
) -> None:
    documents = tmp_path / "fifty.jsonl"
    with documents.open("w", encoding="utf-8") as out:
        for name, count in FILES.items():
            with shared_material(name).open(encoding="utf-8") as lines:
                out.writelines(islice(lines, count))
    report = import_paths(runtime.sessions, [documents], runtime.clock)
    assert (len(report.new), report.refused) == (50, [])
    people = tmp_path / "people.csv"
    write_csv(people, generate(200, seed=1, day=date(2026, 11, 23)))
    terms = ImportTerms(runtime.keys, runtime.vocabulary, make_deriver(runtime.vocabulary))
    assert import_subscribers(people, runtime.sessions, terms, NOON).new == 200
    reader = Reader(runtime.vocabulary, LexiconClassifier(runtime.vocabulary))
    with unit_of_work(runtime.sessions) as session:
        targetings = []
        for version_id in session.scalars(select(PolicyVersion.id)):
            targeting = read_version(session, reader, "lexicon", version_id, runtime.clock)
            json.dumps(targeting.conditions)
            confirm(session, targeting, "editor", runtime.clock)
            if targeting.pushable:
                targetings.append(targeting)
        matched = [(one, match(session, one, runtime.vocabulary, local_date(NOON))) for one in targetings]
        planned = plan_pushes(session, matched, runtime.restraint, who="editor", approve_above=1000, now=NOON)
        errands = [(one.push.id, name) for one in planned for name in list_channels(session, one.push)]
    assert len(targetings) > 25
    for push_id, name in errands:
        run_delivery(runtime, push_id, Channel(name))
    with runtime.sessions() as session:
        states = session.scalars(select(Delivery.state)).all()
    assert states
    assert set(states) == {DeliveryState.ACCEPTED}
    assert sum(simulators.providers.world.counts.values()) == len(states)
