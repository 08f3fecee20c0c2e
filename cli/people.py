"""`zhida subscribers`: firms and people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import opened, read_settings
from cli.output import console, errors, print_json, progress
from matcher.derived import make_deriver
from subscribers.importing import ImportReport, ImportTerms, import_subscribers

if TYPE_CHECKING:
    from workers.runtime import Runtime

app = typer.Typer(help="订阅者（企业和个人）", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """订阅者（企业和个人）。"""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="csv 或 jsonl")],
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """导入订阅者；有问题的行列出行号和原因，其余照常导入。"""
    settings = read_settings()
    with opened(settings) as runtime, progress("导入订阅者") as step:
        report = import_people(runtime, file, step)
    if as_json:
        refused = [{"line": r.line, "reason": r.reason} for r in report.refused]
        print_json({"new": report.new, "same": report.same, "changed": report.changed, "refused": refused})
    else:
        console.print(f"新增 {report.new}，相同 {report.same}，有变化 {report.changed}，拒绝 {len(report.refused)}")
        for refusal in report.refused:
            errors.print(f"{file.name} 第{refusal.line}行：{refusal.reason}", markup=False)
    if report.refused:
        raise typer.Exit(1)


def import_people(runtime: Runtime, file: Path, step: Callable[[int], None] = lambda lines: None) -> ImportReport:
    """Import `file` with the keys and tables of the runtime."""
    terms = ImportTerms(runtime.keys, runtime.vocabulary, make_deriver(runtime.vocabulary))
    done = 0

    def advance(lines: int) -> None:
        nonlocal done
        step(lines - done)
        done = lines

    return import_subscribers(file, runtime.sessions, terms, runtime.clock(), advance)
