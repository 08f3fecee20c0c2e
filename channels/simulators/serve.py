"""Runs the simulators: in the foreground, or on a thread of their own on free ports."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from types import TracebackType

import uvicorn

from channels.simulators.app import SimulatorApp
from channels.simulators.one_write import OneWriteProtocol
from channels.simulators.providers import Providers
from channels.simulators.smtp import make_server
from core.errors import ZhidaError

BACKLOG = 1024
STARTS_WITHIN = 60.0


def serve(host: str, port: int, smtp_port: int, link_prefix: str = "http://127.0.0.1:8000/s/") -> None:
    """Answer until the process is interrupted. Raises ZhidaError when a port is taken."""
    sockets = _listen(host, port), _listen(host, smtp_port)
    asyncio.run(_run(Providers(link_prefix), *sockets, lambda server, loop: None))


class RunningSimulators:
    """The simulators on a thread: `with RunningSimulators() as simulators: simulators.port …`.

    `providers` may be read from other threads; change it through `/_sim` or before the first call.
    """

    def __init__(self, host: str = "127.0.0.1", providers: Providers | None = None) -> None:
        self.providers = providers or Providers()
        self.host = host
        self._http, self._smtp = _listen(host, 0), _listen(host, 0)
        self.port: int = self._http.getsockname()[1]
        self.smtp_port: int = self._smtp.getsockname()[1]
        self._started = threading.Event()
        self._stop: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._work, name="simulators", daemon=True)

    def __enter__(self) -> "RunningSimulators":
        self._thread.start()
        if not self._started.wait(STARTS_WITHIN):
            raise ZhidaError("模拟渠道没有启动")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop()
        self._thread.join(10)

    def _work(self) -> None:
        asyncio.run(_run(self.providers, self._http, self._smtp, self._ready))

    def _ready(self, server: uvicorn.Server, loop: asyncio.AbstractEventLoop) -> None:
        def stop() -> None:
            loop.call_soon_threadsafe(setattr, server, "should_exit", True)

        self._stop = stop
        self._started.set()


class _Server(uvicorn.Server):
    """uvicorn that says when it listens."""

    ready: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()


async def _run(
    providers: Providers,
    http: socket.socket,
    smtp: socket.socket,
    ready: Callable[[uvicorn.Server, asyncio.AbstractEventLoop], None],
) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells every command
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: make_server(providers.mail), sock=smtp, backlog=BACKLOG)
    config = uvicorn.Config(
        SimulatorApp(providers),
        http=OneWriteProtocol,
        log_level="critical",
        access_log=False,
        lifespan="off",
        backlog=BACKLOG,
        server_header=False,
    )
    server = _Server(config)
    server.ready = lambda: ready(server, loop)
    posting = asyncio.create_task(providers.callbacks.run())
    try:
        await server.serve([http])
    finally:
        posting.cancel()
        mail.close()


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named, for asyncio sets TCP_NODELAY only then; without it each answer waits 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ZhidaError(f"模拟渠道用不了端口 {host}:{port}：{error.strerror}") from None
    listener.listen(BACKLOG)
    return listener
