"""The main job once, from nothing, on servers of its own, and a report of it."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import exists, select

from channels.message import Channel
from channels.simulators.client import SimulatorClient
from cli.context import make_clock, read_settings
from cli.demo_report import DemoResult, gather
from cli.output import progress
from cli.samples import import_sample_people, import_sample_policies, read_all
from core import schema
from core.clock import Clock, local_date
from core.database import unit_of_work
from core.embedded import open_stack
from core.errors import ZhidaError
from core.processes import Children, child_environment, free_ports
from core.settings import Settings
from policies.samples import DEMO_DAY
from workers.matching.everybody import match_everybody
from workers.models import WAITING, Delivery, DeliveryState
from workers.partitions import create_partitions
from workers.plan import Planned, plan_pushes, wake_push
from workers.rescue import rescue
from workers.runtime import Runtime, open_runtime
from workers.tasks import run_delivery

SUBSCRIBERS = 2_000
MOVING = (*WAITING, DeliveryState.SENDING)
_PATIENCE_SECONDS = 90


@dataclass
class Stages:
    """How long each stage took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, words: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        started = monotonic()
        with progress(words, total) as step:
            yield step
        self.seconds[name] = round(monotonic() - started, 2)


def run_demo(settings: Settings) -> DemoResult:
    """Play the demo under `var_dir/demo`, anew each time; nothing is left running."""
    folder = settings.var_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = _demo_settings(folder)
    stages = Stages()
    with (
        open_stack(settings) as addresses,
        Children(child_environment(settings, addresses), folder / "log") as children,
    ):
        with stages.stage("start", "启动数据库、Redis、工作进程和模拟服务商"):
            schema.upgrade(addresses.database_url)
            children.start("simulators", "simulators")
            children.start("worker-urgent", "worker", "--queues", "urgent,receipts", "--concurrency", "1")
            children.start("worker-bulk", "worker", "--queues", "bulk,periodic", "--concurrency", "2")
            children.start("worker-match", "worker", "--queues", "match")
            children.start("scheduler", "scheduler")
            simulators = SimulatorClient(settings)
            _wait(children, simulators.is_ready, "模拟服务商没有启动")
        with open_runtime(settings, addresses, make_clock(settings)) as runtime:
            planned = _prepare(runtime, stages, folder)
            with stages.stage("deliver", "投递"):
                _wait(children, lambda: not _open_deliveries(runtime, MOVING), "投递没有在限定时间内完成")
                _settle_doubts(runtime)
            return gather(runtime, planned, simulators, stages.seconds, folder)


def _prepare(runtime: Runtime, stages: Stages, folder: Path) -> list[Planned]:
    """Import, read, target and plan; the wake-ups go out with the commit of the plan."""
    with stages.stage("import_policies", "导入政策") as step:
        import_sample_policies(runtime, step)
    with stages.stage("import_subscribers", "导入订阅者", SUBSCRIBERS) as step:
        import_sample_people(runtime, folder, SUBSCRIBERS, step)
    with stages.stage("read", "读懂政策") as step:
        targetings = read_all(runtime, step)
    with stages.stage("match", "匹配并生成推送"), unit_of_work(runtime.sessions) as session:
        create_partitions(session, DEMO_DAY)
        targetings = [session.merge(targeting, load=False) for targeting in targetings]
        today = local_date(runtime.clock())
        planned = plan_pushes(
            session,
            [
                (targeting, match_everybody(runtime.matchers, session, targeting, runtime.vocabulary, today))
                for targeting in targetings
            ],
            runtime.restraint,
            who="demo",
            approve_above=runtime.settings.approve_above,
            now=runtime.clock(),
        )
        for one in planned:
            wake_push(session, runtime.celery, one.push)
    return planned


def _open_deliveries(runtime: Runtime, states: Sequence[DeliveryState]) -> bool:
    """Whether any delivery is in one of these states."""
    with runtime.sessions() as session:
        return session.scalar(select(exists().where(Delivery.state.in_(states)))) is True


def _settle_doubts(runtime: Runtime) -> None:
    """On a machine that is short of breath an answer may come too late. The demo does not wait ten minutes to ask again
    but sets its clock forward to the moments at which doubts are resolved.
    """
    for minutes in (2, 6, 11):
        if not _open_deliveries(runtime, (DeliveryState.UNKNOWN,)):
            return
        then = replace(runtime, clock=partial(_later, runtime.clock, timedelta(minutes=minutes)))
        rescue(then)
        with runtime.sessions() as session:
            waiting = session.execute(
                select(Delivery.push_id, Delivery.channel).where(Delivery.state == DeliveryState.RETRY).distinct()
            ).all()
        for push_id, channel in waiting:
            run_delivery(then, push_id, Channel(channel))


def _later(clock: Clock, ahead: timedelta) -> datetime:
    return clock() + ahead


def _wait(children: Children, done: Callable[[], bool], otherwise: str) -> None:
    end = monotonic() + _PATIENCE_SECONDS
    while not done():
        children.check()
        if monotonic() > end:
            raise ZhidaError(otherwise)
        sleep(0.1)


def _demo_settings(folder: Path) -> Settings:
    """Servers, ports and a clock of the demo's own: 10:00 in China on the day for which the samples are written."""
    ports = free_ports(3)
    moment = datetime(DEMO_DAY.year, DEMO_DAY.month, DEMO_DAY.day, 2, tzinfo=UTC)
    return read_settings().model_copy(
        update={
            "database_url": None,
            "redis_url": None,
            "var_dir": folder,
            "port": ports[0],
            "public_url": f"http://127.0.0.1:{ports[0]}",
            "simulator_host": "127.0.0.1",
            "simulator_port": ports[1],
            "simulator_smtp_port": ports[2],
            "clock_offset_seconds": (moment - datetime.now(UTC)).total_seconds(),
            "wechat_base_url": None,
            "wechat_appid": None,
            "aliyun_endpoint": None,
            "aliyun_access_key_id": None,
            "smtp_host": None,
        }
    )
