"""Tables for people."""

from typing import Any

from rich.table import Table

from cli.output import console
from matcher.answers import reason_label

CHANNEL_NAMES = {"wechat": "微信", "sms": "短信", "mail": "邮件"}
_STATES = {"dry_run": "试算，未推送", "running": "正在推送", "planned": "等待另一人审批", "done": "已完成"}


def push_table(result: dict[str, Any]) -> None:
    """One push: how many go out, by which channel first, and why the others don't."""
    console.print(f"《{result['title']}》：{_STATES.get(result['state'], result['state'])}", markup=False)
    table = Table("项目", "人数", show_header=False)
    table.add_row("推送", str(result["audience"]))
    for channel, count in sorted(result["channels"].items()):
        table.add_row(f"  先用{CHANNEL_NAMES[channel]}", str(count))
    for reason, count in sorted(result["reasons"].items(), key=lambda item: -item[1]):
        table.add_row(reason_label(reason), str(count))
    console.print(table)
    if sms := result.get("sms"):
        console.print(f"短信：{sms['text']}", markup=False)
        console.print(
            f"{sms['length']} 字，按 {sms['parts']} 条计费；先用短信的 {sms['messages']} 人，"
            f"约 {sms['cost_yuan']:.2f} 元，最多 {sms['most_yuan']:.2f} 元",
            markup=False,
        )
