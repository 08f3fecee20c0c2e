"""The command as people run it: a process of its own, on servers and data of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Zhida = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def zhida(tmp_path: Path) -> Zhida:
    """Run `zhida ARGUMENTS` without a database, away from any `.env`."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            cwd=tmp_path,
            env={**kept, "ZHIDA_VAR_DIR": str(tmp_path / "var"), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
