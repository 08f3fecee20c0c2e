"""Which senders the settings make: real ones with credentials, the simulators without."""

import pytest
from pydantic import SecretStr
from redis import Redis

from channels.message import Channel
from channels.notice import Purpose
from channels.registry import SIMULATED_APPID, SIMULATED_SECRET, grant_types, mail_secret, make_senders
from channels.simulators.providers import Providers
from channels.simulators.serve import RunningSimulators
from channels.wechat.grants import GrantType
from core.settings import Settings
from tests.channels.samples import message


def test_an_operators_accounts_are_used(running: RunningSimulators, simulators: Providers, redis: Redis) -> None:
    """The simulators stand where the operator's addresses lead; their keys are those of the settings."""
    secret = SecretStr(SIMULATED_SECRET)
    settings = Settings(
        _env_file=None,
        simulator_port=9,
        simulator_smtp_port=9,
        wechat_base_url=f"http://{running.host}:{running.port}",
        wechat_appid=SIMULATED_APPID,
        wechat_secret=secret,
        aliyun_endpoint=f"{running.host}:{running.port}",
        aliyun_protocol="http",
        aliyun_access_key_id="simulator",
        aliyun_access_key_secret=secret,
        aliyun_template_policy="SMS_4711",
        tencent_endpoint=f"{running.host}:{running.port}",
        tencent_protocol="http",
        tencent_secret_id="simulator",
        tencent_secret_key=secret,
        tencent_templates={"policy": "1234567"},
        smtp_host=running.host,
        smtp_port=running.smtp_port,
        smtp_starttls=False,
    )
    simulators.aliyun.templates["SMS_4711"] = simulators.aliyun.templates.pop("SMS_POLICY")
    simulators.tencent.templates["1234567"] = simulators.tencent.templates.pop("SMS_POLICY")
    for weights in ({"aliyun": 1}, {"tencent": 1}):
        senders = make_senders(settings.model_copy(update={"sms_weights": weights}), redis)
        for channel, sender in senders.items():
            assert sender.channel is channel
            outcome = sender.send(message(channel, f"k-{sender.provider}"))
            assert outcome.accepted, outcome
            sender.close()
    assert {one.provider for one in simulators.world.accepted} == {"wechat", "aliyun", "tencent", "smtp"}


@pytest.mark.parametrize("channel", Channel)
def test_without_credentials_nothing_leaves_for_a_real_provider(channel: Channel, redis: Redis) -> None:
    alone = Settings(_env_file=None, simulator_port=9, simulator_smtp_port=9)
    assert make_senders(alone, redis)[channel].send(message(channel)).code in ("network", "connection")


def test_what_followers_may_grant() -> None:
    settings = Settings(
        _env_file=None, wechat_long_term={"policy": "L1", "digest": "L2"}, wechat_one_off={"policy": "O1"}
    )
    assert grant_types(settings, Purpose.POLICY) == {"L1": GrantType.LONG_TERM, "O1": GrantType.ONE_OFF}
    assert set(grant_types(settings)) == {"L1", "L2", "O1"}


def test_the_mark_on_mails_has_a_key_of_its_own_when_there_is_one() -> None:
    assert mail_secret(Settings(_env_file=None)) == b"local"
    assert mail_secret(Settings(_env_file=None, link_key=SecretStr("k"))) == b"k"
