"""What a push would cost: by which channel each would be written to first, and what its SMS looks like."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.imprint import imprint_of
from channels.message import Channel
from channels.notice import Personal
from channels.preview import SmsPreview, preview_sms
from core.settings import Settings
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting
from policies.models import Policy, PolicyVersion
from workers.links import SHORT
from workers.notices import policy_notice
from workers.rewording import overrides_at

_AUDIENCE = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "居民"}

# As planning chooses: what is consented, verified and not on the suppression list, in the subscriber's own order.
_FIRST = text("""
    SELECT channel, count(*) AS people FROM (
        SELECT DISTINCT ON (s.id) s.id, c.channel
        FROM subscribers s
        JOIN contacts c ON c.subscriber_id = s.id AND c.consented AND c.state = 'verified'
             AND c.channel = ANY(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']))
        WHERE s.id = ANY(:ids) AND s.erased_at IS NULL AND NOT EXISTS (
            SELECT FROM suppressions x WHERE x.channel = c.channel AND x.blind_index = c.blind_index
            AND (x.until IS NULL OR x.until > :now))
        ORDER BY s.id, array_position(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']), c.channel)
    ) first GROUP BY channel
""")


@dataclass(frozen=True, slots=True)
class Estimate:
    """People by first channel, and the SMS of one of them; who falls back to SMS later is not in it."""

    channels: dict[str, int]
    sms: SmsPreview

    def as_json(self) -> dict[str, Any]:
        """Text, length, parts, and yuan: for messages like this one, and at the most."""
        messages = self.channels.get(Channel.SMS, 0)
        return {
            "text": self.sms.text,
            "length": self.sms.length,
            "parts": self.sms.parts,
            "messages": messages,
            "cost_yuan": float(self.sms.cost(messages)),
            "most_yuan": float(self.sms.most(messages)),
        }


def estimate(
    session: Session,
    settings: Settings,
    targeting: Targeting,
    ids: Iterable[int],
    vocabulary: Vocabulary,
    now: datetime,
) -> Estimate:
    """What a push of `targeting` to these subscribers would cost. Raises channels.compose.ComposeError."""
    version = session.get_one(PolicyVersion, targeting.version_id)
    notice = policy_notice(session.get_one(Policy, version.policy_id), version, targeting)
    imprint = imprint_of(settings)
    personal = Personal(
        audience=_AUDIENCE[Side(targeting.sides[0])] if targeting.sides else "居民",
        reasons=tuple(f"您订阅了“{vocabulary.topics[code].name}”" for code in targeting.topics[:1]),
        link=imprint.link_prefix + "0" * SHORT,
    )
    sms = preview_sms(notice, personal, imprint, settings.sms_price, overrides_at(session, now))
    rows = session.execute(_FIRST, {"ids": list(ids), "now": now})
    return Estimate({row.channel: row.people for row in rows}, sms)
