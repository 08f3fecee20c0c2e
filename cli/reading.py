"""What needs no database: reading texts, judging profiles, training the classifier (which may learn from one)."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from cli.context import opened, read_settings
from cli.output import console, errors, print_json, progress
from core.errors import InputError, UsageError, ZhidaError
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from matcher.classifier import load_classifier
from matcher.judging import Lines, judge_files
from matcher.reading.jsonl import read_file
from matcher.reading.reader import Reader


def register(app: typer.Typer) -> None:
    """Add the commands to the top level."""
    app.command()(read)
    app.command()(judge)
    app.command()(train)


def read(
    file: Annotated[Path, typer.Argument(help="每行一份文件的 jsonl：id、title、text…")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="结果文件；不给则输出到屏幕")] = None,
) -> None:
    """读懂政策：主题、对象、地区、时限、条件及其原文依据。"""
    vocabulary = load_vocabulary(read_settings().vocabulary_dir)
    reader = Reader(vocabulary, load_classifier(None))
    refused: list[InputError] = []
    with _lines(file) as lines, _written(output) as out, progress("阅读") as step:
        for row, problem in read_file(lines, reader, file.name):
            if problem:
                refused.append(problem)
            else:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                step(1)
    _report(refused)


def judge(
    criteria: Annotated[Path, typer.Argument(help="政策条件 jsonl")],
    profiles: Annotated[Path, typer.Argument(help="画像 jsonl")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="结果文件；不给则输出到屏幕")] = None,
) -> None:
    """逐一判断每个画像是否符合每项政策，并给出理由。"""
    vocabulary = load_vocabulary(read_settings().vocabulary_dir)
    refused: list[InputError] = []
    with _lines(criteria) as demands, _lines(profiles) as people, _written(output) as out, progress("判断") as step:
        answers = judge_files(Lines(criteria.name, demands), Lines(profiles.name, people), vocabulary, refused.append)
        for answer in answers:
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            step(1)
    _report(refused)


def train(
    data: Annotated[list[Path], typer.Argument(help="标注数据 jsonl；输入与标注可分为两个文件，按 id 合并")],
    documents: Annotated[
        list[Path] | None,
        typer.Option("--documents", help="只含文件、不含标注的 jsonl；标注数据按 id 从中取标题和正文，可重复"),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="新分类器的文件夹；不给则替换自带的")] = None,
    corrections: Annotated[
        bool | None,
        typer.Option(
            "--corrections/--no-corrections",
            help="连同库里审核人的更正一起学；不给则只在设有 ZHIDA_DATABASE_URL 时如此",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """用标注数据和审核人的更正重新训练分类器；只有在留出数据上更好时才替换。"""
    from matcher.training import train as train_classifier

    settings = read_settings()
    vocabulary = load_vocabulary(settings.vocabulary_dir)
    wanted = settings.database_url is not None if corrections is None else corrections
    corrected = _corrections(settings) if wanted else []
    with progress("训练"):
        report = train_classifier(data, out, vocabulary, documents=documents or [], corrections=corrected)
    if as_json:
        print_json({**report.as_dict(), "corrections": len(corrected)})
        return
    console.print(report.as_text(), markup=False)
    if wanted:
        console.print(f"其中库里的更正 {len(corrected)} 份", markup=False)


def _corrections(settings: Settings) -> list[dict[str, Any]]:
    """What staff corrected, as labelled rows, from the database of the settings or the embedded one."""
    from matcher.examples import list_examples

    with opened(settings) as runtime, runtime.sessions() as session:
        return list(list_examples(session))


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file; raises UsageError where there is none, InputError where it isn't text."""
    if not path.is_file():
        raise UsageError(f"文件 {path} 不存在")
    with path.open(encoding="utf-8-sig", errors="strict") as file:
        yield _decoded(file, path.name)


def _decoded(file: TextIO, name: str) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError:
        raise InputError("不是 UTF-8 编码的文本，请另存为 UTF-8", name) from None


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO]:
    """Where results go. A file appears whole under its name, or not at all."""
    if path is None:
        yield sys.stdout
        return
    if not path.parent.is_dir():
        raise UsageError(f"文件夹 {path.parent} 不存在")
    if path.exists() and not path.is_file():  # a pipe or /dev/null is written to; a file in its place would break it
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("w", encoding="utf-8") as file:
            yield file
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _report(refused: list[InputError]) -> None:
    """Tell the lines that weren't usable, and fail where there were any."""
    for problem in refused:
        errors.print(str(problem), markup=False)
    if refused:
        raise ZhidaError(f"有 {len(refused)} 行无法使用，其余已处理")
