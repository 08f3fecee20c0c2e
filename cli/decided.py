"""How a policy was decided for everybody, and who misses it by a single condition."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from sqlalchemy.orm import Session

from cli.output import console
from core.clock import local_time
from core.errors import ZhidaError
from matcher.answers import ACT_LABELS, reason_label
from matcher.audience.preview import list_paths
from matcher.explain import describe_node
from matcher.matching import list_decided, offer_of
from matcher.models import Targeting

if TYPE_CHECKING:
    from workers.runtime import Runtime


def explain_policy(runtime: Runtime, session: Session, targeting: Targeting, title: str) -> dict[str, Any]:
    """The last run's reasons with their numbers, and for each condition whom it alone rules out now."""
    from workers.matching.everybody import preview_everybody

    groups = list_decided(session, targeting.id)
    if not groups:
        raise ZhidaError("这项政策还没有匹配过任何人")
    offer = offer_of(targeting, runtime.vocabulary)
    found = preview_everybody(runtime.matchers, runtime.sessions, offer, runtime.vocabulary, runtime.clock)
    nodes = dict(list_paths(offer.demand.conditions))
    return {
        "title": title,
        "decided_at": groups[0].decided_at.isoformat(),
        "groups": [
            {"act": group.action, "reason": group.reason, "label": reason_label(group.reason), "count": group.size}
            for group in groups
            if group.size
        ],
        "nearly": [
            {
                "path": count.path,
                "condition": describe_node(nodes[count.path], runtime.vocabulary),
                "count": count.only,
                "subscribers": count.nearly,
            }
            for count in found.nodes
            if count.only
        ],
    }


def show_policy(result: dict[str, Any]) -> None:
    when = local_time(datetime.fromisoformat(result["decided_at"]))
    console.print(f"《{result['title']}》，{when:%Y年%m月%d日 %H:%M} 匹配：", markup=False)
    table = Table("决定", "原因", "人数")
    for group in result["groups"]:
        table.add_row(ACT_LABELS[group["act"]], group["label"], str(group["count"]))
    console.print(table)
    if not result["nearly"]:
        console.print("没有人只差一条条件")
        return
    table = Table("只差这一条的人（类型和地区都不冲突）", "人数", "例如（订阅者编号）")
    for line in result["nearly"]:
        table.add_row(line["condition"], str(line["count"]), "、".join(map(str, line["subscribers"])))
    console.print(table)
