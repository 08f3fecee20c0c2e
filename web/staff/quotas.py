"""What WeChat lets the account send today, asked of WeChat itself and kept for a few minutes."""

import json
import logging
from dataclasses import dataclass

from redis import RedisError

from channels.wechat.checkup import MASS_PATH, SEND_PATH, Quota, get_quota
from channels.wechat.client import WeChatError
from web.parts import Parts

PATHS = {SEND_PATH: "模板消息", MASS_PATH: "群发"}
KEPT_SECONDS = 300
_KEY = "wechat-quotas"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """Of one kind of message: how many of today's are used."""

    label: str
    quota: Quota


def list_quotas(parts: Parts) -> list[Left]:
    """The quotas of today; none where WeChat or Redis can't be asked."""
    try:
        kept = parts.redis.get(_KEY)
        if kept is None:
            kept = json.dumps(_ask(parts))
            parts.redis.set(_KEY, kept, ex=KEPT_SECONDS)
    except RedisError as error:
        log.warning("the quotas of WeChat aren't known: %s", type(error).__name__)
        return []
    return [Left(label, Quota(limit, used)) for label, limit, used in json.loads(kept)]


def _ask(parts: Parts) -> list[tuple[str, int, int]]:
    found = []
    for path, label in PATHS.items():
        try:
            quota = get_quota(parts.account, path)
        except WeChatError as error:
            log.warning("the quota of %s isn't known: %s", path, error.code)
            continue
        found.append((label, quota.limit, quota.used))
    return found
