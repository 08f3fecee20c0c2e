"""Fetching what providers don't post to us: mails that came back, receipts and replies that Tencent keeps."""

from collections.abc import Iterator
from pathlib import Path

from channels.mail.returned import take_from_imap, take_from_maildir
from channels.message import Channel
from channels.receipt import Receipt
from channels.registry import mail_secret
from channels.sender import Pulls
from core.database import unit_of_work
from core.settings import Settings
from workers.incoming import store_receipts
from workers.replies import hear_replies
from workers.runtime import Runtime

_MOST_PULLS = 100


def fetch(runtime: Runtime) -> str:
    """Fetch all there is; answers how much in a Chinese phrase. Raises ZhidaError for a mailbox that can't be read."""
    return f"退信{read_returned(runtime)}封，短信回执与回复{pull_sms(runtime)}条"


def read_returned(runtime: Runtime) -> int:
    """Take up the receipts in the bounce mailbox, each in a transaction: a mail is put aside after that."""
    taken = 0
    for receipt in _returned(runtime.settings):
        with unit_of_work(runtime.sessions) as session:
            store_receipts(session, runtime.keys, Channel.MAIL, [receipt], runtime.clock())
        taken += 1
    return taken


def pull_sms(runtime: Runtime) -> int:
    """Fetch receipts and replies until there are none, where the settings say so."""
    sender, taken = runtime.senders[Channel.SMS], 0
    if not runtime.settings.tencent_pull or not isinstance(sender, Pulls):
        return 0
    for _ in range(_MOST_PULLS):
        receipts, replies = sender.pull()
        if not receipts and not replies:
            break
        with unit_of_work(runtime.sessions) as session:
            store_receipts(session, runtime.keys, Channel.SMS, receipts, runtime.clock())
            hear_replies(session, runtime.keys, replies, runtime.clock())
        taken += len(receipts) + len(replies)
    return taken


def _returned(settings: Settings) -> Iterator[Receipt]:
    where = settings.mail_returns.get_secret_value() if settings.mail_returns else ""
    if where.startswith(("imap://", "imaps://")):
        yield from take_from_imap(where, mail_secret(settings))
    elif where:
        yield from take_from_maildir(Path(where), mail_secret(settings))
