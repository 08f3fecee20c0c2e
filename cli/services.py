"""The processes of the service: all of them, or one."""

import signal
import threading
from contextlib import ExitStack
from typing import Annotated

import typer

from cli.context import make_clock, opened, read_settings
from cli.output import console
from core import schema
from core.embedded import open_stack
from core.errors import UsageError
from core.processes import Children, child_environment
from workers.app import QUEUES


def register(app: typer.Typer) -> None:
    """Add the commands to the top level."""
    for command in (up, web, worker, scheduler, simulators):
        app.command()(command)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="同时启动模拟服务商")] = False,
) -> None:
    """在前台启动整套服务：数据库、Redis、网页、工作进程、调度器（加 --demo 时还有模拟服务商）。"""
    settings = read_settings()
    stop = _stop_on_signals()
    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        with Children(child_environment(settings, addresses), settings.var_dir / "log") as children:
            if demo:
                children.start("simulators", "simulators")
            children.start("web", "web")
            children.start("worker-urgent", "worker", "--queues", "urgent,receipts", "--concurrency", "1")
            children.start("worker-bulk", "worker", "--queues", "bulk,periodic", "--concurrency", "2")
            children.start("scheduler", "scheduler")
            console.print(f"服务已启动：{settings.public_url}（按 Ctrl-C 停止，日志在 {settings.var_dir / 'log'}）")
            if demo:
                simulator = f"http://{settings.simulator_host}:{settings.simulator_port}"
                console.print(f"模拟服务商收到的消息：{simulator}/_sim/inbox")
            while not stop.wait(1):
                children.check()
            console.print("正在停止…")


def web() -> None:
    """只启动网页。"""
    import uvicorn

    from web.app import create_app

    settings = read_settings()
    with opened(settings) as runtime:
        app = create_app(settings, runtime.sessions, runtime.redis, runtime.clock)
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False)


def worker(
    queues: Annotated[str, typer.Option("--queues", help="逗号分隔：urgent、bulk、receipts、periodic")] = ",".join(
        QUEUES
    ),
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=64, help="进程数")] = 2,
) -> None:
    """只启动工作进程。"""
    from workers.worker import run_worker

    settings = read_settings()
    wanted = [name.strip() for name in queues.split(",") if name.strip()]
    if unknown := sorted(set(wanted) - set(QUEUES)):
        raise UsageError(f"没有队列 {'、'.join(unknown)}，可用的有 {'、'.join(QUEUES)}")
    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        run_worker(settings, addresses, make_clock(settings), wanted, concurrency, settings.log_level)


def scheduler() -> None:
    """只启动调度器；可以同时运行几个，只有一个起作用。"""
    from workers.runtime import open_runtime
    from workers.schedule import run_schedule

    settings = read_settings()
    stop = _stop_on_signals()
    with ExitStack() as stack:
        addresses = stack.enter_context(open_stack(settings))
        schema.upgrade(addresses.database_url)
        run_schedule(stack.enter_context(open_runtime(settings, addresses, make_clock(settings))), stop)


def simulators() -> None:
    """启动模拟服务商（微信、短信、邮件），用于演示和测试。"""
    from channels.imprint import imprint_of
    from channels.simulators.serve import serve

    settings = read_settings()
    link_prefix = imprint_of(settings).link_prefix
    serve(settings.simulator_host, settings.simulator_port, settings.simulator_smtp_port, link_prefix)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
