"""Logging without people's data: whatever is written is masked first, message, arguments and exception text alike."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import IO

from core.addresses import mask_id_number, mask_mail, mask_openid, mask_phone
from core.clock import local_time
from core.errors import ZhidaError

_HANDLER = "zhida"
_WORD = r"A-Za-z0-9_-"

_MASKS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+"), lambda m: m[1] + "***"),
    (
        re.compile(r"(?i)((?:token|secret|password|ticket|signature|_key)[\"']?\s*[:=]\s*[\"']?)[^\s&\"',;)}<>]+"),
        lambda m: m[1] + "***",
    ),
    (re.compile(r"(?i)([?&]code=)[^\s&\"',;)}<>]+"), lambda m: m[1] + "***"),  # signs somebody in
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+(?=@)"), lambda m: m[1] + "***"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.A), lambda m: mask_mail(m[0])),
    (
        re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\w)", re.A),
        lambda m: mask_id_number(m[0]),
    ),
    (
        re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)", re.A),
        lambda m: mask_phone(_digits(m)),
    ),
    (re.compile(rf"(?<![{_WORD}])o[{_WORD}]{{27}}(?![{_WORD}])"), lambda m: mask_openid(m[0])),
)


def redact(text: str) -> str:
    """`text` with tokens, passwords, mail addresses, ID numbers, phone numbers and openids masked."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def _digits(found: re.Match[str]) -> str:
    return f"{found[1]}0000{found[2]}"


class RedactingFilter(logging.Filter):
    """Masks a record in place before a handler formats it; it lets every record through.

    It belongs on handlers: a filter of a logger doesn't see the records of the loggers below it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.args = _redact_args(record.args)
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg}（日志参数与格式不符）"  # logging would print the arguments themselves
            record.msg, record.args = redact(message), ()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)).rstrip())
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def _redact_args(args: object) -> tuple[object, ...] | Mapping[str, object]:
    """The arguments with every text among them masked; their number and order stay, since formatters count on it."""
    if isinstance(args, Mapping):
        return {str(name): redact(value) if isinstance(value, str) else value for name, value in args.items()}
    return (
        tuple(redact(value) if isinstance(value, str) else value for value in args) if isinstance(args, tuple) else ()
    )


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message and, where there is one, the error."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if error := "\n".join(part for part in (record.exc_text, record.stack_info) if part):
            line["error"] = error
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Lines for people, on the clock of China."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (its name there)
        return local_time(datetime.fromtimestamp(record.created, UTC)).strftime("%Y-%m-%d %H:%M:%S")


def configure_logging(level: str = "INFO", json_lines: bool = False, stream: IO[str] | None = None) -> None:
    """Send this process's log, masked, to `stream` (standard error). Doing it again replaces what was set up before.

    Raises ZhidaError for a level that logging doesn't know. Servers that bring handlers of their own (uvicorn) must be
    started without them.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ZhidaError(f"日志级别 {level} 无效：可用 DEBUG、INFO、WARNING、ERROR")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name(_HANDLER)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(JsonFormatter() if json_lines else TextFormatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if old.get_name() == _HANDLER]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
