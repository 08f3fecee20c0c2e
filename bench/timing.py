"""How long things take, in milliseconds."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def best(act: Callable[[], Any], times: int = 5) -> float:
    """The best of several runs, in milliseconds."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spent.append(time.perf_counter() - start)
    return min(spent) * 1000


def spread(spent: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {"p50": round(float(np.percentile(spent, 50)), 3), "p95": round(float(np.percentile(spent, 95)), 3)}
