"""`zhida digest`: an edition looked at, drafted, and let go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy.orm import Session

from cli.context import opened, read_settings
from cli.output import console, print_json, progress
from core.database import unit_of_work
from core.errors import UsageError, ZhidaError

if TYPE_CHECKING:
    from workers.digest.periods import Period
    from workers.digest.public import Public
    from workers.runtime import Runtime

app = typer.Typer(help="一月政策：预览、起草、发布", no_args_is_help=True, rich_markup_mode=None)

Month = Annotated[str, typer.Option("--month", help="期号：2026-10（月）、2026-W45（周）、2026-Q4（季）")]
Person = Annotated[int | None, typer.Option("--subscriber", help="订阅者编号：看这个人的个人版")]
Out = Annotated[Path | None, typer.Option("--out", help="把网页、PDF、RSS 和个人版写到这个文件夹")]
Json = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")]
As = Annotated[str | None, typer.Option("--as", help="操作人")]


@app.command()
def preview(month: Month, subscriber: Person = None, out: Out = None, as_json: Json = False) -> None:
    """看一期月报现在会是什么样子，什么也不写入数据库。"""
    from workers.digest.drafting import AUTOMATIC, draft, find_edition
    from workers.digest.periods import parse_period
    from workers.models import EditionState

    period = parse_period(month)
    with opened(read_settings()) as runtime, runtime.sessions() as session:
        edition = find_edition(session, period)
        if edition is None or edition.state == EditionState.DRAFT:
            edition = draft(session, period, runtime.vocabulary, AUTOMATIC, runtime.clock())
        result = _look(runtime, session, period, subscriber, out)
        session.rollback()
    _tell(result, as_json)


@app.command()
def build(month: Month, subscriber: Person = None, out: Out = None, who: As = None, as_json: Json = False) -> None:
    """起草一期月报，或把已有的草稿更新到现在；人工改过的地方保留。"""
    from workers.digest.drafting import AUTOMATIC, draft, list_items
    from workers.digest.periods import parse_period

    period = parse_period(month)
    with opened(read_settings()) as runtime:
        with unit_of_work(runtime.sessions) as session, progress("起草月报"):
            edition = draft(session, period, runtime.vocabulary, who or AUTOMATIC, runtime.clock())
            if not list_items(session, edition):
                raise ZhidaError(f"{period.name}没有可以编入的政策")
        with runtime.sessions() as session:
            result = _look(runtime, session, period, subscriber, out)
            session.rollback()
    _tell(result, as_json)


@app.command()
def send(month: Month, subscriber: Person = None, out: Out = None, who: As = None, as_json: Json = False) -> None:
    """发布一期月报：定稿、算出每个人的内容、开始发送；每期只发一次，须由编辑以外的人发布。"""
    from workers.bundles import list_lines
    from workers.digest.drafting import AUTOMATIC, draft, find_edition
    from workers.digest.periods import parse_period
    from workers.digest.releasing import release
    from workers.plan import wake_push

    period = parse_period(month)
    with opened(read_settings()) as runtime:
        with unit_of_work(runtime.sessions) as session, progress("发布月报"):
            edition = find_edition(session, period, lock=True)
            if edition is None:
                edition = draft(session, period, runtime.vocabulary, AUTOMATIC, runtime.clock())
            released = release(
                session, edition, runtime.vocabulary, runtime.settings, who or "cli", runtime.clock(), at_once=True
            )
            if released.push is not None:
                wake_push(session, runtime.celery, released.push)
        with runtime.sessions() as session:
            result = _public(runtime, session, period, out)
            result |= {"state": "released", "audience": released.push.audience_size if released.push else 0}
            result["dropped"] = [item.title for item in released.ended]
            if subscriber is not None:
                lines = list_lines(session, released.push.id, subscriber) if released.push else []
                result["subscriber"] = {"id": subscriber, "items": [line.title for line in lines]}
    _tell(result, as_json)


def _look(
    runtime: Runtime, session: Session, period: Period, subscriber: int | None, out: Path | None
) -> dict[str, Any]:
    """The public edition, and one person's where one is named."""
    from workers.digest.previewing import preview_for

    result = _public(runtime, session, period, out)
    if subscriber is not None:
        shown = preview_for(runtime, session, period, subscriber)
        items = [{"title": one.line.title, "why": one.line.why, "reason": one.reason} for one in shown.told]
        result["subscriber"] = {"id": subscriber, "items": items}
        if out is not None and shown.mail is not None:
            (out / f"personal-{subscriber}.html").write_text(shown.mail.html, encoding="utf-8")
            (out / f"personal-{subscriber}.txt").write_text(shown.mail.text, encoding="utf-8")
    return result


def _public(runtime: Runtime, session: Session, period: Period, out: Path | None) -> dict[str, Any]:
    from workers.digest.drafting import find_edition
    from workers.digest.public import make_public

    edition = find_edition(session, period)
    if edition is None:
        raise ZhidaError(f"{period.name}的月报还没有起草")
    public = make_public(session, edition, runtime.vocabulary, runtime.settings.public_url)
    if out is not None:
        _write(public, out, runtime)
    groups = {group.name: sum(len(topic.entries) for topic in group.topics) for group in public.groups}
    return {
        "month": period.label,
        "state": edition.state,
        "items": public.count,
        "groups": groups,
        "soon": len(public.soon),
        "repealed": len(public.ended),
        "files": str(out) if out else None,
    }


def _write(public: Public, out: Path, runtime: Runtime) -> None:
    from channels.imprint import imprint_of
    from workers.digest.printing import render_pdf
    from workers.digest.rendering import render_feed, render_page

    name, base = imprint_of(runtime.settings).name, runtime.settings.public_url
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{public.label}.html").write_text(render_page(public), encoding="utf-8")
        (out / f"{public.label}.pdf").write_bytes(render_pdf(public, name, base))
        feed = render_feed([(public, runtime.clock())], base)
        (out / f"{public.label}.xml").write_text(feed, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"不能写入文件夹 {out}：{error.strerror}") from None


def _tell(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    groups = "，".join(f"{name} {number}" for name, number in result["groups"].items())
    state = "已发布" if result["state"] == "released" else "草稿"
    console.print(f"{result['month']} {state}：{result['items']} 项（{groups or '无'}）", markup=False)
    console.print(f"即将截止 {result['soon']}，废止 {result['repealed']}", markup=False)
    if "audience" in result:
        console.print(f"发给 {result['audience']} 人", markup=False)
    for title in result.get("dropped", []):
        console.print(f"因停止执行撤下：{title}", markup=False)
    if "subscriber" in result:
        console.print(f"订阅者 {result['subscriber']['id']} 的个人版：", markup=False)
        for number, item in enumerate(result["subscriber"]["items"], 1):
            words = item if isinstance(item, str) else f"{item['title']}：{item['reason']}"
            console.print(f"  {number}. {words}", markup=False)
    if result["files"]:
        console.print(f"文件写在 {result['files']}", markup=False)
