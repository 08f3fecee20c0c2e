"""An edition as any person would read it, before it goes out, and a proof of it to staff. Writes nothing."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels.message import Channel, MailContent, Message
from channels.notice import Notice, Purpose
from channels.outcome import Outcome
from core.errors import ZhidaError
from subscribers.models import Subscriber
from workers.bundle_messages import BundleMessages, Told, load_parts
from workers.digest.candidates import match_rest
from workers.digest.drafting import find_edition
from workers.digest.periods import Period
from workers.digest.releasing import choose_for, list_personal
from workers.permissions import Permissions
from workers.rewording import overrides_at
from workers.runtime import Runtime

PREVIEW = "preview"
"""Where a message has the code of its delivery, a preview has this; no page answers to it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one person would read now: the lines that hold for them, and the mail (None where there is nothing)."""

    told: Sequence[Told]
    mail: MailContent | None


def preview_for(runtime: Runtime, session: Session, period: Period, subscriber_id: int) -> Preview:
    """The personal edition of a subscriber as it would be made now. The session must be rolled back afterwards: what
    was never matched is matched in it. Raises ZhidaError where there is no such subscriber."""
    person = session.get(Subscriber, subscriber_id)
    if person is None or person.erased_at is not None:
        raise ZhidaError(f"没有编号为 {subscriber_id} 的订阅者")
    match_rest(session, runtime.vocabulary, runtime.clock())
    candidates = list_personal(session, find_edition(session, period), period, runtime.vocabulary, runtime.clock())
    lines = [one.line for one in candidates]
    messages = BundleMessages(
        runtime,
        Channel.MAIL,
        Notice(Purpose.DIGEST, month=period.short_name),
        lines,
        load_parts(runtime, session, lines),
        0,
        overrides_at(session, runtime.clock()),
        Permissions(runtime.sessions, runtime.settings, 0, period.starts),
    )
    told = messages.choose(person, choose_for(candidates, subscriber_id))
    if not told:
        return Preview(told, None)
    base = runtime.settings.public_url.rstrip("/")
    content = messages.write(person.kind, told, f"{base}/s/{PREVIEW}", f"{base}/u/{PREVIEW}")
    assert isinstance(content, MailContent)  # noqa: S101 - a fact of the channel, for the type checker
    return Preview(told, content)


def send_proof(runtime: Runtime, preview: Preview, address: str) -> Outcome:
    """Send a preview by mail to `address`, which is a member of staff's own; no delivery, no consent is involved.

    Raises ZhidaError where there is nothing to read.
    """
    if preview.mail is None:
        raise ZhidaError("这个订阅者这期没有内容，没有样张可寄")
    message = Message(f"proof{secrets.token_hex(12)}", Channel.MAIL, address, preview.mail)
    return runtime.senders[Channel.MAIL].send(message)
