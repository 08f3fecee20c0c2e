"""Fills in what a file left open, from the title and the text itself."""

from dataclasses import replace

from policies.agencies import agency_in_signature, agency_in_title, place_of
from policies.dates import find_effective_date, find_expiry, find_signed
from policies.doc_numbers import find_own, normalise
from policies.mentions import find_mentions
from policies.models import PolicyState
from policies.policy_text import Mention, PolicyText
from policies.titles import kind_of, state_of


def complete(given: PolicyText) -> PolicyText:
    """`given` with 文号, agency, place, dates, sort and relations; what the file itself states is never overruled."""
    kind = given.kind or kind_of(given.title)
    agency = given.agency or agency_in_title(given.title) or agency_in_signature(given.text)
    signed = find_signed(given.text)
    written = given.written_date or (signed[1] if signed else None)
    known = given.published_date or written
    effective = given.effective_date or find_effective_date(given.text, known)
    return replace(
        given,
        kind=kind,
        agency=agency,
        doc_number=normalise(given.doc_number) or find_own(given.text),
        region=given.region or place_of(agency) or place_of(given.title) or place_of(given.details.get("网站", "")),
        written_date=written,
        state=given.state if given.state != PolicyState.IN_FORCE else state_of(given.title),
        effective_date=effective,
        expires_date=given.expires_date or find_expiry(given.text, effective or known),
        mentions=_once((*given.mentions, *find_mentions(given.title, given.text, kind))),
    )


def _once(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    return tuple(dict.fromkeys(mentions))
