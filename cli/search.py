"""`zhida search`: how well documents are found by questions; no database."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.context import read_settings
from cli.output import console, errors, print_json
from core.errors import UsageError
from core.vocabulary.load import load_vocabulary
from policies.search.questions import answer_questions


def register(app: typer.Typer) -> None:
    """Add the command to the top level."""
    app.command()(search)


def search(
    documents: Annotated[Path, typer.Argument(help="每行一份文件的 jsonl：id、title、text")],
    questions: Annotated[Path, typer.Option("--questions", help="每行一个问题的 jsonl：question、document")],
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """用问题检索文件，报告答案文件排在第一、排进前十的比例和耗时。"""
    for path in (documents, questions):
        if not path.is_file():
            raise UsageError(f"文件 {path} 不存在")
    found = answer_questions(documents, questions, load_vocabulary(read_settings().vocabulary_dir))
    if found.unanswerable:
        errors.print(f"有 {found.unanswerable} 个问题的答案文件不在 {documents.name} 中，按未找到计", markup=False)
    if as_json:
        print_json(asdict(found))
    else:
        console.print(
            f"{found.questions} 个问题，{found.documents} 份文件：排在第一 {found.recall_at_1:.1%}，"
            f"排进前十 {found.recall_at_10:.1%}；95% 的检索在 {found.p95_ms} 毫秒以内"
        )
