"""How the cost of matching grows with the number of subscribers: several runs, a table of their figures, a drawing.

    python -m bench.match_growth 10000 100000 1000000 --repeat 10

With `--repeat` the audience of the last size (else of a million) is laid side by side so many times, each time as other
subscribers. That takes seconds where making ten million profiles takes most of an hour, and costs what ten million
cost: as many members in as many sets.
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from bench.match import memory_of, run
from bench.match_people import Population
from bench.match_policies import make_policies
from bench.timing import best, spread
from core.errors import ZhidaError
from core.vocabulary.load import load_vocabulary
from matcher.audience.building import build
from matcher.audience.index import Audience
from matcher.audience.matching import match
from matcher.audience.slices import NumberColumn
from matcher.audience.snapshot import list_sets, place_set
from matcher.facets import Facets

POLICIES = 50
REPEATED = 1_000_000
_LINES = (
    ("ours_ms", "audience index", "o-"),
    ("postgres_ms", "PostgreSQL 18, indexed", "s-"),
    ("limit_ms", "bare bits", "^-"),
)


def grow(sizes: list[int], out: Path, *, postgres_upto: int, repeat: int) -> None:
    """Run each size and add its figures to `out`.json; then draw all that it holds as `out`.svg."""
    path = out.with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    runs = [partial(run, size, POLICIES, postgres=size <= postgres_upto) for size in sizes]
    for measure in [*runs, *([partial(run_repeated, sizes[-1] if sizes else REPEATED, repeat)] if repeat else [])]:
        found = measure()
        held = [old for old in held if old["profiles"] != found["profiles"]] + [found]
        held.sort(key=lambda one: int(one["profiles"]))
        path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(found), file=sys.stderr)
    draw(held, out.with_suffix(".svg"))


def run_repeated(size: int, times: int) -> dict[str, Any]:
    """The figures of an audience laid side by side `times` times. Each copy must answer as the first one does."""
    vocabulary = load_vocabulary()
    single = build(Population(vocabulary).rows(size), Facets(vocabulary))
    audience = repeated(single, times)
    spent = []
    for policy in make_policies(vocabulary, POLICIES):
        if match(audience, policy.demand).yes != _copies(match(single, policy.demand).yes, size, times):
            raise ZhidaError("并排的索引与原索引的结果不一致")
        spent.append(best(partial(match, audience, policy.demand)))
    return {
        "profiles": size * times,
        "policies": POLICIES,
        "ours_ms": spread(spent),
        "postgres_ms": None,
        "limit_ms": None,
        "bytes_per_profile": round(memory_of(audience) / (size * times), 1),
        "repeated": times,
    }


def repeated(single: Audience, times: int) -> Audience:
    """The audience of `times` as many subscribers, each like one of `single`, with ids from 1 on."""
    audience = Audience()
    audience.take_slots(np.arange(1, single.count * times + 1, dtype=np.int64))
    for name, members in list_sets(single):
        place_set(audience, name, _copies(members, single.count, times))
    for field, column in single.columns.items():
        copy = audience.columns[field]
        if isinstance(column, NumberColumn) and isinstance(copy, NumberColumn):
            copy.points, copy.codes = column.points, column.codes
    return audience


def _copies(members: BitMap, size: int, times: int) -> BitMap:
    copies = BitMap.union(BitMap(), *(members.shift(size * at) for at in range(times)))
    copies.run_optimize()
    copies.shrink_to_fit()
    return copies


def draw(held: list[dict[str, Any]], path: Path) -> None:
    """Both axes logarithmic: median as a line, the 95th percentile as a dotted one."""
    import matplotlib  # a tool of developers, which the benchmark itself can do without

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for key, label, style in _LINES:
        points = [(one["profiles"], one[key]) for one in held if one.get(key)]
        sizes = [size for size, _ in points]
        (line,) = axes.loglog(sizes, [spread["p50"] for _, spread in points], style, label=f"{label}, median")
        axes.loglog(sizes, [spread["p95"] for _, spread in points], ":", color=line.get_color(), label=f"{label}, p95")
    axes.set_xlabel("subscribers")
    axes.set_ylabel("one policy, milliseconds")
    axes.grid(visible=True, which="major", alpha=0.4)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--out", type=Path, default=Path("docs/figures/scale"))
    parser.add_argument("--postgres-upto", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=0)
    given = parser.parse_args()
    grow(given.sizes, given.out, postgres_upto=given.postgres_upto, repeat=given.repeat)


if __name__ == "__main__":
    main()
