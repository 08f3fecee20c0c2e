"""The service account's client: one token for all, bounded tries, nothing secret in what it raises."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.registry import SIMULATED_APPID, SIMULATED_SECRET, make_account
from channels.simulators.providers import Providers
from channels.simulators.world import Fault
from channels.wechat.client import ServiceAccount, WeChatError
from channels.wechat.sender import WeChatSender
from core.settings import Settings
from tests.channels.samples import message


def calls(simulators: Providers, endpoint: str) -> int:
    return simulators.world.calls[f"wechat.{endpoint}"]


def test_twenty_workers_with_a_cold_cache_ask_once_for_a_token(
    simulators: Providers, settings: Settings, redis: Redis
) -> None:
    senders = [WeChatSender(make_account(settings, redis)) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(
            pool.map(lambda n: senders[n % 20].send(message(Channel.WECHAT, f"k{n}", f"sim-{n}")), range(100))
        )
    for sender in senders:
        sender.close()
    assert all(outcome.accepted for outcome in outcomes)
    assert calls(simulators, "stable_token") == 1
    assert calls(simulators, "template") == 100


def test_a_token_that_dies_under_twenty_workers_is_renewed_once(simulators: Providers, account: ServiceAccount) -> None:
    sender = WeChatSender(account)
    assert sender.send(message(Channel.WECHAT, "before")).accepted
    simulators.wechat.kill_tokens()
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda n: sender.send(message(Channel.WECHAT, f"k{n}", f"sim-{n}")), range(60)))
    assert all(outcome.accepted for outcome in outcomes)
    assert calls(simulators, "stable_token") == 2


def test_an_endless_40001_ends_after_few_calls(simulators: Providers, account: ServiceAccount) -> None:
    simulators.world.faults.append(
        Fault("wechat.template", "json", count=None, body={"errcode": 40001, "errmsg": "invalid credential"})
    )
    sender = WeChatSender(account)
    outcomes = [sender.send(message(Channel.WECHAT, f"k{n}")) for n in range(3)]
    assert {outcome.cls for outcome in outcomes} == {OutcomeClass.CONFIG}
    assert calls(simulators, "template") <= 6
    assert calls(simulators, "stable_token") <= 5


def test_a_wrong_secret_is_a_matter_of_configuration(simulators: Providers, redis: Redis, base_url: str) -> None:
    account = ServiceAccount(SIMULATED_APPID, "wrong", redis, base_url)
    outcome = WeChatSender(account).send(message(Channel.WECHAT))
    account.close()
    assert (outcome.cls, outcome.code) == (OutcomeClass.CONFIG, "40125")


def test_a_token_ends_before_wechat_ends_it(simulators: Providers, account: ServiceAccount, redis: Redis) -> None:
    assert account.access_token
    assert 6000 < redis.ttl(f"wx:{SIMULATED_APPID}_access_token") <= 6900


def test_wechatpys_own_calls_go_to_the_same_base(simulators: Providers, account: ServiceAccount) -> None:
    assert account.user.get("sim-o1")["subscribe"] == 1
    assert account.get("https://api.weixin.qq.com/cgi-bin/user/info", params={"openid": "sim-o2"})["subscribe"] == 1


@pytest.mark.parametrize("action", ["reset", "http", "text"])
def test_errors_hold_no_token_and_can_be_pickled(action: str, simulators: Providers, account: ServiceAccount) -> None:
    token = account.access_token
    simulators.world.faults.append(Fault("wechat.user_info", action))  # type: ignore[arg-type] # words of a table
    with pytest.raises(WeChatError) as caught:
        account.user.get("sim-o1")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    for error in (caught.value, copy):
        assert token not in f"{error!r} {error} {vars(error)}"
        assert SIMULATED_SECRET not in vars(error)
    assert copy.cls is OutcomeClass.AMBIGUOUS
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_lost_redis_sends_nothing(simulators: Providers, settings: Settings) -> None:
    account = make_account(settings, Redis(port=9, retry=Retry(NoBackoff(), 0)))
    outcome = WeChatSender(account).send(message(Channel.WECHAT))
    account.close()
    assert outcome.cls is OutcomeClass.TEMP
    assert not simulators.world.counts


def test_a_silent_server_is_given_up(simulators: Providers, account: ServiceAccount) -> None:
    assert account.access_token
    account.timeout = (1, 0.05)
    simulators.world.faults.append(Fault("wechat.template", "hang", when="after"))
    assert WeChatSender(account).send(message(Channel.WECHAT)).cls is OutcomeClass.AMBIGUOUS
    account.timeout = (1, 10)
    assert WeChatSender(account).send(message(Channel.WECHAT)).accepted
    assert simulators.world.counts["wechat"] == 1
