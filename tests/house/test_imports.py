"""The arrows of the house: our packages are ours, and a wrong import is refused."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["bench", "channels", "cli", "core", "matcher", "policies", "subscribers", "web", "workers"]


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_lie_in_this_repository(name: str) -> None:
    """`channels` and `web` are import names of other distributions too."""
    assert str(import_module(name).__file__).startswith(str(ROOT))


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=tree, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources alone, where a wrong import can be planted."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "data", "artifact"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "planted"),
    [
        ("core/clock.py", "import subscribers.models"),
        ("channels/message.py", "import policies.models"),
        ("matcher/rules.py", "import sqlalchemy"),
        ("web/app.py", "import celery"),
    ],
)
def test_a_planted_wrong_import_is_refused(copy: Path, file: str, planted: str) -> None:
    before = lint(copy)
    assert before.returncode == 0, before.stdout
    with (copy / file).open("a") as source:
        source.write(f"\n{planted}\n")
    refused = lint(copy)
    assert refused.returncode == 1
    assert "BROKEN" in refused.stdout
