"""The web application, put together from the parts a process was started with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis import Redis
from starlette.middleware import Middleware

from channels.message import Channel
from channels.sender import Sender
from core.clock import Clock
from core.database import Sessions
from core.settings import Settings
from web import assets, design, health
from web.api import preview
from web.errors import install_error_pages
from web.hooks import sms, wechat
from web.parts import make_parts
from web.portal import (
    check,
    digest,
    feedback,
    home,
    information,
    link,
    mine,
    mine_address,
    mine_rights,
    mine_settings,
    policy,
    residents,
    subscribe,
    subscribe_channels,
    subscribe_confirm,
    unsubscribe,
    view,
    wechat_sign_in,
)
from web.security import Guard
from web.staff.console import install_console, leave_to_rescue
from web.staff.desk import Wake
from workers.matching.asking import Matchers

PAGES = (
    health,
    assets,
    design,
    view,
    home,
    digest,
    policy,
    check,
    feedback,
    link,
    unsubscribe,
    subscribe,
    subscribe_channels,
    subscribe_confirm,
    residents,
    wechat_sign_in,
    mine,
    mine_settings,
    mine_address,
    mine_rights,
    information,
    wechat,
    sms,
    preview,
)


def create_app(
    settings: Settings,
    sessions: Sessions,
    redis: Redis,
    clock: Clock,
    senders: Mapping[Channel, Sender] | None = None,
    wake: Wake = leave_to_rescue,
    matchers: Matchers | None = None,
) -> FastAPI:
    """The pages, hooks and interfaces over `sessions` and `redis`, which the caller makes per process and closes.

    `senders` deliver verification codes; without them the app makes its own from the settings. `wake` tells workers of
    a push that begins to run, `matchers` answer whom a targeting reaches. Serve it without the server's own access log
    (`access_log=False`): paths carry tokens, ours names routes only.
    """
    parts = make_parts(settings, sessions, redis, clock, senders)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        parts.account.close()
        for sender in parts.senders.values() if senders is None else ():
            sender.close()

    app = FastAPI(
        title="政策直达",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        middleware=[Middleware(Guard, secure=settings.public_url.startswith("https:"))],
    )
    app.state.parts = parts
    install_error_pages(app)
    for page in PAGES:
        app.include_router(page.router)
    install_console(app, parts, wake, matchers)
    return app
