"""How commands speak: one JSON object, or lines for people; progress on a terminal, plain lines elsewhere."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(result: Any) -> None:
    """The one object of `--json`, and nothing else on standard output."""
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Call what this gives with the number of things done since the last call. Goes to standard error."""
    if not errors.is_terminal:
        done = 0

        def count(step: int) -> None:
            nonlocal done
            done += step

        errors.print(f"{what}…", markup=False)
        yield count
        errors.print(f"{what}：完成 {done}" if done else f"{what}：完成", markup=False)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=False) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)
