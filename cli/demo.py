"""`zhida demo`."""

from typing import Annotated

import typer

from cli.context import read_settings
from cli.output import print_json
from core.errors import ZhidaError


def register(app: typer.Typer) -> None:
    """Add the command to the top level."""
    app.command()(demo)


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """从零演示一遍：导入政策和订阅者，读懂，匹配，推送，送达，并核对模拟服务商收到的数目。"""
    from cli.demo_report import print_result
    from cli.demo_run import run_demo

    result = run_demo(read_settings())
    if as_json:
        print_json(result.as_dict())
    else:
        print_result(result)
    if result.differences:
        raise ZhidaError("与模拟服务商的记录不一致：" + "；".join(result.differences))
