"""`zhida bench`: each figure side by side with its baseline, in one run."""

from typing import Annotated, Any

import typer

from cli.output import console, print_json

app = typer.Typer(help="性能测试：与对照方案在同一次运行中比较", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")]


@app.command("match")
def match(
    profiles: Annotated[int, typer.Option("--profiles", min=1_000, help="画像数")] = 1_000_000,
    policies: Annotated[int, typer.Option("--policies", min=1, help="政策数")] = 50,
    preview: Annotated[bool, typer.Option("--preview", help="改测编辑预览：经真实的匹配进程")] = False,
    shards: Annotated[int, typer.Option("--shards", min=1, max=16, help="--preview 时分给几个匹配进程")] = 1,
    as_json: Json = False,
) -> None:
    """匹配：我们的索引、PostgreSQL 的最佳查询、位图扫描，三者结果必须相同。"""
    if preview:
        from bench.match_preview import run as run_preview

        _print(run_preview(profiles, policies, shards), as_json)
        return
    from bench.match import run

    _print(run(profiles, policies), as_json)


@app.command("deliver")
def deliver(
    messages: Annotated[int, typer.Option("--messages", min=100, help="消息数")] = 20_000,
    beside: Annotated[int, typer.Option("--beside", min=0, help="同月已有的其他投递行数")] = 0,
    as_json: Json = False,
) -> None:
    """投递：我们的流程、每条消息一个任务、只有发送循环。"""
    from bench.deliver import run

    _print(run(messages, beside), as_json)


@app.command("read")
def read(
    documents: Annotated[int, typer.Option("--documents", min=10, help="文件数")] = 300,
    as_json: Json = False,
) -> None:
    """读懂：每秒多少份、加载时间、内存。"""
    from bench.read import run

    _print(run(documents), as_json)


@app.command("digest")
def digest(
    subscribers: Annotated[int, typer.Option("--subscribers", min=1_000, help="订阅者数")] = 1_000_000,
    policies: Annotated[int, typer.Option("--policies", min=1, help="政策数")] = 200,
    as_json: Json = False,
) -> None:
    """月报：发布一期，算出并写下每个人的内容。"""
    from bench.digest import run

    _print(run(subscribers, policies), as_json)


@app.command("search")
def search(
    policies: Annotated[int, typer.Option("--policies", min=100, help="政策数")] = 50_000,
    questions: Annotated[int, typer.Option("--questions", min=10, help="检索次数")] = 300,
    as_json: Json = False,
) -> None:
    """检索：我们的索引、PostgreSQL 自带的全文检索、ILIKE。"""
    from bench.search import run

    _print(run(policies, questions), as_json)


@app.command("web")
def web(
    policies: Annotated[int, typer.Option("--policies", min=100, help="政策数")] = 50_000,
    subscribers: Annotated[int, typer.Option("--subscribers", min=0, help="订阅者数")] = 100_000,
    as_json: Json = False,
) -> None:
    """网页：首页、列表、检索和政策页各要多久。"""
    from bench.web import run

    _print(run(policies, subscribers), as_json)


def _print(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    for name, value in result.items():
        console.print(f"{name:28} {value}", markup=False)
