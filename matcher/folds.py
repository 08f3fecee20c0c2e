"""Parting labelled documents so that no test document has a near-duplicate among those learned from."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.labelled import Labelled
from matcher.wording import uniform

_SERIES = re.compile(r"[#年月日第批次期号(（].{0,2}[)）]?|[^\w]")


def series(title: str) -> str:
    """What titles of one series (每年一次、第几批) have in common."""
    return _SERIES.sub("", uniform(title))[-24:]


def list_groups(examples: Sequence[Labelled]) -> list[str]:
    return [series(example.document.title) for example in examples]


def assign_folds(groups: Sequence[str], count: int, seed: int) -> NDArray[np.int64]:
    """A fold for each document by its group alone, so that a group is never parted and more data moves nothing."""
    digests = (hashlib.sha256(f"{seed}:{group}".encode()).digest() for group in groups)
    return np.array([int.from_bytes(digest[:8], "big") % count for digest in digests], dtype=np.int64)
