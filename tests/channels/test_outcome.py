"""What each class of result asks for: the table of retries and what follows from it."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.message import Channel, MailContent, Message
from channels.outcome import ACTIONS, Failover, OutcomeClass, action_for, next_try
from tests.channels.samples import content

NOW = datetime(2026, 11, 21, 15, 59, 30, tzinfo=UTC)  # 23:59:30 in China
S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def test_every_class_has_its_action() -> None:
    assert set(ACTIONS) == set(OutcomeClass)


@pytest.mark.parametrize(
    ("cls", "waits"),
    [
        (OutcomeClass.OK, []),
        (OutcomeClass.TEMP, [30 * S, 60 * S, 120 * S, 240 * S, 480 * S, 960 * S]),
        (OutcomeClass.RECIPIENT_TEMP, [2 * H, 12 * H, 24 * H]),
        (OutcomeClass.RECIPIENT_PERM, []),
        (OutcomeClass.OPT_OUT, []),
        (OutcomeClass.WINDOW, []),
        (OutcomeClass.CONTENT, []),
    ],
)
def test_tries_end(cls: OutcomeClass, waits: list[timedelta]) -> None:
    action = action_for(cls, Channel.WECHAT)
    moments = [next_try(action, tries, NOW) for tries in range(len(waits) + 1)]
    assert moments == [*(NOW + wait for wait in waits), None]


@pytest.mark.parametrize("cls", [OutcomeClass.RATE_MIN, OutcomeClass.RATE_DAY, OutcomeClass.CONFIG])
def test_limits_and_configuration_use_up_no_tries(cls: OutcomeClass) -> None:
    action = action_for(cls, Channel.SMS)
    assert not action.counted
    assert next_try(action, 1000, NOW) is not None


def test_a_minute_limit_waits_for_the_next_minute() -> None:
    action = action_for(OutcomeClass.RATE_MIN, Channel.WECHAT)
    assert next_try(action, 0, NOW) == NOW + 30 * S
    assert action.pauses_channel


def test_a_day_limit_waits_for_midnight_in_china_and_spreads() -> None:
    action = action_for(OutcomeClass.RATE_DAY, Channel.WECHAT)
    assert next_try(action, 0, NOW) == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert next_try(action, 0, NOW, jitter=-0.5) == datetime(2026, 11, 21, 16, 30, tzinfo=UTC)


def test_backoff_is_jittered_and_bounded() -> None:
    action = action_for(OutcomeClass.TEMP, Channel.MAIL)
    assert next_try(action, 0, NOW, jitter=1) == NOW + 36 * S
    assert next_try(action, 0, NOW, jitter=-1) == NOW + 24 * S


@pytest.mark.parametrize(("channel", "tries"), [(Channel.WECHAT, 2), (Channel.SMS, 1), (Channel.MAIL, 1)])
def test_the_unknown_is_repeated_as_the_provider_allows(channel: Channel, tries: int) -> None:
    action = action_for(OutcomeClass.AMBIGUOUS, channel)
    waited = timedelta(0)
    for done in range(tries):
        moment = next_try(action, done, NOW)
        assert moment is not None
        waited += moment - NOW
    assert next_try(action, tries, NOW) is None
    assert action.failover is Failover.NO
    assert waited < 10 * M if channel is Channel.WECHAT else waited >= 5 * M


def test_a_message_shows_no_address() -> None:
    message = Message("k1", Channel.SMS, "13812345678", content(Channel.SMS))
    assert "138" not in repr(message)


@pytest.mark.parametrize("key", ["", "x" * 33, "with space", "字"])
def test_a_key_must_fit_all_providers(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Message(key, Channel.SMS, "13812345678", content(Channel.SMS))


def test_content_goes_by_its_own_channel() -> None:
    with pytest.raises(ValueError, match="mail"):
        Message("k1", Channel.MAIL, "13812345678", content(Channel.SMS))
    assert isinstance(content(Channel.MAIL), MailContent)
