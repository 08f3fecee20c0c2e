"""`zhida digest`: looked at, drafted and let go from the command line, on a real database."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from cli.digest import app
from core.clock import local_date, system_clock
from core.database import unit_of_work
from core.embedded import Addresses
from core.errors import UsageError, ZhidaError
from core.settings import Settings
from tests.workers.conftest import add_reader
from tests.workers.rows import HAIDIAN, published
from workers.digest.periods import Period, period_before, period_of
from workers.models import Edition, EditionKind
from workers.runtime import Runtime, open_runtime

Digest = Callable[..., dict[str, Any]]


@pytest.fixture
def last_month() -> Period:
    """The month before this one: the command goes by the machine's clock."""
    return period_before(period_of(EditionKind.MONTHLY, local_date(system_clock())))


@pytest.fixture
def runtime(settings: Settings, database_url: str, redis_url: str, broker_url: str) -> Iterator[Runtime]:
    """The parts of a process on the servers of the test; nothing is sent."""
    with open_runtime(settings, Addresses(database_url, redis_url, broker_url), system_clock) as opened:
        yield opened


@pytest.fixture
def digest(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Digest:
    """`zhida digest ARGUMENTS --json` on the database of the test: what it answers. Raises ZhidaError."""
    given = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "VAR_DIR": settings.var_dir}
    for name, value in given.items():
        monkeypatch.setenv(f"ZHIDA_{name}", str(value))

    def run(*arguments: str | Path) -> dict[str, Any]:
        app([*map(str, arguments), "--json"], standalone_mode=False)
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return run


def test_from_preview_to_sent_once(digest: Digest, runtime: Runtime, last_month: Period, tmp_path: Path) -> None:
    with unit_of_work(runtime.sessions) as session:
        reader = add_reader(runtime, session, HAIDIAN).id
        published(session, "海淀求职补贴", last_month.starts, closes=None)
    month = ("--month", last_month.label)
    seen = digest("preview", *month, "--subscriber", str(reader), "--out", tmp_path / "seen")
    assert (seen["items"], seen["state"]) == (1, "draft")
    assert [item["title"] for item in seen["subscriber"]["items"]] == ["海淀求职补贴"]
    names = [f"{last_month.label}.{kind}" for kind in ("html", "pdf", "xml")]
    names += [f"personal-{reader}.html", f"personal-{reader}.txt"]
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == names
    with runtime.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Edition)) == 0
    assert digest("send", *month, "--as", "chief", "--subscriber", str(reader))["subscriber"]["items"] == [
        "海淀求职补贴"
    ]
    with pytest.raises(ZhidaError, match="已经发布过"):
        digest("send", *month, "--as", "other")
    assert digest("preview", *month)["state"] == "released"


def test_the_same_person_does_not_draft_and_send(digest: Digest, runtime: Runtime, last_month: Period) -> None:
    with unit_of_work(runtime.sessions) as session:
        add_reader(runtime, session, HAIDIAN)
        published(session, "海淀求职补贴", last_month.starts, closes=None)
    assert digest("build", "--month", last_month.label, "--as", "editor")["items"] == 1
    with pytest.raises(ZhidaError, match="另一人"):
        digest("send", "--month", last_month.label, "--as", "editor")
    assert digest("send", "--month", last_month.label, "--as", "chief")["audience"] == 1


def test_clear_answers_to_what_cannot_be(digest: Digest, last_month: Period) -> None:
    later = period_of(EditionKind.MONTHLY, local_date(system_clock()) + timedelta(days=62))
    with pytest.raises(ZhidaError, match=f"^{later.name}还没有开始，不能编月报$"):
        digest("preview", "--month", later.label)
    for command in ("send", "build"):
        with pytest.raises(ZhidaError, match="没有可以编入的政策"):
            digest(command, "--month", last_month.label)
    with pytest.raises(UsageError, match="期号 2026-13 不对"):
        digest("preview", "--month", "2026-13")
    with pytest.raises(ZhidaError, match="没有编号为 99 的订阅者"):
        digest("preview", "--month", last_month.label, "--subscriber", "99")


def test_a_folder_that_cannot_be_written_to(digest: Digest, last_month: Period, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="不能写入文件夹"):
        digest("preview", "--month", last_month.label, "--out", tmp_path / "file")
