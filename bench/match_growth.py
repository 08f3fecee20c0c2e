"""How the cost of matching grows with the number of subscribers: several runs, a table of their figures, a drawing.

    python -m bench.match_growth 10000 100000 1000000 10000000

Above `--postgres-upto` PostgreSQL is left out: its table and indexes of ten million take hours to make. Ten million
take a quarter of an hour of processor time and 3.5 GB, of which the index is the smaller part.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench.match import run

POLICIES = 50
_LINES = (
    ("ours_ms", "audience index", "o-"),
    ("postgres_ms", "PostgreSQL 18, indexed", "s-"),
    ("limit_ms", "bare bits", "^-"),
)


def grow(sizes: list[int], out: Path, *, postgres_upto: int) -> None:
    """Run each size and add its figures to `out`.json; then draw all that it holds as `out`.svg."""
    path = out.with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    for size in sizes:
        found = run(size, POLICIES, postgres=size <= postgres_upto)
        held = [old for old in held if old["profiles"] != found["profiles"]] + [found]
        held.sort(key=lambda one: int(one["profiles"]))
        path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(found), file=sys.stderr)
    draw(held, out.with_suffix(".svg"))


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
    given = parser.parse_args()
    grow(given.sizes, given.out, postgres_upto=given.postgres_upto)


if __name__ == "__main__":
    main()
