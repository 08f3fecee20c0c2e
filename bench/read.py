"""How fast texts are read, in a process of its own so that loading and memory are the reader's alone.

The texts are the sample policies, repeated and cut to 3,000 characters, the length that the budget speaks of.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from time import perf_counter, process_time
from typing import Any

import numpy as np

LENGTH = 3_000
_WARM = 5


def run(documents: int) -> dict[str, Any]:
    """The figures of design §7 for reading. Raises subprocess.CalledProcessError where the reader fails."""
    done = subprocess.run([sys.executable, "-m", "bench.read", str(documents)], check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(documents: int) -> dict[str, Any]:
    """Load, read, and look at the clock. `p95_ms` and the rate are CPU time of one core."""
    started = perf_counter()
    from core.vocabulary.load import load_vocabulary
    from matcher.document import Document
    from matcher.readers import default_reader

    reader = default_reader(load_vocabulary()).reader
    loaded = perf_counter() - started
    texts = [Document(id=str(n), title=title, text=text) for n, (title, text) in enumerate(_texts(documents))]
    for document in texts[:_WARM]:
        reader.read(document)
    times = []
    for document in texts:
        begun = process_time()
        reader.read(document)
        times.append(process_time() - begun)
    return {
        "documents": documents,
        "characters": LENGTH,
        "documents_per_second": round(documents / sum(times), 1),
        "p95_ms": round(float(np.percentile(times, 95)) * 1000, 2),
        "load_seconds": round(loaded, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _texts(count: int) -> Iterator[tuple[str, str]]:
    from policies.intake.readers import READERS
    from policies.policy_text import PolicyText
    from policies.samples import SAMPLES

    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in READERS)
    read = [one for path in files for one in READERS[path.suffix](path.read_bytes(), path.name)]
    samples = [one for one in read if isinstance(one, PolicyText) and len(one.text) > 200]
    for one in islice(cycle(samples), count):
        yield one.title, (one.text * (LENGTH // len(one.text) + 1))[:LENGTH]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
