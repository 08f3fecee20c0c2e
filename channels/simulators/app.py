"""The simulators' HTTP side: the providers' hot paths as plain ASGI, everything else below `/_sim` by Starlette."""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from channels.simulators.control import make_control
from channels.simulators.providers import Providers
from channels.simulators.request import Call, Reply, Routes, json_reply
from channels.simulators.world import Fault, InterruptError

BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class SimulatorApp:
    """Answers as WeChat and as the SMS providers."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._routes: Routes = providers.routes()
        self._control: ASGIApp = make_control(providers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._control(scope, receive, send)
            return
        handler = self._routes.get((scope["method"], scope["path"]))
        if handler is None:
            await self._control(scope, receive, send)
            return
        call = await _read(scope, receive)
        delay = self._providers.world.delays
        if delay:
            await asyncio.sleep(max(delay.get(scope["path"], 0.0), delay.get("*", 0.0)))
        try:
            reply = handler(call)
        except InterruptError as interrupt:
            await _play(interrupt.fault, receive, send)
            return
        await _answer(reply, send)


async def _read(scope: Scope, receive: Receive) -> Call:
    body = b""
    more = True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Call(scope["method"], scope["path"], scope["query_string"], headers, body)


async def _answer(reply: Reply, send: Send) -> None:
    headers = [(b"content-type", reply.kind), (b"content-length", str(len(reply.body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _play(fault: Fault, receive: Receive, send: Send) -> None:
    if fault.action == "json":
        await _answer(json_reply(fault.body, fault.status or 200), send)
    elif fault.action == "http":
        await _answer(Reply(BAD_GATEWAY, fault.status or 502, b"text/html"), send)
    elif fault.action == "text":
        await _answer(Reply(b"ok", 200, b"text/plain"), send)
    else:
        if fault.action == "hang":
            await _until_gone(receive)
        await _break_off(receive, send)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _break_off(receive: Receive, send: Send) -> None:
    """Cut the connection without an answer: uvicorn's cycle behind `send` holds the transport."""
    cycle: Any = getattr(send, "__self__", None)
    if cycle is None:
        raise RuntimeError("the simulators need uvicorn to break a connection")
    cycle.transport.abort()
    await _until_gone(receive)
