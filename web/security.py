"""Headers that every answer carries, the size a request may have, and an access log without addresses."""

import logging
import time
import traceback
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import error_page

LARGEST_FORM = 1_000_000
LARGEST_UPLOAD = 60_000_000
_LARGE = ("/staff/policies/upload", "/hooks/aliyun/", "/hooks/tencent/")
"""Uploads of staff, and receipts, which providers collect while we are away; both are let in before they are read."""

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    # Links from messages carry tokens: no other site may learn them. (With `no-referrer` browsers would also hide from
    # us where our own forms come from.)
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "x-frame-options": "DENY",
}

log = logging.getLogger("web.access")


class Guard:
    """ASGI middleware around the whole app.

    The access log names the route's template (`/u/{token}`), never the path, since paths carry tokens.
    """

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        """`secure`: the service is reached by https, so browsers may be told to stay with it."""
        self._app = app
        self._headers = dict(HEADERS)
        if secure:
            self._headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            if _is_foreign(scope):
                await error_page(Request(scope), 403, "这个请求来自其他网站，没有执行")(scope, receive, answer)
            else:
                await self._app(scope, _limited(scope, receive), answer)
        except Exception as error:
            # Only its kind: the text of an error may quote what a person typed. It ends here, or the server logs it.
            log.error("%s on %s at %s", type(error).__name__, route_of(scope), _place_of(error))
            if not status:
                await error_page(Request(scope), 500)(scope, receive, answer)
        spent = (time.perf_counter() - started) * 1000
        log.info("%s %s %d %.0fms", scope["method"], route_of(scope), status, spent)


def _is_foreign(scope: Scope) -> bool:
    """Whether a browser says that another site sends this form (CSRF).

    Browsers send Sec-Fetch-Site, older ones Origin; mail programs and providers send neither. One-click refusals are
    meant to come from anywhere, their token is all that they need.
    """
    if scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"].startswith(("/hooks/", "/u/")):
        return False
    headers = Headers(scope=scope)
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _place_of(error: Exception) -> str:
    """File and line where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def route_of(scope: Scope) -> str:
    """The template of the route that serves a request; `-` where none does."""
    return getattr(scope.get("route"), "path", "-")


def _limited(scope: Scope, receive: Receive) -> Receive:
    """`receive`, ending with 413 once the body is larger than its address may take."""
    largest = LARGEST_UPLOAD if scope["path"].startswith(_LARGE) else LARGEST_FORM
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            raise HTTPException(413)
        return message

    return take
