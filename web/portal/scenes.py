"""Binding WeChat: a QR code with a scene of ours; who scans it is told to us by WeChat, and the page learns of it.

What lies in Redis is the sealed openid, for ten minutes.
"""

import re
import secrets

from redis import Redis

from core.privacy import Keys, place

LIFE_SECONDS = 600
_WAITING = b"-"
_SCENE = re.compile(r"bind-[\w-]{22}", re.ASCII)


def open_scene(redis: Redis) -> str:
    """A new scene, at most 64 letters, that waits for somebody to scan it."""
    scene = f"bind-{secrets.token_urlsafe(16)}"
    redis.set(_key(scene), _WAITING, ex=LIFE_SECONDS)
    return scene


def answer_scene(redis: Redis, keys: Keys, scene: str, openid: str) -> bool:
    """Keep who scanned it: the first one, while it waits. False for scenes that aren't ours or are over."""
    if not _SCENE.fullmatch(scene) or redis.get(_key(scene)) != _WAITING:
        return False
    redis.set(_key(scene), keys.seal(openid, place("scenes", "openid", scene)), xx=True, keepttl=True)
    return True


def find_scanned(redis: Redis, keys: Keys, scene: str) -> str | None:
    """The openid of who scanned it; None while nobody did, or when it is over."""
    kept = redis.get(_key(scene))
    if not isinstance(kept, bytes) or kept == _WAITING:
        return None
    return keys.open(kept, place("scenes", "openid", scene))


def _key(scene: str) -> str:
    return f"scene:{scene}"
