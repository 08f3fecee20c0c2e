"""应享未享: who would get a policy now and never did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from cli.context import opened, read_settings
from cli.output import console, print_json
from core.errors import ZhidaError
from matcher.answers import reason_label
from matcher.audience.lookback import NOT_ASKED
from matcher.targeting import find_confirmed
from policies.library import current_version, find_policy
from subscribers.masking import mask_name
from subscribers.models import Subscriber
from workers.lookback import NOT_DELIVERED, look_back

if TYPE_CHECKING:
    from workers.runtime import Runtime

SAMPLE = 3
_LABELS = {
    NOT_ASKED: "当时不在候选之列（尚未注册、未订阅相关主题，或未允许推荐）",
    NOT_DELIVERED: "安排了推送，但没有送达，或仍在途中",
}


def register(app: typer.Typer) -> None:
    """Add the command to the top level."""
    app.command()(lookback)


def lookback(
    policy: Annotated[str, typer.Argument(help="政策编号、文号或标题中的字")],
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """应享未享：推送过的政策，现在还有谁符合却没有收到，当时为什么没有收到。"""
    settings = read_settings()
    with opened(settings) as runtime, runtime.sessions() as session:
        result = _look_back(runtime, session, policy)
    if as_json:
        print_json(result)
        return
    console.print(f"《{result['title']}》：现在符合 {result['now']} 人，已收到 {result['reached']} 人", markup=False)
    console.print(f"应享未享 {result['missed']} 人")
    table = Table("当时的情况", "人数", "例如（订阅者编号）")
    for line in result["reasons"]:
        table.add_row(line["label"], str(line["count"]), "、".join(str(one["subscriber"]) for one in line["sample"]))
    if result["reasons"]:
        console.print(table)


def _look_back(runtime: Runtime, session: Session, words: str) -> dict[str, Any]:
    version = current_version(session, find_policy(session, words).id)
    targeting = find_confirmed(session, version.id)
    if targeting is None:
        raise ZhidaError("这项政策还没有确认定向，没有匹配过任何人")
    found = look_back(session, runtime.matchers, targeting, runtime.vocabulary, runtime.clock())
    if not found.runs:
        raise ZhidaError("这项政策还没有推送过，谈不上谁没有收到")
    return {
        "title": version.title,
        "now": found.now,
        "reached": found.reached,
        "missed": found.count,
        "reasons": [
            {
                "reason": reason,
                "label": _LABELS.get(reason) or reason_label(reason),
                "count": len(members),
                "sample": [_masked(session, one) for one in members[:SAMPLE]],
            }
            for reason, members in found.missed.items()
        ],
    }


def _masked(session: Session, subscriber_id: int) -> dict[str, Any]:
    return {"subscriber": subscriber_id, "name": mask_name(session.get_one(Subscriber, subscriber_id))}
