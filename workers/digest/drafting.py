"""The draft of an edition: gathered from the period's policies, then arranged and worded by staff until its release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import ZhidaError
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from policies.validity import refresh as refresh_validity
from workers.digest.candidates import IN_FORCE, SHOWN, match_rest
from workers.digest.periods import Period, period_before, period_of
from workers.lines import is_newest
from workers.models import Edition, EditionItem, EditionKind, EditionState
from workers.notices import policy_notice

AUTOMATIC = "auto"
"""Who drafts on schedule, and releases where no person has to."""

_SENTENCE = 60


def find_edition(session: Session, period: Period, *, lock: bool = False) -> Edition | None:
    """The edition of a period, locked against others where asked."""
    query = select(Edition).where(Edition.kind == period.kind.value, Edition.starts == period.starts)
    return session.scalar(query.with_for_update() if lock else query)


def get_edition(session: Session, edition_id: int) -> Edition:
    edition = session.get(Edition, edition_id, with_for_update=True, populate_existing=True)
    if edition is None:
        raise ZhidaError(f"没有编号为 {edition_id} 的月报")
    return edition


def period_in(edition: Edition) -> Period:
    return period_of(EditionKind(edition.kind), edition.starts)


def list_items(session: Session, edition: Edition, *, dropped: bool = False) -> list[EditionItem]:
    """The items in their order; with the dropped ones where asked."""
    query = select(EditionItem).where(EditionItem.edition_id == edition.id).order_by(EditionItem.place)
    return list(session.scalars(query if dropped else query.where(EditionItem.dropped.is_(False))))


def draft(session: Session, period: Period, vocabulary: Vocabulary, who: str, now: datetime) -> Edition:
    """Make the draft of a period, or bring the one that is there up to date: new policies are put behind, those that
    don't hold any more are dropped, and what staff changed stays. Raises ZhidaError for a period that hasn't begun."""
    today = local_date(now)
    if period.starts > today:
        raise ZhidaError(f"{period.name}还没有开始，不能编月报")
    refresh_validity(session, today)
    match_rest(session, vocabulary, now)
    edition = find_edition(session, period, lock=True)
    if edition is None:
        edition = Edition(
            kind=period.kind.value,
            starts=period.starts,
            ends=period.ends,
            state=EditionState.DRAFT,
            edited_by=who,
            created_at=now,
            edited_at=now,
        )
        session.add(edition)
        session.flush()
    elif edition.state != EditionState.DRAFT:
        raise ZhidaError(f"{period.name}的月报已经发布，不能再改")
    _take_in(session, edition)
    drop_ended(session, edition)
    session.flush()
    return edition


def drop_ended(session: Session, edition: Edition) -> list[EditionItem]:
    """Drop the items whose policies don't hold any more; answers these."""
    states = dict(
        session.execute(
            select(Policy.id, Policy.state)
            .join(EditionItem, EditionItem.policy_id == Policy.id)
            .where(EditionItem.edition_id == edition.id)
        ).all()
    )
    ended = [item for item in list_items(session, edition) if states[item.policy_id] not in IN_FORCE]
    for item in ended:
        item.dropped, item.why_dropped = True, "已停止执行"
        if edition.chosen_id == item.policy_id:
            edition.chosen_id = None
    session.flush()
    return ended


def move(session: Session, edition_id: int, policy_id: int, place: int, who: str, now: datetime) -> None:
    """Put an item at `place` (1 is the first); the others close up."""
    edition = _editable(session, edition_id, who, now)
    items = list_items(session, edition, dropped=True)
    item = _item(items, policy_id)
    items.remove(item)
    items.insert(max(0, place - 1), item)
    for number, one in enumerate(items, 1):
        one.place = number


def reword(
    session: Session, edition_id: int, policy_id: int, title: str, sentence: str, who: str, now: datetime
) -> None:
    """Give an item other words."""
    edition = _editable(session, edition_id, who, now)
    if not title.strip():
        raise ZhidaError("标题不能为空")
    item = _item(list_items(session, edition, dropped=True), policy_id)
    item.title, item.sentence = title.strip(), sentence.strip()


def drop(session: Session, edition_id: int, policy_id: int, who: str, now: datetime, *, why: str = "") -> None:
    """Leave a policy out, in the public and in everybody's personal part."""
    edition = _editable(session, edition_id, who, now)
    item = _item(list_items(session, edition, dropped=True), policy_id)
    item.dropped, item.why_dropped = True, why
    if edition.chosen_id == policy_id:
        edition.chosen_id = None


