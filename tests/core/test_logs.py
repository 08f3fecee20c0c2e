"""What a log may hold: everything but people's addresses, numbers and secrets."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.errors import ZhidaError
from core.logs import JsonFormatter, RedactingFilter, configure_logging, redact

OPENID = "oAbCdEfGhIjKlMnOpQrStUvWxYz0"


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("to 13800000000 now", "to 138****0000 now"),
        ("手机13800000000。", "手机138****0000。"),
        ("+86 138-0000-0000", "138****0000"),
        ("8613800000000", "138****0000"),
        ("mail anna.li@d.example.cn!", "mail a***@d.example.cn!"),
        ("<Anna@d.cn>", "<A***@d.cn>"),
        ("邮箱anna@d.cn", "邮箱a***@d.cn"),
        ("id 11010119900101123X.", "id 110***********123X."),
        (f"openid={OPENID}", "openid=oAbCdE…"),
        (f'"{OPENID}"', '"oAbCdE…"'),
        ("GET /cgi-bin/x?access_token=81_Abc-_x&type=1", "GET /cgi-bin/x?access_token=***&type=1"),
        ("appid=wx1&secret=abc123&grant_type=c", "appid=wx1&secret=***&grant_type=c"),
        ('{"access_token": "81_Abc", "expires_in": 7200}', '{"access_token": "***", "expires_in": 7200}'),
        ("{'client_secret': 'abc def'}", "{'client_secret': '*** def'}"),
        (
            "GET /sns/oauth2/access_token?appid=wx1&code=0a1B2c&x=1",
            "GET /sns/oauth2/access_token?appid=wx1&code=***&x=1",
        ),
        ("Authorization: Bearer abc.def.ghi", "Authorization: ***"),
        ("{'Authorization': 'Basic YWJj'}", "{'Authorization': '***'}"),
        ("redis://:hunter2@10.0.0.1:6379/0", "redis://***@10.0.0.1:6379/0"),
        ("postgresql://zhida:hunter2@db/zhida", "postgresql://***@db/zhida"),
    ],
)
def test_personal_data_and_secrets_are_masked(written: str, masked: str) -> None:
    assert redact(written) == masked


@pytest.mark.parametrize(
    "plain",
    [
        "push 17 to 1200 subscribers took 1.25 s",
        "batch 20261001123456789012 done",
        "moment 1700000000000",
        "topic E0404 in 110108 (京政发〔2024〕12号)",
        "model oversized-artifact-2026-10-01-final-version-3",
        "https://example.cn/p/17?from=wechat",
    ],
)
def test_what_names_nobody_stays(plain: str) -> None:
    assert redact(plain) == plain


@contextmanager
def bare_root() -> Iterator[io.StringIO]:
    """The root logger without the handlers of pytest, which print what they can't format; as before afterwards."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    root.handlers.clear()
    yield io.StringIO()
    root.setLevel(level)
    root.handlers[:] = handlers


def test_messages_arguments_and_errors_are_masked() -> None:
    with bare_root() as stream:
        configure_logging("info", stream=stream)
        log = logging.getLogger("workers.deliver")
        log.info("sent to %s, token=%s, %d tries", "13800000000", "abc", 3)
        log.info("by name %(mail)s", {"mail": "anna@d.cn", "tries": 1})
        try:
            raise ValueError(f"no such user {OPENID}")
        except ValueError:
            log.exception("failed for %s", ["anna@d.cn"], stack_info=True)
        written = stream.getvalue()
        assert "sent to 138****0000, token=***, 3 tries" in written
        assert "by name a***@d.cn" in written
        assert "ValueError: no such user oAbCdE…" in written
        assert "failed for ['a***@d.cn']" in written
        assert "Traceback" in written
        assert "Stack (most recent call last)" in written
        assert not any(secret in written for secret in (OPENID, "13800000000", "anna"))


def test_a_message_that_does_not_fit_its_arguments_is_still_written_without_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with bare_root() as stream:
        configure_logging(stream=stream)
        logging.getLogger("x").warning("for %d", "13800000000")
        assert "for %d（日志参数与格式不符）" in stream.getvalue()
        assert "138" not in stream.getvalue() + capsys.readouterr().err


def test_arguments_keep_their_number_and_order_for_formatters_that_unpack_them() -> None:
    args = ("1.2.3.4:99", "GET", "/unsubscribe?phone=13800000000", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 1, '%s - "%s %s HTTP/%s" %d', args, None)
    assert RedactingFilter().filter(record)
    assert record.args == ("1.2.3.4:99", "GET", "/unsubscribe?phone=138****0000", "1.1", 200)
    assert record.getMessage() == '1.2.3.4:99 - "GET /unsubscribe?phone=138****0000 HTTP/1.1" 200'


def test_json_lines() -> None:
    with bare_root() as stream:
        configure_logging("DEBUG", json_lines=True, stream=stream)
        logging.getLogger("a.b").debug("到 %s", "anna@d.cn")
        try:
            raise KeyError("13800000000")
        except KeyError:
            logging.getLogger("a.b").exception("失败")
        first, second = (json.loads(line) for line in stream.getvalue().splitlines())
        assert (first["level"], first["logger"], first["message"]) == ("DEBUG", "a.b", "到 a***@d.cn")
        assert first["time"].endswith("+00:00")
        assert "error" not in first
        assert "KeyError: '138****0000'" in second["error"]


def test_json_holds_the_stack_that_was_asked_for() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "m", (), None, sinfo="Stack of anna@d.cn")
    RedactingFilter().filter(record)
    assert json.loads(JsonFormatter().format(record))["error"] == "Stack of a***@d.cn"


def test_lines_for_people_are_on_the_clock_of_china() -> None:
    with bare_root() as stream:
        configure_logging(stream=stream)
        record = logging.LogRecord("x", logging.INFO, "", 1, "m", (), None)
        record.created = 0.0
        logging.getLogger().handle(record)
        assert stream.getvalue() == "1970-01-01 08:00:00 INFO x: m\n"


def test_setting_up_again_replaces_and_leaves_others_alone() -> None:
    with bare_root() as stream:
        other = logging.NullHandler()
        logging.getLogger().addHandler(other)
        configure_logging(stream=io.StringIO())
        configure_logging("WARNING", stream=stream)
        assert len(logging.getLogger().handlers) == 2
        assert other in logging.getLogger().handlers
        logging.getLogger("x").info("quiet")
        logging.getLogger("x").warning("loud")
        assert stream.getvalue().endswith("WARNING x: loud\n")
        assert "quiet" not in stream.getvalue()


def test_standard_error_is_where_logs_go() -> None:
    with bare_root():
        configure_logging()
        handler = logging.getLogger().handlers[-1]
        assert isinstance(handler, logging.StreamHandler)
        assert handler.stream is sys.stderr


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ZhidaError, match="日志级别 LOUD 无效"):
        configure_logging("LOUD")
