"""What people answer to our SMS: a refusal counts for everybody with that number, the rest waits for staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from channels.message import Channel
from channels.receipt import Reply
from channels.refusal import is_refusal
from core.privacy import Keys
from subscribers.contacts import normalise_address
from workers.followers import is_new
from workers.incoming import find_indexes, refuse
from workers.inquiries import store_inquiry


def hear_replies(session: Session, keys: Keys, replies: Sequence[Reply], now: datetime) -> None:
    """Act upon replies; one that came before changes nothing. Odd numbers are nobody's."""
    refusing = {reply.address for reply in replies if is_refusal(reply.text)}
    refuse(session, keys, Channel.SMS, refusing, "sms_reply", now)
    for reply in replies:
        known = find_indexes(keys, Channel.SMS, [reply.address])
        once = f"sms:{reply.provider}:{reply.address}:{reply.at}:{reply.text}"
        if known and not is_refusal(reply.text) and is_new(session, keys, once, now):
            store_inquiry(session, keys, Channel.SMS, normalise_address(Channel.SMS, reply.address), reply.text, now)
