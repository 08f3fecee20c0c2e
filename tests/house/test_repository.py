"""What the repository itself promises."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_lock_file_pins_hashes_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9][\w.-]*==", lock, re.MULTILINE)
    assert len(pinned) > 50
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://", lock)


def test_every_package_is_listed_for_building() -> None:
    listed = re.search(r"packages.find\]\ninclude = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert listed
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(re.findall(r'"(\w+)\*"', listed[1])) == found


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
