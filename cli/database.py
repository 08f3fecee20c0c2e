"""`zhida db`: the tables."""

import typer

from cli.context import make_clock, opened, read_settings
from cli.output import console
from core import schema
from core.clock import local_date
from core.database import make_engine, make_sessions, unit_of_work
from core.embedded import open_stack
from core.errors import ZhidaError
from policies.intake.storing import lock_library
from policies.search.stored import is_missing, rebuild
from workers.partitions import create_partitions

app = typer.Typer(help="数据库表的升级与核对", no_args_is_help=True, rich_markup_mode=None)


@app.command("upgrade")
def upgrade() -> None:
    """把数据库表升级到最新，并建好今后几个月的分区。"""
    settings = read_settings()
    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        engine = make_engine(addresses.database_url)
        with unit_of_work(make_sessions(engine)) as session:
            created = create_partitions(session, local_date(make_clock(settings)()))
            lock_library(session)
            indexed = rebuild(session) if is_missing(session) else 0
        engine.dispose()
    console.print(f"数据库已是最新，新建分区 {len(created)} 个，补建检索 {indexed} 份")


@app.command("reindex")
def reindex() -> None:
    """重建政策检索；导入照常排队，检索不中断。"""
    settings = read_settings()
    with opened(settings) as runtime, unit_of_work(runtime.sessions) as session:
        lock_library(session)
        indexed = rebuild(session)
    console.print(f"已重建检索：{indexed} 份政策")


@app.command("check")
def check() -> None:
    """核对数据库表与程序是否一致；不一致时退出状态为 1。"""
    with open_stack(read_settings()) as addresses:
        differences = schema.check(addresses.database_url)
    if differences:
        raise ZhidaError(
            f"数据库与程序有 {len(differences)} 处不一致，请运行 zhida db upgrade：{'；'.join(differences[:5])}"
        )
    console.print("数据库与程序一致")
