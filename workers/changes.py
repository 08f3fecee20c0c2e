"""What happens to a policy after people were told of it: they learn what is different and what it means for them.

A new version, an amendment, an extension, the repeal, the expiry; and our own corrections. Each is told once, to
everybody who was pushed the policy or was found fitting, save those for whom it is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from channels.notice import Notice, Purpose
from core.clock import local_date
from core.errors import ZhidaError
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting
from matcher.targeting import find_confirmed
from policies.library import current_version, get_policy
from policies.models import Policy, PolicyRelation, PolicyState, PolicyVersion, RelationKind
from policies.validity import refresh as refresh_validity
from workers.bundles import choose
from workers.bundling import Sending, plan_bundle
from workers.differences import difference_between
from workers.feedback import who_did
from workers.lines import line_of
from workers.matched import Matched, who_matched
from workers.models import Announcement, FeedbackKind, Push, PushKind, PushState
from workers.notices import chinese_date

LASTS = timedelta(days=7)


class Event(StrEnum):
    """What can happen to a policy."""

    VERSION = "version"
    AMENDED = "amended"
    PROLONGED = "prolonged"
    REPEALED = "repealed"
    EXPIRED = "expired"
    CORRECTED = "corrected"


_PURPOSES = {
    Event.PROLONGED: Purpose.EXTENDED,
    Event.REPEALED: Purpose.REPEALED,
    Event.EXPIRED: Purpose.REPEALED,
}
_BY_RELATION = {
    RelationKind.REPEALS: Event.REPEALED,
    RelationKind.AMENDS: Event.AMENDED,
    RelationKind.EXTENDS: Event.PROLONGED,
}


@dataclass(frozen=True, slots=True)
class Change:
    """Something to be told of a policy. `what` names it among the announcements, once and for all.

    `at`: when we came to know of it; who was matched later was matched with what it changed. None: it concerns all.
    """

    event: Event
    what: str
    sentence: str
    at: datetime | None = None


def announce(session: Session, vocabulary: Vocabulary, now: datetime) -> list[Push]:
    """Plan a push for everything that happened and wasn't told; answers the pushes."""
    refresh_validity(session, local_date(now))
    matched = who_matched(session, _touched(session))
    pushes = []
    known = select(Policy).where(Policy.id.in_(matched)).order_by(Policy.id)
    for policy in session.scalars(known.execution_options(populate_existing=True)):
        for change in _list_new(session, policy, _list_changes(session, policy, matched[policy.id], vocabulary)):
            push = _tell(session, policy, change, matched[policy.id], "auto", now)
            session.add(Announcement(policy_id=policy.id, what=change.what, push_id=push.id if push else None, at=now))
            pushes += [push] if push else []
    session.flush()
    return pushes


def correct(session: Session, push_id: int, sentence: str, who: str, now: datetime) -> Push | None:
    """Tell everybody whom a push reached that it was wrong, with `sentence` on what is right; once per push.

    Each reads whether they qualify by what is confirmed now. Raises ZhidaError for a push that isn't about one policy,
    for an empty sentence, and where it was corrected already.
    """
    wrong = session.get(Push, push_id)
    if wrong is None or wrong.targeting_id is None:
        raise ZhidaError("只能更正针对一项政策的推送")
    if not sentence.strip():
        raise ZhidaError("请写明哪里错了、正确的是什么")
    targeting = session.get_one(Targeting, wrong.targeting_id)
    policy = get_policy(session, session.get_one(PolicyVersion, targeting.version_id).policy_id)
    what = f"{Event.CORRECTED}:{push_id}"
    if session.get(Announcement, (policy.id, what)) is not None:
        raise ZhidaError("这次推送已经更正过")
    audience = BitMap.deserialize(wrong.audience) if wrong.audience else BitMap()
    reached = Matched({targeting.id: audience}, last_told=targeting.id)
    push = _tell(
        session, policy, Change(Event.CORRECTED, what, f"上次的推送有误：{sentence.strip()}"), reached, who, now
    )
    session.add(Announcement(policy_id=policy.id, what=what, push_id=push.id if push else None, at=now))
    session.flush()
    return push


def _touched(session: Session) -> list[int]:
    """The policies to which something may have happened; whether it was told is seen later."""
    acted_upon = exists().where(PolicyRelation.target_id == Policy.id, PolicyRelation.kind.in_(_BY_RELATION))
    rewritten = exists().where(PolicyVersion.policy_id == Policy.id, PolicyVersion.number > 1)
    ended = Policy.state.in_((PolicyState.REPEALED, PolicyState.EXPIRED))
    told_of_end = exists().where(
        Announcement.policy_id == Policy.id, Announcement.what.in_((Event.REPEALED.value, Event.EXPIRED.value))
    )
    return list(session.scalars(select(Policy.id).where(or_(acted_upon, rewritten, ended), ~told_of_end)))


