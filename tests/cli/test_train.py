"""`zhida train` as people run it: what staff corrected is learned with the rest."""

import json
from pathlib import Path

from core.database import Sessions, unit_of_work
from matcher.examples import JUDGED, LabelledExample
from tests.cli.conftest import Zhida
from tests.matcher.labelled_samples import sample_rows, write_rows
from tests.workers.conftest import NOON, add_targeting


def test_corrections_come_from_the_database(
    zhida: Zhida, sessions: Sessions, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    label = {"pushable": True, "sides": ["individual"], "topics": ["P0902"], "types": ["PT06"]}
    with unit_of_work(sessions) as session:
        version_id = add_targeting(session).version_id
        empty = dict.fromkeys(JUDGED)
        values = {"reader": "linear", "reading": empty, "label": {**empty, **label}, "labelled_by": "editor"}
        session.add(LabelledExample(version_id=version_id, labelled_at=NOON, **values))
    rows = sample_rows()[::4]
    data = write_rows(tmp_path / "data.jsonl", rows)
    servers = {"ZHIDA_DATABASE_URL": database_url, "ZHIDA_REDIS_URL": redis_url}
    done = zhida("train", data, "--out", tmp_path / "new", "--json", **servers)
    report = json.loads(done.stdout)
    assert (report["documents"], report["corrections"]) == (len(rows) + 1, 1)
    assert report["promoted"]
    assert not report["before"]
