"""Telling an address that it was bound to an account: whoever didn't do it themselves learns of it there."""

import logging
import secrets

from channels.compose import make_composer
from channels.imprint import imprint_of
from channels.message import Channel, Message
from channels.notice import Notice, Personal, Purpose
from channels.wechat.answer import answer_text
from web.parts import Parts
from workers.links import Refusal, unsubscribe_link
from workers.rewording import overrides_at

log = logging.getLogger(__name__)


def tell_bound(parts: Parts, subscriber_id: int, audience: str, channel: Channel, address: str) -> None:
    """By the channel itself; in WeChat as an answer to the scan. One that doesn't go out is only logged."""
    imprint, now = imprint_of(parts.settings), parts.clock()
    mine = f"{imprint.home}mine"
    if channel is Channel.WECHAT:
        words = (
            f"微信绑定好了，以后符合您条件的政策会发到这里。不是您本人操作的，请打开：{mine} 。不想再收，请回复“退订”。"
        )
        outcome = answer_text(parts.account, address, words)
    else:
        refusal = unsubscribe_link(parts.keys, imprint.home, Refusal(subscriber_id, channel, 0), now)
        link = mine if channel is Channel.MAIL else ""  # an SMS has it in its registered text
        with parts.sessions() as session:
            overrides = overrides_at(session, now)
        composer = make_composer(Notice(Purpose.BINDING), channel, imprint, overrides)
        content = composer.fill(Personal(audience, link=link, unsubscribe_link=refusal))
        outcome = parts.senders[channel].send(Message(secrets.token_hex(16), channel, address, content))
    if not outcome.accepted:
        log.warning("a new address was not told by %s: %s %s", channel, outcome.cls, outcome.code)
