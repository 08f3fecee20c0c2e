"""The web application, put together from the parts a process was started with."""

from fastapi import FastAPI
from redis import Redis
from starlette.middleware import Middleware

from core.clock import Clock
from core.database import Sessions
from core.privacy import load_keys
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from matcher.facets import Facets
from web import assets, design, health
from web.dependencies import Parts
from web.errors import install_error_pages
from web.hooks import sms, wechat
from web.portal import check, feedback, home, link, policy, unsubscribe, view
from web.security import Guard


def create_app(settings: Settings, sessions: Sessions, redis: Redis, clock: Clock) -> FastAPI:
    """The pages, hooks and interfaces over `sessions` and `redis`, which the caller makes per process and closes.

    Serve it without the server's own access log (`access_log=False`): paths carry tokens, ours names routes only.
    """
    app = FastAPI(
        title="政策直达",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Guard, secure=settings.public_url.startswith("https:"))],
    )
    vocabulary = load_vocabulary(settings.vocabulary_dir)
    app.state.parts = Parts(settings, sessions, redis, clock, vocabulary, load_keys(settings), Facets(vocabulary))
    install_error_pages(app)
    for page in (health, assets, design, view, home, policy, check, feedback, link, unsubscribe, wechat, sms):
        app.include_router(page.router)
    return app
