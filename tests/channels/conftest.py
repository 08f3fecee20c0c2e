"""The simulators on free ports, one set for the run; every test begins with empty ones."""

from collections.abc import Iterator

import pytest
from redis import Redis

from channels.message import Channel
from channels.registry import make_account, make_senders
from channels.sender import Sender
from channels.simulators.providers import Providers
from channels.simulators.serve import RunningSimulators
from channels.wechat.client import ServiceAccount
from core.settings import Settings


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSimulators]:
    with RunningSimulators() as simulators:
        yield simulators


@pytest.fixture
def simulators(running: RunningSimulators) -> Providers:
    running.providers.reset()
    return running.providers


@pytest.fixture
def base_url(running: RunningSimulators) -> str:
    return f"http://{running.host}:{running.port}"


@pytest.fixture
def settings(running: RunningSimulators) -> Settings:
    """Settings that lead to the simulators; channels need no database."""
    return Settings(_env_file=None, simulator_port=running.port, simulator_smtp_port=running.smtp_port)


@pytest.fixture
def senders(simulators: Providers, settings: Settings, redis: Redis) -> Iterator[dict[Channel, Sender]]:
    made = make_senders(settings, redis)
    yield made
    for sender in made.values():
        sender.close()


@pytest.fixture
def tencent_sender(simulators: Providers, settings: Settings, redis: Redis) -> Iterator[Sender]:
    made = make_senders(settings.model_copy(update={"sms_weights": {"tencent": 1}}), redis)[Channel.SMS]
    yield made
    made.close()


@pytest.fixture
def account(simulators: Providers, settings: Settings, redis: Redis) -> Iterator[ServiceAccount]:
    made = make_account(settings, redis)
    yield made
    made.close()
