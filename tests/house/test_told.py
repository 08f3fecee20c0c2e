"""What the search over a whole run finds, and what it leaves alone."""

import logging

import pytest
from redis import Redis

from tests.told import Listener, find_told, find_told_in_redis


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("手机13812345678没有接通", "phone"),
        ("to +8613812345678", "phone"),
        ("openid oAbCdEfGhIjKlMnOpQrStUvWxYz0.", "openid"),
        ("'touser': 'sim-oA1b2C3'", "openid"),
        ("<wang.fang@mail.example> unknown", "mail"),
        ("id 11010119900101123X", "id number"),
        ("POST /cgi-bin/x?access_token=81_AbcDefGhiJklMnoPqrStu", "token"),
        ("GET /sns/oauth2/access_token?appid=wx1&secret=abcdefgh", "token"),
        ("GET /s/0aB3dE9xK2mQ", "link"),
    ],
)
def test_each_kind_is_found(text: str, kind: str) -> None:
    assert find_told(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "passcode-hour:9f13812345678abc",
        "push 17 to 1200 subscribers took 1.25 s",
        "took 1.3812345678 s",
        "notice@zhida.example",
        "access_token=*** was refused",
        "GET /s/{token} 200 3ms",
        "138****5678",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert find_told(text) == []


def test_a_line_is_heard_with_its_arguments_and_its_error(nobody_is_told: Listener) -> None:
    listener, log = Listener(), logging.getLogger("apart")
    log.addHandler(listener)
    log.propagate = False
    log.warning("sent to %s", "13812345678")
    try:
        raise ValueError("no such user: w@mail.example")
    except ValueError:
        log.exception("failed")
    log.removeHandler(listener)
    log.propagate = True
    assert [one.split(": ")[1] for one in listener.told] == ["apart tells a phone", "apart tells a mail"]
    assert nobody_is_told in logging.getLogger().handlers


def test_celerys_messages_are_searched(redis: Redis) -> None:
    redis.rpush("bulk", '{"body": "[[17, \\"sms\\"], {}]"}')
    assert find_told_in_redis(redis) == []
    redis.rpush("bulk", '{"body": "[[17, \\"13812345678\\"], {}]"}')
    assert find_told_in_redis(redis) == ["bulk holds a phone"]
    redis.delete("bulk")