def _list_changes(session: Session, policy: Policy, matched: Matched, vocabulary: Vocabulary) -> Iterator[Change]:
    sources = list(_sources(session, policy))
    if policy.state == PolicyState.REPEALED:
        by = [f"由{_named(source)}废止" for kind, source in sources if kind == RelationKind.REPEALS]
        yield Change(Event.REPEALED, Event.REPEALED, by[0] if by else "已废止，不再执行")
        return
    if policy.state == PolicyState.EXPIRED:
        yield Change(Event.EXPIRED, Event.EXPIRED, "有效期已满，不再执行")
        return
    yield from _new_version(session, policy, matched, vocabulary)
    for kind, source in sources:
        if kind == RelationKind.AMENDS and policy.state == PolicyState.AMENDED:
            yield Change(
                Event.AMENDED, f"{Event.AMENDED}:{source.id}", f"作了修改，见{_named(source)}", source.created_at
            )
        if kind == RelationKind.EXTENDS:
            yield Change(
                Event.PROLONGED, f"{Event.PROLONGED}:{source.id}", f"期限延长了，见{_named(source)}", source.created_at
            )


def _new_version(session: Session, policy: Policy, matched: Matched, vocabulary: Vocabulary) -> Iterator[Change]:
    """The newest version, once its targeting is confirmed, where people know only an older one."""
    version = current_version(session, policy.id)
    told = session.get_one(Targeting, matched.last_told)
    now = find_confirmed(session, version.id)
    if now is not None and told.version_id != version.id:
        yield Change(Event.VERSION, f"{Event.VERSION}:{version.number}", difference_between(told, now, vocabulary))


def _sources(session: Session, policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Which policies act upon this one, the older first."""
    source = aliased(Policy)
    rows = session.execute(
        select(PolicyRelation.kind, source)
        .join(source, source.id == PolicyRelation.source_id)
        .where(PolicyRelation.target_id == policy.id, PolicyRelation.kind.in_(_BY_RELATION))
        .order_by(source.published_date, source.id)
    )
    yield from ((kind, one) for kind, one in rows)


def _named(policy: Policy) -> str:
    day = chinese_date(policy.published_date)
    return f"{day}的《{policy.title}》" if day else f"《{policy.title}》"


def _list_new(session: Session, policy: Policy, changes: Iterator[Change]) -> list[Change]:
    found = list(changes)
    if not found:
        return []
    told = set(session.scalars(select(Announcement.what).where(Announcement.policy_id == policy.id)))
    return [change for change in found if change.what not in told]


def _tell(session: Session, policy: Policy, change: Change, matched: Matched, who: str, now: datetime) -> Push | None:
    """A push of its own for each change, tied to the newest version's targeting, so that nobody gets that twice."""
    version = current_version(session, policy.id)
    told = session.get_one(Targeting, matched.last_told)
    targeting = find_confirmed(session, version.id) or told
    knew = matched.known_by(change.at) if change.at else matched.everybody
    audience = knew - who_did(session, [policy.id], [FeedbackKind.NOT_FOR_ME]).get(policy.id, BitMap())
    if change.event is Event.VERSION:
        audience -= _got(session, version.id)
    if not audience:
        return None
    line = line_of(
        policy,
        version,
        targeting,
        change.event,
        purpose=_PURPOSES.get(change.event, Purpose.CHANGED),
        change=change.sentence,
        before_id=told.id if told.id != targeting.id else None,
        judged=False,
    )
    sending = Sending(f"change:{policy.id}:{change.what}", PushKind.CHANGE, who, now, now + LASTS)
    push = plan_bundle(session, sending, Notice(Purpose(line.purpose)), [line], choose([audience], 1), now)
    push.targeting_id = targeting.id
    return push


def _got(session: Session, version_id: int) -> BitMap:
    """Who got this version already by a push of its own."""
    audiences = session.scalars(
        select(Push.audience)
        .join(Targeting, Targeting.id == Push.targeting_id)
        .where(Targeting.version_id == version_id, Push.state != PushState.CANCELLED)
    )
    return BitMap.union(BitMap(), *(BitMap.deserialize(one) for one in audiences if one))
