"""Requests a second that the simulated providers answer on one core: `python -m bench.simulators`.

The simulators run in a process of their own; what counts is that process's CPU time, so that other work on the machine
doesn't change the figure. Requests are the real ones: tokens, ACS3 and TC3 signatures, and one mail a conversation.
"""

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import quote, urlencode

import psutil
import requests

from channels.compose import make_composer
from channels.examples import example_notice, example_personal
from channels.imprint import imprint_of
from channels.mail.mime import Envelope, build_mail
from channels.message import Channel, MailContent, SmsContent, WeChatContent
from channels.notice import Purpose
from channels.registry import SIMULATED_APPID, SIMULATED_KEY_ID, SIMULATED_SECRET
from channels.simulators.request import Call
from channels.simulators.serve import RunningSimulators
from channels.simulators.signatures import acs3_signature
from core.settings import Settings

ENDPOINTS = ("wechat.template", "aliyun.send", "tencent.send", "smtp")
REQUESTS = 6000
CONNECTIONS = 16
HOST = "sms.example"


@dataclass(frozen=True)
class Ports:
    """Where the simulators listen, and in which process."""

    process: int
    http: int
    smtp: int


def measure(names: Sequence[str] = ENDPOINTS, count: int = REQUESTS) -> dict[str, float]:
    """By endpoint: requests for each second of CPU time of the simulators' process."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    server.start()
    ports: Ports = here.recv()
    try:
        makers: dict[str, Callable[[Ports, int], list[bytes]]] = {
            "wechat.template": _wechat,
            "aliyun.send": _aliyun,
            "tencent.send": _tencent,
        }
        figures = {}
        for name in names:
            if name == "smtp":
                figures[name] = _rate(ports, ports.smtp, [_mail(n) for n in range(count // 4)], _smtp)
            else:
                figures[name] = _rate(ports, ports.http, makers[name](ports, count), _http)
    finally:
        here.send(None)
        server.join(10)
    return figures


def _serve(pipe: Connection) -> None:
    with RunningSimulators() as running:
        pipe.send(Ports(os.getpid(), running.port, running.smtp_port))
        pipe.recv()


def _rate(ports: Ports, port: int, sent: list[bytes], converse: Callable[..., object]) -> float:
    process = psutil.Process(ports.process)
    asyncio.run(_play(port, sent[: len(sent) // 10], converse))
    before = process.cpu_times()
    asyncio.run(_play(port, sent[len(sent) // 10 :], converse))
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return round((len(sent) - len(sent) // 10) / spent)


async def _play(port: int, sent: list[bytes], converse: Callable[..., object]) -> None:
    rest = iter(sent)
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(converse(port, rest))  # type: ignore[arg-type]  # _http and _smtp are coroutines


async def _http(port: int, rest: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in rest:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        assert b'"errcode": 0' in body or b'"Code": "O' in body, body
    writer.close()


async def _smtp(port: int, rest: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"EHLO bench\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    for mail in rest:
        for line, wanted in (
            (b"MAIL FROM:<b@b.example>\r\n", b"250"),
            (b"RCPT TO:<reader@mail.example>\r\n", b"250"),
            (b"DATA\r\n", b"354"),
            (mail + b".\r\n", b"250"),
        ):
            writer.write(line)
            assert (await reader.readline()).startswith(wanted)
    writer.close()


def _post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"host: {HOST}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _wechat(ports: Ports, count: int) -> list[bytes]:
    asked = {"grant_type": "client_credential", "appid": SIMULATED_APPID, "secret": SIMULATED_SECRET}
    token = _ask(ports, "/cgi-bin/stable_token", asked)["access_token"]
    _ask(ports, "/_sim/followers", {"prefix": "sim-", "count": count})
    _ask(ports, "/_sim/settings", {"limits": {"template": 10**9}})
    content = _content(Channel.WECHAT)
    assert isinstance(content, WeChatContent)
    data = {field: {"value": value} for field, value in content.data.items()}
    whole = {"template_id": "TPL-POLICY", "url": content.url, "data": data}
    return [
        _post(
            f"/cgi-bin/message/template/send?access_token={token}",
            json.dumps({"touser": f"sim-{n}", "client_msg_id": f"{n:032x}", **whole}, ensure_ascii=False).encode(),
            {"content-type": "application/json"},
        )
        for n in range(count)
    ]


def _ask(ports: Ports, path: str, body: dict[str, Any]) -> dict[str, str]:
    answer: dict[str, str] = requests.post(f"http://127.0.0.1:{ports.http}{path}", json=body, timeout=30).json()
    return answer


def _aliyun(ports: Ports, count: int) -> list[bytes]:
    content = _content(Channel.SMS)
    assert isinstance(content, SmsContent)
    return [_aliyun_request(content, n) for n in range(count)]


def _aliyun_request(content: SmsContent, number: int) -> bytes:
    query = {
        "PhoneNumbers": f"138{number:08d}",
        "SignName": content.sign_name,
        "TemplateCode": "SMS_POLICY",
        "TemplateParam": json.dumps(dict(content.params), ensure_ascii=False),
        "OutId": f"{number:032x}",
    }
    written = urlencode(query, quote_via=quote)
    headers = {
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": f"{number:032x}",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    signed = sorted(headers)
    signature = acs3_signature(Call("POST", "/", written.encode(), headers, b""), signed, SIMULATED_SECRET)
    credential = f"Credential={SIMULATED_KEY_ID},SignedHeaders={';'.join(signed)},Signature={signature}"
    return _post(f"/?{written}", b"", {**headers, "authorization": f"ACS3-HMAC-SHA256 {credential}"})


def _tencent(ports: Ports, count: int) -> list[bytes]:
    content = _content(Channel.SMS)
    assert isinstance(content, SmsContent)
    return [_tencent_request(content, n) for n in range(count)]


def _tencent_request(content: SmsContent, number: int) -> bytes:
    body = json.dumps(
        {
            "PhoneNumberSet": [f"+86139{number:08d}"],
            "SmsSdkAppId": "1400000000",
            "SignName": content.sign_name,
            "TemplateId": "SMS_POLICY",
            "TemplateParamSet": list(content.params.values()),
            "SessionContext": f"{number:032x}",
        }
    ).encode()
    now = datetime.now(UTC)
    date, stamp = f"{now:%Y-%m-%d}", str(int(now.timestamp()))
    canonical = "\n".join(
        [
            *("POST", "/", "", f"content-type:application/json\nhost:{HOST}\n", "content-type;host"),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["TC3-HMAC-SHA256", stamp, f"{date}/sms/tc3_request", digest])
    key = b"TC3" + SIMULATED_SECRET.encode()
    for step in (date, "sms", "tc3_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={SIMULATED_KEY_ID}/{date}/sms/tc3_request, SignedHeaders=content-type;host"
    headers = {
        "content-type": "application/json",
        "x-tc-action": "SendSms",
        "x-tc-version": "2021-01-11",
        "x-tc-region": "ap-guangzhou",
        "x-tc-timestamp": stamp,
        "authorization": f"TC3-HMAC-SHA256 {credential}, Signature={signature}",
    }
    return _post("/", body, headers)


def _mail(number: int) -> bytes:
    content = _content(Channel.MAIL)
    assert isinstance(content, MailContent)
    names = Envelope("n@zhida.example", "政策直达", "reader@mail.example", f"<{number}@zhida.example>", "b@b.example")
    return build_mail(content, names, datetime.now(UTC)).replace(b"\r\n.", b"\r\n..")


def _content(channel: Channel) -> object:
    imprint = imprint_of(Settings(_env_file=None))
    personal = example_personal(Purpose.POLICY, imprint.link_prefix)
    return make_composer(example_notice(Purpose.POLICY), channel, imprint).fill(personal)


if __name__ == "__main__":
    started = time.perf_counter()
    for name, rate in measure(count=int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS).items():
        print(f"{name:16} {rate:7.0f} requests for each second of CPU")
    print(f"{time.perf_counter() - started:.0f} s on {os.cpu_count()} cores")
