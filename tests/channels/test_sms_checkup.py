"""What an operator is told of the SMS texts that Aliyun has."""

import pytest
from redis import Redis

from channels.imprint import Imprint, imprint_of
from channels.registered import find_aliyun_problems
from channels.registry import find_aliyun
from channels.simulators.providers import Providers
from channels.simulators.sms_registry import register
from channels.simulators.world import Fault
from channels.sms.aliyun import AliyunSender
from core.errors import ZhidaError
from core.settings import Settings


@pytest.fixture
def sender(simulators: Providers, settings: Settings, redis: Redis) -> AliyunSender:
    endpoint = f"{settings.simulator_host}:{settings.simulator_port}"
    found = find_aliyun(settings.model_copy(update={"aliyun_endpoint": endpoint}))
    assert found is not None
    return found


@pytest.fixture
def imprint(settings: Settings) -> Imprint:
    return imprint_of(settings)


def test_all_is_well_with_what_is_shipped(sender: AliyunSender, imprint: Imprint) -> None:
    assert find_aliyun_problems(sender, imprint) == []


def test_what_is_missing_or_worded_otherwise_is_named(
    sender: AliyunSender, imprint: Imprint, simulators: Providers
) -> None:
    simulators.aliyun.signs.clear()
    del simulators.aliyun.templates["SMS_DIGEST"]
    simulators.aliyun.templates["SMS_POLICY"] = register("您好${title}")
    sign, policy, digest = find_aliyun_problems(sender, imprint)
    assert sign == "短信签名“政策直达”没有报备"
    assert policy.startswith("短信模板“新政策提醒”（SMS_POLICY）报备的文字与程序要发的不同")
    assert digest == "短信模板“政策月报”（SMS_DIGEST）没有报备"


def test_a_text_that_staff_have_worded_is_looked_for_under_its_own_code(
    sender: AliyunSender, imprint: Imprint, simulators: Providers
) -> None:
    overrides = {"sms/code.txt": "验证码是${passcode}。\n", "sms/code.codes": '{"aliyun": "SMS_9"}'}
    [missing] = find_aliyun_problems(sender, imprint, overrides)
    assert missing == "短信模板“验证码”（SMS_9）没有报备"
    simulators.aliyun.templates["SMS_9"] = register("验证码是${passcode}。")
    assert find_aliyun_problems(sender, imprint, overrides) == []


@pytest.mark.parametrize("action", ["reset", "http", "json"])
def test_an_aliyun_that_can_not_be_asked_is_told(
    sender: AliyunSender, imprint: Imprint, simulators: Providers, action: str
) -> None:
    body = {"Code": "isp.RAM_PERMISSION_DENY", "Message": "RAM权限DENY", "RequestId": "1"}
    simulators.world.faults.append(Fault("aliyun.sign", action, count=None, body=body))  # type: ignore[arg-type]  # words of a list
    with pytest.raises(ZhidaError, match="查不了阿里云的短信报备"):
        find_aliyun_problems(sender, imprint)


def test_without_an_account_there_is_nothing_to_check(settings: Settings) -> None:
    assert find_aliyun(settings) is None
