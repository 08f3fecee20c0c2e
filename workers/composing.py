"""From a claim to a message: the push's templates compiled once, filled with this person's reasons and links."""

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from channels.compose import Composer, make_composer
from channels.imprint import Imprint, imprint_of
from channels.message import Channel, Message
from channels.notice import Notice, Personal, Purpose
from channels.sources import Overrides
from core.clock import local_date
from core.vocabulary.fields import Side
from matcher.applicant import read_applicant
from matcher.criteria import Demand
from matcher.facets import Facets
from matcher.models import Targeting
from matcher.rules import judge
from matcher.targeting import demand_of
from matcher.truth import Truth
from matcher.why import Why, explain_push
from subscribers.contacts import open_address
from subscribers.profiles import fields_on
from workers.bundle_messages import is_bundle, load_bundle
from workers.claims import Claim, Settlement
from workers.deliver import Errand
from workers.links import Refusal, open_link, unsubscribe_link
from workers.models import DeliveryState, Push, PushKind
from workers.permissions import Permissions
from workers.rewording import overrides_at
from workers.runtime import Runtime
from workers.sending import Compose, Composed

NO_LONGER = "情况有变，已不符合条件"
_AUDIENCE = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "居民"}


def load_composing(runtime: Runtime, session: Session, push_id: int, channel: Channel) -> tuple[Errand, Compose]:
    """The errand of a wake-up, and what makes its messages. Reads everything that the messages share, once."""
    push = session.get_one(Push, push_id)
    capped = push.kind != PushKind.DIGEST
    errand = Errand(push.id, push.month, channel, push.urgent, push.expires_at, capped)
    overrides = overrides_at(session, push.planned_at or push.created_at)
    permissions = Permissions(runtime.sessions, runtime.settings, push.id, push.month)
    if is_bundle(push):
        return errand, load_bundle(runtime, session, push, channel, overrides, permissions).compose
    targeting = session.get_one(Targeting, push.targeting_id)
    maker = PolicyMessages(
        runtime,
        channel,
        demand_of(targeting, runtime.vocabulary),
        list(targeting.topics),
        Notice.from_json(push.notice),
        overrides,
        permissions,
    )
    return errand, maker.compose


class PolicyMessages:
    """Messages about one policy on one channel."""

    def __init__(
        self,
        runtime: Runtime,
        channel: Channel,
        demand: Demand,
        topics: Sequence[str],
        notice: Notice,
        overrides: Overrides,
        permissions: Permissions,
    ) -> None:
        self._runtime = runtime
        self._channel = channel
        self._demand = demand
        self._topics = topics
        self._permissions = permissions
        self._facets = Facets(runtime.vocabulary)
        imprint: Imprint = imprint_of(runtime.settings)
        self._composers: dict[Purpose, Composer] = {
            purpose: make_composer(replace(notice, purpose=purpose), channel, imprint, overrides)
            for purpose in (notice.purpose, Purpose.MISSING)
        }
        self._purpose = notice.purpose

    def compose(self, claim: Claim) -> Composed | Settlement:
        """The message of a claim; the person is judged once more, since a profile may have changed since planning."""
        why = self._explain(claim)
        if why is None:
            return Settlement(claim, DeliveryState.SUPPRESSED, NO_LONGER, claim.attempts)
        now = self._runtime.clock()
        base, keys = self._runtime.settings.public_url, self._runtime.keys
        refusal = Refusal(claim.subscriber_id, self._channel, claim.id)
        personal = Personal(
            audience=_AUDIENCE[Side(claim.kind or "")],
            reasons=tuple(why.reasons),
            open_conditions=tuple(why.open_conditions),
            question=why.question,
            link=open_link(keys, base, claim.id, now),
            unsubscribe_link=unsubscribe_link(keys, base, refusal, now),
        )
        composer = self._composers[Purpose.MISSING if why.question else self._purpose]
        content = self._permissions.choose(claim, composer.fill(personal))
        if isinstance(content, Settlement):
            return content
        address = open_address(keys, claim.subscriber_id, claim.channel, claim.sealed or b"")
        message = Message(claim.attempt_id.hex, self._channel, address, content)
        return Composed(message, json.dumps(why.reasons, ensure_ascii=False))

    def _explain(self, claim: Claim) -> Why | None:
        day = local_date(self._runtime.clock())
        fields = fields_on(claim.profile or {}, day)
        applicant = read_applicant({**fields, "kind": claim.kind}, self._facets, sized=True)
        verdict = judge(self._demand, applicant)
        if verdict.verdict is Truth.NO:
            return None
        subscribed = [code for code in self._topics if code in (claim.topics or ())]
        return explain_push(self._demand, applicant, verdict, subscribed, self._runtime.vocabulary)
