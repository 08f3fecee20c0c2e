"""Releasing an edition: a second person lets it go, it is frozen, and everybody's own part is planned; once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.notice import Notice, Purpose
from core.clock import SHANGHAI, local_date
from core.errors import ZhidaError
from core.settings import Settings
from core.vocabulary.load import Vocabulary
from policies.validity import refresh as refresh_validity
from workers.bundles import Chosen, Line, choose
from workers.bundling import Sending, plan_bundle
from workers.digest.candidates import Candidate, list_candidates, match_rest, reworded
from workers.digest.drafting import AUTOMATIC, drop_ended, list_items, period_in
from workers.digest.figures import count_figures
from workers.digest.periods import Period
from workers.models import Edition, EditionItem, EditionState, Push, PushKind

MOST = 12
"""Lines in one person's edition."""
LASTS = timedelta(days=7)
"""How long after its time an edition is still sent."""


@dataclass(frozen=True, slots=True)
class Released:
    """A frozen edition; the push of its personal part (None where there is nothing for anybody), and what was dropped
    at the last moment because it doesn't hold any more."""

    edition: Edition
    push: Push | None
    ended: list[EditionItem]


def list_personal(
    session: Session, edition: Edition | None, period: Period, vocabulary: Vocabulary, now: datetime
) -> list[Candidate]:
    """The candidates for the personal part as they are now, in the editor's words."""
    candidates = list_candidates(session, vocabulary, covered_since(session, period), now, local_date(now))
    if edition is None:
        return candidates
    items = list_items(session, edition, dropped=True)
    words = {item.policy_id: (item.title, item.sentence) for item in items}
    return reworded(candidates, words, {item.policy_id for item in items if item.dropped})


def choose_lines(candidates: Sequence[Candidate]) -> tuple[list[Line], Chosen]:
    """The lines, and who gets which: for everybody the best twelve."""
    return [one.line for one in candidates], choose([one.members for one in candidates], MOST)


def choose_for(candidates: Sequence[Candidate], subscriber_id: int) -> list[int]:
    """The numbers of the lines that one person gets."""
    return [number for number, one in enumerate(candidates) if subscriber_id in one.members][:MOST]


def release(
    session: Session,
    edition: Edition,
    vocabulary: Vocabulary,
    settings: Settings,
    who: str,
    now: datetime,
    *,
    at_once: bool = False,
) -> Released:
    """Freeze an edition (which must be locked) and plan its personal part, to go out at its hour or `at_once`.

    Raises ZhidaError where it was released already, by whom it was edited last, and where there is nothing in it.
    """
    period = period_in(edition)
    _demand_releasable(edition, period, who, settings)
    refresh_validity(session, local_date(now))
    match_rest(session, vocabulary, now)
    ended = drop_ended(session, edition)
    personal = "personal" in settings.digests.get(period.kind.value, [])
    candidates = list_personal(session, edition, period, vocabulary, now) if personal else []
    if not candidates and not list_items(session, edition):
        raise ZhidaError(f"{period.name}没有可以编入的政策，不发布月报")
    edition.figures = count_figures(session, edition)
    edition.state, edition.released_by, edition.released_at = EditionState.RELEASED, who, now
    edition.covers_until = now
    push = _plan(session, period, candidates, who, _hour(period, settings, now, at_once), now) if candidates else None
    edition.push_id = push.id if push else None
    session.flush()
    return Released(edition, push, ended)


def digest_key(period: Period) -> str:
    return f"digest:{period.label}"


def covered_since(session: Session, period: Period) -> datetime:
    """Where the edition before ended, so that no decision falls between two; else the period's begin."""
    before = session.scalar(
        select(Edition.covers_until)
        .where(Edition.kind == period.kind.value, Edition.starts < period.starts, Edition.covers_until.is_not(None))
        .order_by(Edition.starts.desc())
        .limit(1)
    )
    begin = datetime.combine(period.starts, time(), SHANGHAI)
    return before if before is not None and begin - before < LASTS * 2 else begin


def _demand_releasable(edition: Edition, period: Period, who: str, settings: Settings) -> None:
    if edition.state != EditionState.DRAFT:
        raise ZhidaError(f"{period.name}的月报已经发布过，不会再发一次")
    if who == edition.edited_by and who != AUTOMATIC:
        raise ZhidaError("月报须由另一人发布，最后编辑的人不能发布自己的稿子")
    if who == AUTOMATIC and not settings.auto_publish:
        raise ZhidaError(f"{period.name}的月报还没有人审核发布")


def _hour(period: Period, settings: Settings, now: datetime, at_once: bool) -> datetime:
    return now if at_once else max(now, period.sent_at(time.fromisoformat(settings.digest_time)))


def _plan(
    session: Session, period: Period, candidates: Sequence[Candidate], who: str, due_at: datetime, now: datetime
) -> Push | None:
    lines, chosen = choose_lines(candidates)
    notice = Notice(Purpose.DIGEST, month=period.short_name)
    sending = Sending(digest_key(period), PushKind.DIGEST, who, due_at, due_at + LASTS, by_sms=False)
    return plan_bundle(session, sending, notice, lines, chosen, now)
