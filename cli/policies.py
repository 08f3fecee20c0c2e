"""Policies in, pushes out, and the answer to "why did X (not) get this"."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy.orm import Session

from cli.context import opened, read_settings
from cli.decided import explain_policy, show_policy
from cli.output import console, errors, print_json, progress
from cli.tables import push_table
from core.clock import local_date, local_time
from core.database import unit_of_work
from core.errors import ZhidaError
from matcher.answers import explain_decision
from matcher.models import Targeting
from matcher.targeting import AUTOMATIC, confirm, find_confirmed, read_version
from policies.intake.importing import ImportReport, import_paths
from policies.library import current_version, find_policy
from subscribers.search import find_subscriber
from workers.estimating import estimate
from workers.matching.everybody import match_everybody
from workers.plan import Planned, plan_pushes, wake_push
from workers.resting import list_resting
from workers.restraint import quiet_until

if TYPE_CHECKING:
    from workers.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the commands to the top level."""
    app.command("import")(import_files)
    app.command()(push)
    app.command()(explain)


def import_files(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹：html、txt、jsonl、docx、pdf、ofd（扫描件除外）")],
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """导入政策文件，报告新增、相同、有变化和拒绝的各有多少。"""
    settings = read_settings()
    with opened(settings) as runtime, progress("导入政策") as step:
        report = import_paths(runtime.sessions, paths, runtime.clock, step)
    if as_json:
        print_json(_report_json(report))
    else:
        console.print(
            f"新增 {len(report.new)}，相同 {len(report.same)}，有变化 {len(report.changed)}，拒绝 {len(report.refused)}"
        )
        for refusal in report.refused:
            errors.print(f"{refusal.where}：{refusal.reason}", markup=False)
    if report.refused:
        raise typer.Exit(1)


def push(
    policy: Annotated[str, typer.Argument(help="政策编号、文号或标题中的字")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会推送给多少人，不推送")] = False,
    urgent: Annotated[bool, typer.Option("--urgent", help="紧急，排在普通推送之前")] = False,
    who: Annotated[str, typer.Option("--as", help="操作人")] = "cli",
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """把一项政策推送给该知道的人。"""
    settings = read_settings()
    with opened(settings) as runtime:
        if dry_run:
            with runtime.sessions() as session:
                result = _preview(runtime, session, _targeting(runtime, session, policy, who))
        else:
            with unit_of_work(runtime.sessions) as session:
                targeting = _targeting(runtime, session, policy, who)
                result = _push(runtime, session, targeting, who, urgent)
        quiet = quiet_until(runtime.clock(), runtime.restraint.quiet_start, runtime.restraint.quiet_end)
    if as_json:
        print_json(result)
        return
    push_table(result)
    if quiet and result["audience"] and not dry_run:
        console.print(f"现在是免打扰时段，{local_time(quiet):%m月%d日 %H:%M} 起发送")


def explain(
    policy: Annotated[str, typer.Argument(help="政策编号、文号或标题中的字")],
    subscriber: Annotated[str | None, typer.Argument(help="订阅者编号，或导入时的编号；不给则说明所有人")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """说明某个订阅者为什么收到（或没有收到）某项政策；不指明订阅者时，说明各有多少人、谁只差一条条件。"""
    from matcher.missing import rank_missing

    settings = read_settings()
    with opened(settings) as runtime, runtime.sessions() as session:
        version = current_version(session, find_policy(session, policy).id)
        targeting = find_confirmed(session, version.id)
        if targeting is None:
            raise ZhidaError("这项政策还没有确认定向，没有匹配过任何人")
        if subscriber is None:
            result = explain_policy(runtime, session, targeting, version.title)
            print_json(result) if as_json else show_policy(result)
            return
        person = find_subscriber(session, subscriber)
        today = local_date(runtime.clock())
        answer = explain_decision(session, targeting, person, runtime.vocabulary, today)
        missing = rank_missing(session, person, answer.missing, runtime.vocabulary, today)
        answer = replace(answer, missing=[question.field for question in missing])
    if as_json:
        print_json(answer.as_dict())
    else:
        console.print(answer.as_text(), markup=False)


def _targeting(runtime: Runtime, session: Session, words: str, who: str) -> Targeting:
    """The confirmed targeting of the current version; where there is none, the reading is confirmed by `who`."""
    version = current_version(session, find_policy(session, words).id)
    targeting = find_confirmed(session, version.id)
    if targeting is None:
        from matcher.readers import default_reader

        reader = default_reader(runtime.vocabulary)
        targeting = read_version(session, reader.reader, reader.name, version.id, runtime.clock)
        confirm(session, targeting, who or AUTOMATIC, runtime.clock)
    return targeting


def _push(runtime: Runtime, session: Session, targeting: Targeting, who: str, urgent: bool) -> dict[str, Any]:
    matching = match_everybody(runtime.matchers, session, targeting, runtime.vocabulary, local_date(runtime.clock()))
    [planned] = plan_pushes(
        session,
        [(targeting, matching)],
        runtime.restraint,
        who=who,
        approve_above=runtime.settings.approve_above,
        now=runtime.clock(),
        urgent=urgent,
        resting=list_resting(runtime.redis, runtime.senders, runtime.clock()),
    )
    wake_push(session, runtime.celery, planned.push)
    return _planned_json(planned)


def _planned_json(planned: Planned) -> dict[str, Any]:
    return {
        "push": planned.push.id,
        "title": planned.push.notice["title"],
        "state": planned.push.state,
        "audience": planned.push.audience_size,
        "channels": planned.channels,
        "reasons": planned.reasons,
    }


def _preview(runtime: Runtime, session: Session, targeting: Targeting) -> dict[str, Any]:
    matching = match_everybody(runtime.matchers, session, targeting, runtime.vocabulary, local_date(runtime.clock()))
    cost = estimate(session, runtime.settings, targeting, matching.ranks, runtime.vocabulary, runtime.clock())
    return {
        "push": None,
        "title": targeting.card.get("title", ""),
        "state": "dry_run",
        "audience": len(matching.ranks),
        "channels": cost.channels,
        "sms": cost.as_json(),
        "reasons": {code.value: len(ids) for code, ids in matching.groups.items()},
    }


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "new": len(report.new),
        "same": len(report.same),
        "changed": len(report.changed),
        "refused": [{"where": r.where, "reason": r.reason} for r in report.refused],
    }
