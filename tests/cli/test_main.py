"""What a call loads: the command that was named, and no other."""

import subprocess
import sys

import pytest
from typer.main import get_command

from cli.main import make_app


def names(*words: str) -> set[str]:
    """The commands of the top level when these words are given."""
    return set(get_command(make_app(words)).commands)  # type: ignore[attr-defined]  # an app with a callback is a group


def test_every_command_is_found_by_its_name() -> None:
    for name in names():
        assert name in names(name)


@pytest.mark.parametrize("words", [(), ("--help",), ("nonsense",)])
def test_all_are_there_where_none_was_named(words: tuple[str, ...]) -> None:
    assert {"demo", "up", "import", "judge", "bench", "subscribers"} <= names(*words)


def test_judging_loads_neither_database_nor_pages() -> None:
    program = "import sys; from cli.main import make_app; make_app(['judge']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "alembic", "celery", "fastapi"} & set(done.stdout.split())
