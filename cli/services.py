"""The processes of the service: all of them, or one."""

import re
import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from time import sleep
from typing import Annotated
from urllib.request import urlopen

import typer

from cli.context import make_clock, opened, read_settings
from cli.output import console, progress
from core import schema
from core.embedded import Addresses, open_stack
from core.errors import UsageError
from core.processes import Children, child_environment
from core.settings import Settings
from matcher.audience.loading import Shard
from workers.app import MATCH, QUEUES, SENDING
from workers.enqueue import wake_delivery


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
            children.start("worker-match", "worker", "--queues", "match", "--shard", "0/1")
            children.start("scheduler", "scheduler")
            if demo:
                _show_samples(settings, addresses)
            while not _answers(f"http://{settings.host}:{settings.port}/healthz") and not stop.wait(0.2):
                children.check()
            console.print(f"服务已启动：{settings.public_url}（按 Ctrl-C 停止，日志在 {settings.var_dir / 'log'}）")
            if demo:
                _let_call_back(settings)
                simulator = f"http://{settings.simulator_host}:{settings.simulator_port}"
                console.print(f"模拟服务商收到的消息：{simulator}/_sim/inbox")
            while not stop.wait(1):
                children.check()
            console.print("正在停止…")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):  # noqa: S310 - our own address, http
            return True
    except OSError:
        return False


def _let_call_back(settings: Settings) -> None:
    """The simulators tell our pages what became of messages, as real providers do."""
    from channels.simulators.client import SimulatorClient

    client, host = SimulatorClient(settings), "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 - compared, not bound
    while not client.is_ready():
        sleep(0.2)
    client.call_back(f"http://{host}:{settings.port}", settings.hook_secret.get_secret_value())


def _show_samples(settings: Settings, addresses: Addresses) -> None:
    """Something to look at: an empty library is filled with the samples."""
    from cli.samples import fill_empty
    from workers.runtime import open_runtime

    with open_runtime(settings, addresses, make_clock(settings)) as runtime, progress("准备样例") as step:
        passwords = fill_empty(runtime, settings.var_dir, step)
    for name, password in passwords.items():
        console.print(f"工作台账号 {name}，密码（只显示这一次）：{password}", markup=False)
    console.print(f"工作台：{settings.public_url}/staff")


def web() -> None:
    """只启动网页。"""
    import uvicorn

    from web.app import create_app

    settings = read_settings()
    with opened(settings) as runtime:

        def wake(push_id: int, channels: Sequence[str], urgent: bool) -> None:
            wake_delivery(runtime.celery, push_id, channels, urgent=urgent)

        app = create_app(settings, runtime.sessions, runtime.redis, runtime.clock, wake=wake, matchers=runtime.matchers)
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False)


def worker(
    queues: Annotated[
        str, typer.Option("--queues", help="逗号分隔：urgent、bulk、receipts、periodic；或单独一个 match")
    ] = ",".join(SENDING),
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=64, help="进程数（match 总是一个）")] = 2,
    shard: Annotated[str, typer.Option("--shard", help="match 负责哪一份订阅者：序号/份数，如 0/1")] = "0/1",
) -> None:
    """只启动工作进程。"""
    from workers.matching.serving import run_match_worker
    from workers.worker import run_worker

    settings = read_settings()
    wanted = [name.strip() for name in queues.split(",") if name.strip()]
    if unknown := sorted(set(wanted) - set(QUEUES)):
        raise UsageError(f"没有队列 {'、'.join(unknown)}，可用的有 {'、'.join(QUEUES)}")
    if MATCH in wanted and len(wanted) > 1:
        raise UsageError("match 队列的工作进程把订阅者放在内存里，请单独启动：--queues match")
    part = _read_shard(shard)
    with open_stack(settings) as addresses:
        schema.upgrade(addresses.database_url)
        clock = make_clock(settings)
        if MATCH in wanted:
            run_match_worker(settings, addresses, clock, part, settings.log_level)
        else:
            run_worker(settings, addresses, clock, wanted, concurrency, settings.log_level)


def _read_shard(given: str) -> Shard:
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", given)
    if found is None or not int(found[1]) < int(found[2]):
        raise UsageError("--shard 应为 序号/份数，序号从 0 起且小于份数，如 0/1、3/8")
    return Shard(int(found[1]), int(found[2]))


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
