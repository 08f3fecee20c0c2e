"""What a process needs that holds an audience and nothing else: it reads a snapshot and answers policies.

    python -m bench.match_held SNAPSHOT POLICIES

It is started anew for each measurement, for a process that has built an audience keeps some of the memory it took.
"""

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.match_policies import make_policies
from bench.timing import best, spread
from core.vocabulary.load import load_vocabulary
from matcher.audience.index import Audience
from matcher.audience.matching import match
from matcher.audience.snapshot import load, save

_MB = 1 << 20
_HERE = Path(__file__).parent.parent


def hold(audience: Audience, policies: int) -> dict[str, Any]:
    """Write the audience, have it read by a process of its own, and answer with the figures of both."""
    with TemporaryDirectory(prefix="zhida-bench-") as folder:
        path = Path(folder) / "audience.zip"
        start = time.perf_counter()
        save(audience, path, {})
        written = time.perf_counter() - start
        asked = [sys.executable, "-m", "bench.match_held", str(path), str(policies)]
        told = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=_HERE).stdout
        size = round(path.stat().st_size / _MB, 1)
    return {"file_mb": size, "write_seconds": round(written, 2), **json.loads(told)}


def main() -> None:
    """Print what reading took, what the process holds then (MB resident, and more by reading), and how it answers."""
    path, policies = Path(sys.argv[1]), int(sys.argv[2])
    vocabulary = load_vocabulary()
    before, start = _resident_mb(), time.perf_counter()
    audience, _ = load(path)
    read = time.perf_counter() - start
    spent = [best(partial(match, audience, policy.demand)) for policy in make_policies(vocabulary, policies)]
    held = _resident_mb()
    found = {"read_seconds": round(read, 2), "resident_mb": held, "grown_mb": held - before, "match_ms": spread(spent)}
    print(json.dumps(found))


def _resident_mb() -> int:
    """Of this process, as Linux counts it (proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))


if __name__ == "__main__":
    main()
