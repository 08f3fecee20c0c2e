"""What a match worker leaves behind, and when the next one takes it over."""

import fcntl
import json
import logging
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.database import Sessions, unit_of_work
from matcher.audience import keeping
from matcher.audience.everybody import match_audience
from matcher.audience.loading import Shard
from matcher.audience.snapshot import load
from matcher.matching import match_offer
from subscribers.models import Subscriber
from tests.workers.conftest import NOON
from tests.workers.matching.conftest import FACETS, OFFERS, TODAY, VOCABULARY
from workers.matching.held import HeldAudience

FILE = "audience-0-1.zip"
_LIMIT = 30_000
"""Bytes: less than a snapshot of the people here."""

_KILLED = """
import resource, signal, sys
from datetime import date
from pathlib import Path
from core.database import make_engine, make_sessions
from core.vocabulary.load import load_vocabulary
from matcher.audience.loading import Shard
from matcher.facets import Facets
from workers.matching.held import HeldAudience
held = HeldAudience(make_sessions(make_engine(sys.argv[1])), Facets(load_vocabulary()), Shard(), Path(sys.argv[2]))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # the kernel ends whoever writes more than this
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
held.build(date.fromisoformat(sys.argv[4]))
"""


@pytest.fixture
def begin(sessions: Sessions, people: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> "Begin":
    """Have a worker's audience for a day, as a process does that starts; answers with what it said."""
    caplog.set_level(logging.INFO)

    def held(day_after: int = 0) -> tuple[HeldAudience, str]:
        caplog.clear()
        audience = HeldAudience(sessions, FACETS, Shard(), tmp_path)
        audience.build(TODAY + timedelta(days=day_after))
        return audience, caplog.text

    return held


Begin = Callable[..., tuple[HeldAudience, str]]


def check(held: HeldAudience, sessions: Sessions) -> None:
    """It must answer as SQL does."""
    for offer in OFFERS:
        with held.asked(TODAY) as audience, sessions() as session:
            assert match_audience(audience, offer, TODAY) == match_offer(session, offer, VOCABULARY, TODAY)


def change_some(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        one, two, three = (session.get_one(Subscriber, number) for number in (1, 2, 3))
        for person in (one, three):
            person.topics, person.recommend = [], False
        two.erased_at = NOON
        three.profile = {"employees": "13800000000"}
        session.add(Subscriber(kind="individual", profile={}, topics=["P0301"], channels=["sms"], created_at=NOON))


def test_what_is_left_is_taken_over_with_all_that_changed_since(sessions: Sessions, begin: Begin) -> None:
    _, said = begin()
    assert "built: 300 subscribers" in said
    change_some(sessions)
    held, said = begin()
    assert "taken from its snapshot: 299 subscribers, 4 followed" in said
    check(held, sessions)
    held.keep()
    held, said = begin()
    assert "taken from its snapshot: 299 subscribers, 0 followed" in said
    check(held, sessions)
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, 3).profile = {"employees": 30}
    held, said = begin()
    assert "taken from its snapshot: 300 subscribers, 1 followed" in said
    check(held, sessions)


def test_nothing_is_written_while_nothing_changes(begin: Begin, tmp_path: Path) -> None:
    held, _ = begin()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).unlink()
    held.keep()
    assert not (tmp_path / FILE).exists()


def damage(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 255
    path.write_bytes(whole)


def note(name: str, value: object) -> Callable[[Path], None]:
    """Have the snapshot say something else of itself."""

    def change(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(parts["manifest.json"])
        assert manifest["note"][name] != value
        manifest["note"][name] = value
        with zipfile.ZipFile(path, "w") as archive:
            for part, content in {**parts, "manifest.json": json.dumps(manifest).encode()}.items():
                archive.writestr(part, content)

    return change


SPOILT: list[tuple[Callable[[Path], object], str]] = [
    (damage, "it can't be read"),
    (lambda path: path.write_bytes(b""), "it can't be read"),
    (note("watermark", None), "it can't be read"),
    (note("day", "2026-01-01"), "it is of another day"),
    (note("shard", "0/2"), "it is of another shard"),
    (note("database", "another"), "it is of another database"),
    (note("fields", "others"), "it is of another fields"),
    (note("left_out", [7_000_000]), "it holds 301 people, the table 300"),
]


def test_what_does_not_fit_is_not_used(sessions: Sessions, begin: Begin, tmp_path: Path) -> None:
    begin()
    for spoil, why in SPOILT:
        spoil(tmp_path / FILE)
        held, said = begin()
        assert f"the snapshot is not used: {why}" in said
        assert "built: 300 subscribers" in said
        assert "taken from its snapshot" in begin()[1]
    check(held, sessions)


def test_people_who_went_without_a_trace_are_missed(sessions: Sessions, begin: Begin) -> None:
    with unit_of_work(sessions) as session:
        session.add(Subscriber(kind="individual", profile={}, topics=["P0301"], channels=["sms"], created_at=NOON))
    begin()
    with unit_of_work(sessions) as session:
        session.execute(text("DELETE FROM subscribers WHERE id = 301"))
    held, said = begin()
    assert "it holds 301 people, the table 300" in said
    check(held, sessions)


def test_after_many_changes_everybody_is_read(
    sessions: Sessions, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin()
    monkeypatch.setattr(keeping, "FEW", 50)
    with unit_of_work(sessions) as session:
        session.execute(text("UPDATE subscribers SET recommend = NOT recommend WHERE id <= 70"))
    held, said = begin()
    assert "70 profiles have changed since" in said
    check(held, sessions)


def test_who_is_killed_while_writing_leaves_the_old_snapshot(
    sessions: Sessions, begin: Begin, tmp_path: Path, database_url: str
) -> None:
    begin()
    whole = (tmp_path / FILE).read_bytes()
    assert len(whole) > _LIMIT
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    arguments = [database_url, str(tmp_path), str(_LIMIT), tomorrow]
    died = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False)
    assert died.returncode == -signal.SIGXFSZ
    assert (tmp_path / f"{FILE}.partial").stat().st_size == _LIMIT
    assert (tmp_path / FILE).read_bytes() == whole
    held, said = begin()
    assert "taken from its snapshot" in said
    check(held, sessions)
    assert "it is of another day" in begin(1)[1]
    assert load(tmp_path / FILE)[1]["day"] == tomorrow
    assert not (tmp_path / f"{FILE}.partial").exists()


def test_a_full_disk_is_told_and_the_worker_answers(sessions: Sessions, begin: Begin, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LIMIT, limits[1]))
    try:
        held, said = begin()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "the snapshot could not be written: File too large" in said
    assert not list(tmp_path.glob("*.zip*"))
    check(held, sessions)
    held.keep()
    assert "taken from its snapshot" in begin()[1]


def test_two_workers_of_a_shard_do_not_write_at_once(begin: Begin, tmp_path: Path) -> None:
    with (tmp_path / FILE).with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held, said = begin()
        assert "built" in said
        assert not (tmp_path / FILE).exists()
    held.keep()
    assert (tmp_path / FILE).exists()
