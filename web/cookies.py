"""What the server remembers of a browser: sealed in Redis under the digest of a random cookie, for a while.

Losing Redis means to sign in or to fill in again, nothing else.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from redis import Redis
from starlette.requests import Request
from starlette.responses import Response

from core.privacy import Keys, SealError, place


@dataclass
class Remembered:
    """One browser's data. Change `data` and hand it to `Memory.keep`."""

    token: str
    data: dict[str, Any]

    @property
    def digest(self) -> str:
        """Names it where the token itself must not stand."""
        return hashlib.sha256(self.token.encode()).hexdigest()


class Memory:
    """The data of one purpose. `seconds` is how long it is kept after it was last changed or used."""

    def __init__(self, redis: Redis, keys: Keys, name: str, seconds: int, secure: bool) -> None:
        self._redis = redis
        self._keys = keys
        self._name = name
        self._seconds = seconds
        self._secure = secure

    def find(self, request: Request) -> Remembered | None:
        """What is remembered of the browser that sends `request`."""
        token = request.cookies.get(self._cookie, "")
        found = Remembered(token, {})
        sealed = self._redis.get(self._key(found)) if token else None
        if not isinstance(sealed, bytes):
            return None
        try:
            found.data = json.loads(self._keys.open(sealed, self._place(found)))
        except SealError:
            return None  # the keys were changed
        return found

    def start(self, data: dict[str, Any]) -> Remembered:
        """Something new to remember, under a new token."""
        fresh = Remembered(secrets.token_urlsafe(32), data)
        self.keep(fresh)
        return fresh

    def keep(self, remembered: Remembered) -> None:
        """Store it as it is now, and for the whole time again."""
        sealed = self._keys.seal(json.dumps(remembered.data, ensure_ascii=False), self._place(remembered))
        self._redis.set(self._key(remembered), sealed, ex=self._seconds)

    def hand_out(self, response: Response, remembered: Remembered) -> None:
        """Give the browser its cookie."""
        response.set_cookie(
            self._cookie,
            remembered.token,
            max_age=self._seconds,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def end(self, response: Response, remembered: Remembered | None) -> None:
        """Forget, here and in the browser."""
        if remembered is not None:
            self._redis.delete(self._key(remembered))
        response.delete_cookie(self._cookie)

    @property
    def _cookie(self) -> str:
        return f"zhida_{self._name}"

    def _key(self, remembered: Remembered) -> str:
        return f"{self._name}:{remembered.digest}"

    def _place(self, remembered: Remembered) -> bytes:
        return place(self._name, "data", remembered.digest)