def take_back(session: Session, edition_id: int, policy_id: int, who: str, now: datetime) -> None:
    """Undo `drop`."""
    edition = _editable(session, edition_id, who, now)
    item = _item(list_items(session, edition, dropped=True), policy_id)
    item.dropped, item.why_dropped = False, ""


def write_foreword(
    session: Session, edition_id: int, foreword: str, chosen_id: int | None, who: str, now: datetime
) -> None:
    """Set the foreword and the editor's choice (a policy of the edition, or None)."""
    edition = _editable(session, edition_id, who, now)
    if chosen_id is not None:
        _item(list_items(session, edition), chosen_id)
    edition.foreword, edition.chosen_id = foreword.strip(), chosen_id


def _editable(session: Session, edition_id: int, who: str, now: datetime) -> Edition:
    edition = get_edition(session, edition_id)
    if edition.state != EditionState.DRAFT:
        raise ZhidaError("这期月报已经发布，不能再改")
    edition.edited_by, edition.edited_at = who, now
    return edition


def _item(items: Sequence[EditionItem], policy_id: int) -> EditionItem:
    for item in items:
        if item.policy_id == policy_id:
            return item
    raise ZhidaError("这期月报里没有这项政策")


@dataclass(frozen=True, slots=True)
class _Known:
    """A policy of the period with what is understood of it."""

    policy: Policy
    version: PolicyVersion
    targeting: Targeting | None


def _take_in(session: Session, edition: Edition) -> None:
    """Add the period's policies that aren't items yet, behind the others."""
    there = list_items(session, edition, dropped=True)
    have = {item.policy_id for item in there}
    for place, known in enumerate(
        (one for one in _list_known(session, _whose(session, edition)) if one.policy.id not in have), len(there) + 1
    ):
        session.add(_make_item(edition, known, place))
    session.flush()


def _make_item(edition: Edition, known: _Known, place: int) -> EditionItem:
    policy, version, targeting = known.policy, known.version, known.targeting
    notice = policy_notice(policy, version, targeting) if targeting else None
    sides = targeting.sides if targeting else []
    return EditionItem(
        edition_id=edition.id,
        policy_id=policy.id,
        place=place,
        title=notice.title if notice else version.title,
        sentence=_sentence(notice.summary if notice else "", policy),
        side=sides[0] if len(sides) == 1 else "",
        topic=targeting.topics[0] if targeting and targeting.topics else "",
        closes=targeting.closes if targeting else None,
    )


def _sentence(summary: str, policy: Policy) -> str:
    """One plain sentence: the card's first, else who published it and when."""
    first = summary.split("。")[0].strip()
    if first:
        return (first if len(first) <= _SENTENCE else first[: _SENTENCE - 1] + "…").rstrip("。") + "。"
    day = policy.published_date
    return f"{policy.agency or '有关部门'}{f'{day.month}月{day.day}日' if day else ''}发布。"


def _whose(session: Session, edition: Edition) -> ColumnElement[bool]:
    """Published in its days; or in those of the edition before, and known here only since that was released."""
    own = Policy.published_date.between(edition.starts, edition.ends)
    before = find_edition(session, period_before(period_in(edition)))
    if before is None or before.released_at is None:
        return own
    told = select(EditionItem.policy_id).where(EditionItem.edition_id == before.id)
    days = Policy.published_date.between(before.starts, before.ends)
    return own | (days & (Policy.created_at > before.released_at) & Policy.id.not_in(told))


def _list_known(session: Session, whose: ColumnElement[bool]) -> list[_Known]:
    """What holds of these policies, in the order of publishing; not what nobody outside needs."""
    rows = session.execute(_published(whose)).all()
    best: dict[int, _Known] = {}
    for policy, version, targeting in rows:  # a confirmed targeting comes before drafts, a newer before an older one
        best.setdefault(policy.id, _Known(policy, version, targeting))
    return [one for one in best.values() if one.targeting is None or one.targeting.pushable]


def _published(whose: ColumnElement[bool]) -> Select[Policy, PolicyVersion, Targeting]:
    return (
        select(Policy, PolicyVersion, Targeting)
        .join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        .outerjoin(
            Targeting, (Targeting.version_id == PolicyVersion.id) & (Targeting.state != TargetingState.WITHDRAWN)
        )
        .where(
            is_newest(),
            whose,
            Policy.state.in_(IN_FORCE),
            Policy.kind.in_(SHOWN),
        )
        .order_by(
            Policy.published_date,
            Policy.id,
            (Targeting.state == TargetingState.CONFIRMED).desc(),
            Targeting.number.desc(),
        )
    )
