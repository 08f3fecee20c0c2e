"""Matching everybody, by the workers where they are there, else in SQL: the same answer, sooner or later."""

import logging
from datetime import date

from sqlalchemy.orm import Session

from core.clock import Clock, local_date
from core.database import Sessions
from core.vocabulary.load import Vocabulary
from matcher.audience.loading import Shard
from matcher.audience.preview import Preview
from matcher.decision import Offer
from matcher.facets import Facets
from matcher.matching import Matching, match_offer, offer_of
from matcher.models import Targeting
from workers.matching.answering import Answers
from workers.matching.asking import Matchers
from workers.matching.held import HeldAudience
from workers.matching.questions import merge_previews, write_offer

log = logging.getLogger(__name__)


def match_everybody(
    matchers: Matchers, session: Session, targeting: Targeting, vocabulary: Vocabulary, today: date
) -> Matching:
    """Decide for every candidate. The workers don't see what `session` hasn't committed of subscribers."""
    return match_everybody_offered(matchers, session, offer_of(targeting, vocabulary), vocabulary, today)


def match_everybody_offered(
    matchers: Matchers, session: Session, offer: Offer, vocabulary: Vocabulary, today: date
) -> Matching:
    """The same for what isn't stored as a targeting."""
    found = matchers.match(offer, today)
    log.info("matched by %s", "workers" if found is not None else "SQL, no match workers are there")
    return match_offer(session, offer, vocabulary, today) if found is None else found


def preview_everybody(
    matchers: Matchers, sessions: Sessions, offer: Offer, vocabulary: Vocabulary, clock: Clock
) -> Preview:
    """The figures of an offer; where no workers are there, everybody is read for this one question."""
    today = local_date(clock())
    found = matchers.preview(offer, today)
    if found is not None:
        return found
    held = HeldAudience(sessions, Facets(vocabulary), Shard())
    held.build(today)
    return merge_previews([Answers(held, sessions, clock).preview(write_offer(offer), today)])
