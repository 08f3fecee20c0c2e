"""Whom the article goes to: the account's followers with our tag, brought in line with who has agreed to WeChat.

What WeChat knows is asked of WeChat, so whoever has withdrawn, left or been erased loses the tag, whatever happened
before; nothing is kept here of who has it.
"""

from collections.abc import Callable, Sequence
from itertools import islice

from sqlalchemy import text

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.wechat.client import ServiceAccount, WeChatError
from channels.wechat.mass import get_tag, list_tagged, tag_followers, untag_followers
from subscribers.contacts import open_address
from workers.runtime import Runtime

TAG = "一月政策"
_BATCH = 50
_GONE = frozenset({OutcomeClass.RECIPIENT_PERM, OutcomeClass.OPT_OUT})

_AGREED = text("""
    SELECT c.subscriber_id, c.sealed
    FROM contacts c
    JOIN subscribers s ON s.id = c.subscriber_id AND s.erased_at IS NULL
    LEFT JOIN suppressions x ON x.channel = c.channel AND x.blind_index = c.blind_index
         AND (x.until IS NULL OR x.until > :now)
    WHERE c.channel = 'wechat' AND c.consented AND c.state = 'verified' AND x.channel IS NULL
""")


def bring_tag_in_line(runtime: Runtime, account: ServiceAccount) -> tuple[int, int, int]:
    """Give the tag to all who agreed, take it from all others; the tag's id, how many have it now, how many don't
    follow any more. Raises WeChatError."""
    tag = get_tag(account, TAG)
    has, agreed = set(list_tagged(account, tag)), _list_agreed(runtime)
    _in_batches(runtime, sorted(has - agreed), lambda some: untag_followers(account, tag, some))
    gone = _in_batches(runtime, sorted(agreed - has), lambda some: tag_followers(account, tag, some))
    return tag, len(agreed) - gone, gone


def _list_agreed(runtime: Runtime) -> set[str]:
    with runtime.sessions() as session:
        rows = session.execute(_AGREED, {"now": runtime.clock()})
        return {open_address(runtime.keys, row.subscriber_id, Channel.WECHAT, row.sealed) for row in rows}


def _in_batches(runtime: Runtime, openids: Sequence[str], act: Callable[[Sequence[str]], None]) -> int:
    """Act on all, fifty a call, several calls at once; how many WeChat doesn't know any more."""
    rest = iter(openids)
    batches = list(iter(lambda: list(islice(rest, _BATCH)), []))
    return sum(runtime.pool.map(lambda some: _apart(some, act), batches))


def _apart(openids: Sequence[str], act: Callable[[Sequence[str]], None]) -> int:
    """Act on a batch; where one in it is refused, on its halves, so that one doesn't hold up forty-nine others."""
    try:
        act(openids)
    except WeChatError as error:
        if error.cls not in _GONE:
            raise
        if len(openids) == 1:
            return 1
        half = len(openids) // 2
        return _apart(openids[:half], act) + _apart(openids[half:], act)
    return 0
