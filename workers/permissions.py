"""By which kind of WeChat message a delivery may go out now."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from sqlalchemy import text

from channels.message import Content, WeChatContent
from channels.notice import Purpose
from channels.registry import grant_types
from channels.wechat.grants import Grant, GrantType, choose_kind
from core.database import Sessions
from core.settings import Settings
from workers.claims import Claim, Settlement
from workers.models import DeliveryState

NOT_ALLOWED = "没有可用的微信模板或订阅授权"

_ON_THEIR_WAY = text("""
    SELECT d.id, g.template_id, g.kind, g.accepted, g.remaining
    FROM deliveries d
    LEFT JOIN contacts c ON c.subscriber_id = d.subscriber_id AND c.channel = 'wechat'
    LEFT JOIN wechat_grants g ON g.blind_index = c.blind_index
    WHERE d.state = 'sending' AND d.push_id = :push_id AND d.month = :month AND d.channel = 'wechat'
""")


class Permissions:
    """By which kind of message the deliveries of one push may go to WeChat now.

    Read for all that are on their way when one comes that isn't known yet: one query for a batch.
    """

    def __init__(self, sessions: Sessions, settings: Settings, push_id: int, month: date) -> None:
        self._sessions = sessions
        self._push_id, self._month = push_id, month
        self._templates = {purpose: frozenset(grant_types(settings, purpose)) for purpose in Purpose}
        self._known: dict[int, list[Grant]] = {}

    def choose(self, claim: Claim, content: Content) -> Content | Settlement:
        """The content with its kind, or on to the next channel where WeChat lets us send none."""
        if not isinstance(content, WeChatContent):
            return content
        templates = self._templates[Purpose(content.purpose)]
        grants = [grant for grant in self._find(claim.id, templates) if grant.template_id in templates]
        # Whoever leaves loses the address at once, so whoever has one follows; the claim has looked at the consent.
        has_template = bool(content.template_id)  # an account may have subscription notices only
        chosen = choose_kind(grants, follows=True, consents=has_template)
        if chosen is None:
            return _go_on(claim)
        kind, template = chosen
        return replace(content, kind=kind, template_id=template or content.template_id)

    def _find(self, delivery_id: int, templates: Collection[str]) -> list[Grant]:
        if not templates:
            return []
        if delivery_id not in self._known:
            self._known = self._read()
        return self._known.pop(delivery_id, [])

    def _read(self) -> dict[int, list[Grant]]:
        known: dict[int, list[Grant]] = {}
        with self._sessions() as session:
            rows = session.execute(_ON_THEIR_WAY, {"push_id": self._push_id, "month": self._month})
            for number, template_id, kind, accepted, remaining in rows:
                grants = known.setdefault(number, [])
                if template_id is not None:
                    grants.append(Grant(template_id, GrantType(kind), accepted, remaining))
        return known


def _go_on(claim: Claim) -> Settlement:
    if claim.has_fallback:
        return Settlement(claim, DeliveryState.RETRY, NOT_ALLOWED, 0, advance=True, keep_attempt=False)
    return Settlement(claim, DeliveryState.SUPPRESSED, NOT_ALLOWED, claim.attempts)
