"""From a confirmed draft to a subscriber, with the consents that were given."""

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import InputError
from core.privacy import Keys, place
from core.vocabulary.fields import Side, place_field
from matcher.facets import Facets
from matcher.truth import Truth
from subscribers.consent import record_consent
from subscribers.contacts import set_contact
from subscribers.erasing import ERASED
from subscribers.models import Purpose, Subscriber, Suppression
from subscribers.profiles import Source, fields_on, legal_form_of, place_of
from web.portal.consent_text import VERSION
from web.portal.draft import Draft
from web.portal.questions import applicant_of

TAKEN = "这家单位已经订阅过。请到“我的”用登记的手机号或邮箱登录"


def profile_of(draft: Draft) -> dict[str, object]:
    """The facts that the draft says, with its place and what the credit code tells."""
    facts = {**draft.facts, place_field(draft.side).name: draft.region} if draft.region else dict(draft.facts)
    if draft.side is Side.ENTERPRISE and (form := legal_form_of(draft.code)):
        facts.setdefault("legal_form", form)
    return facts


def list_certain_types(kind: str, profile: dict[str, object], facets: Facets, day: date) -> list[str]:
    """The types that a profile certainly has."""
    applicant = applicant_of(Side(kind), fields_on(profile, day), facets)
    return [code for code, truth in applicant.types.items() if truth is Truth.YES]


def is_taken(session: Session, keys: Keys, code: str) -> bool:
    """Whether a firm with this credit code subscribes already."""
    index = keys.blind_index("credit_code", code)
    return session.scalar(select(Subscriber.id).where(Subscriber.credit_code_index == index)) is not None


def sign_up(
    session: Session, keys: Keys, facets: Facets, draft: Draft, *, recommend: bool, now: datetime, today: date
) -> Subscriber:
    """The new subscriber. InputError where the firm came first by another way."""
    if draft.code and is_taken(session, keys, draft.code):
        raise InputError(TAKEN)
    profile = profile_of(draft)
    subscriber = Subscriber(
        kind=draft.kind,
        name=draft.name,
        region=place_of(draft.kind, profile),
        profile=profile,
        provenance={name: [Source.SELF.value, today.isoformat()] for name in profile},
        types=list_certain_types(draft.kind, profile, facets, today),
        topics=list(draft.topics),
        channels=list(draft.verified),
        created_at=now,
    )
    session.add(subscriber)
    session.flush()
    if draft.code:
        subscriber.credit_code = keys.seal(draft.code, place("subscribers", "credit_code", subscriber.id))
        subscriber.credit_code_index = keys.blind_index("credit_code", draft.code)
    for channel in draft.verified:
        contact = set_contact(session, keys, subscriber.id, channel, draft.addresses[channel], verified_at=now)
        lift_erasure(session, channel, contact.blind_index)
        record_consent(session, subscriber.id, channel, text_version=VERSION, how="portal", now=now)
    if recommend:
        record_consent(session, subscriber.id, purpose=Purpose.RECOMMEND, text_version=VERSION, how="portal", now=now)
    return subscriber


def lift_erasure(session: Session, channel: str, blind_index: bytes) -> None:
    """Who erased their data and proves the address anew may be written to again; other reasons stay."""
    session.execute(
        delete(Suppression).where(
            Suppression.channel == channel, Suppression.blind_index == blind_index, Suppression.reason == ERASED
        )
    )
