"""An edition as any person would read it, before it goes out, and a proof of it to staff. Writes nothing."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels.compose import ComposeError
from channels.message import Channel, Content, MailContent, Message
from channels.notice import Notice, Purpose
from channels.outcome import Outcome
from channels.sender import Sender
from channels.wechat.fields import FieldError
from core.errors import ZhidaError
from subscribers.models import Subscriber
from workers.bundle_messages import Backing, BundleMessages, Told, load_parts
from workers.digest.candidates import match_rest
from workers.digest.drafting import find_edition
from workers.digest.periods import Period
from workers.digest.releasing import choose_for, list_personal
from workers.permissions import Permissions
from workers.rewording import overrides_at

PREVIEW = "preview"
"""Where a message has the code of its delivery, a preview has this; no page answers to it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one person would read now: the lines that hold for them, and the message on each channel, or why it can't
    be made (Chinese). No messages where there is nothing to tell."""

    told: Sequence[Told]
    messages: Mapping[Channel, Content | str]

    @property
    def mail(self) -> MailContent | None:
        found = self.messages.get(Channel.MAIL)
        return found if isinstance(found, MailContent) else None


def preview_for(backing: Backing, session: Session, period: Period, subscriber_id: int) -> Preview:
    """The personal edition of a subscriber as it would be made now. The session must be rolled back afterwards: what
    was never matched is matched in it. Raises ZhidaError where there is no such subscriber."""
    person = session.get(Subscriber, subscriber_id)
    if person is None or person.erased_at is not None:
        raise ZhidaError(f"没有编号为 {subscriber_id} 的订阅者")
    now = backing.clock()
    match_rest(session, backing.vocabulary, now)
    candidates = list_personal(session, find_edition(session, period), period, backing.vocabulary, now)
    lines = [one.line for one in candidates]
    parts, overrides = load_parts(backing, session, lines), overrides_at(session, now)
    allowed = Permissions(backing.sessions, backing.settings, 0, period.starts)
    notice = Notice(Purpose.DIGEST, month=period.short_name)
    writers = {
        channel: BundleMessages(backing, channel, notice, lines, parts, 0, overrides, allowed) for channel in Channel
    }
    told = writers[Channel.MAIL].choose(person, choose_for(candidates, subscriber_id))
    base = backing.settings.public_url.rstrip("/")
    return Preview(told, {one: _write(by, person.kind, told, base) for one, by in writers.items() if told})


def _write(writer: BundleMessages, kind: str, told: Sequence[Told], base: str) -> Content | str:
    try:
        return writer.write(kind, told, f"{base}/s/{PREVIEW}", f"{base}/u/{PREVIEW}")
    except (ComposeError, FieldError) as error:
        return str(error)


def send_proof(sender: Sender, preview: Preview, address: str) -> Outcome:
    """Send a preview by mail to `address`, which is a member of staff's own; no delivery, no consent is involved.

    Raises ZhidaError where there is nothing to read.
    """
    if preview.mail is None:
        raise ZhidaError("这位订阅者这期没有内容，没有样张可寄")
    return sender.send(Message(f"proof{secrets.token_hex(12)}", Channel.MAIL, address, preview.mail))
