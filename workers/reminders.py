"""The deadline ladder: opens, a fortnight and three days before the end, extended, ended early. Each step once.

Steps go to those who were matched and haven't said that they are done or that it isn't for them. What falls on one day
is one message. A step that falls on a holiday moves back to the last workday before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from channels.notice import Notice, Purpose
from core.clock import SHANGHAI, local_date
from core.vocabulary.workdays import Workdays
from matcher.models import Targeting
from policies.models import Policy, PolicyVersion
from workers.bundles import Line, choose
from workers.bundling import Sending, find_push, plan_bundle
from workers.digest.candidates import confirmed_in_force
from workers.feedback import SETTLED, who_did
from workers.lines import line_of
from workers.matched import Matched, who_matched
from workers.models import Announcement, Push, PushKind
from workers.notices import chinese_date

MOST = 12
LATE = timedelta(days=7)
"""A step that could not be taken for longer than this is passed over."""


class Step(StrEnum):
    """A rung of the ladder."""

    OPENS = "opens"
    FORTNIGHT = "t14"
    THREE_DAYS = "t3"
    EXTENDED = "extended"
    EARLY = "early"


BEFORE = {Step.FORTNIGHT: timedelta(days=14), Step.THREE_DAYS: timedelta(days=3)}


@dataclass(frozen=True, slots=True)
class Due:
    """A step to be taken; `key` names it in the announcements. One that is `passed_over` is only written down."""

    step: Step
    key: str
    change: str = ""
    passed_over: bool = False


def remind(session: Session, workdays: Workdays, now: datetime) -> Push | None:
    """Plan the reminders of today as one push; None where nothing is due, or today's are planned already."""
    today = local_date(now)
    key = f"reminder:{today}"
    if find_push(session, key) is not None:
        return None
    still_open = or_(Targeting.closes.is_(None), Targeting.closes >= today)
    windowed = or_(Targeting.closes.is_not(None), Targeting.opens.is_not(None))
    found = session.execute(confirmed_in_force().where(still_open, windowed)).all()
    matched = who_matched(session, [policy.id for _, _, policy in found])
    rows = [row for row in found if row[2].id in matched]
    done = who_did(session, {policy.id for _, _, policy in rows}, SETTLED)
    lines, members, kept = list[Line](), list[BitMap](), list[Announcement]()
    for targeting, version, policy in sorted(rows, key=lambda row: row[0].closes or date.max):
        told = session.get_one(Targeting, matched[policy.id].last_told)
        for due in _list_new(session, policy, list_due(targeting, told, matched[policy.id], workdays, today)):
            kept.append(Announcement(policy_id=policy.id, what=due.key, at=now))
            audience = matched[policy.id].everybody - done.get(policy.id, BitMap())
            if audience and not due.passed_over:
                lines.append(_line(policy, version, targeting, due))
                members.append(audience)
    push = None
    if lines:
        midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), SHANGHAI)
        sending = Sending(key, PushKind.REMINDER, "auto", now, midnight + timedelta(hours=12))
        push = plan_bundle(session, sending, Notice(Purpose.DEADLINE), lines, choose(members, MOST), now)
    for one in kept:
        one.push_id = push.id if push else None
        session.add(one)
    session.flush()
    return push


def list_due(targeting: Targeting, told: Targeting, matched: Matched, workdays: Workdays, today: date) -> Iterator[Due]:
    """The steps of one policy that should have been taken by `today`, whether or not they were. Pure.

    `told` is the targeting that people were told of last: where its end differs, the window was moved.
    """
    first = matched.first_told or today
    if targeting.opens and targeting.opens > first:
        opens = workdays.on_or_before(targeting.opens)
        if opens <= today and (targeting.closes is None or today <= targeting.closes):
            until = f"，{chinese_date(targeting.closes)}截止" if targeting.closes else ""
            word = "今天起可以申请" if targeting.opens == today else f"{chinese_date(targeting.opens)}起可以申请"
            yield Due(Step.OPENS, f"opens:{targeting.opens}", word + until, today - opens > LATE)
    if targeting.closes is None or targeting.closes < today:
        return
    if told.closes and targeting.closes != told.closes:
        yield _moved(told.closes, targeting.closes)
    taken = [step for step in BEFORE if first < _day_of(step, targeting.closes, workdays) <= today]
    for step in taken:
        late = today - _day_of(step, targeting.closes, workdays) > LATE
        yield Due(step, f"{step}:{targeting.closes}", passed_over=late or step is not taken[-1])


def _moved(before: date, now: date) -> Due:
    if now > before:
        return Due(Step.EXTENDED, f"extended:{now}", f"截止时间由{chinese_date(before)}延长到{chinese_date(now)}")
    return Due(Step.EARLY, f"early:{now}", f"截止时间由{chinese_date(before)}提前到{chinese_date(now)}")


def _day_of(step: Step, closes: date, workdays: Workdays) -> date:
    return workdays.on_or_before(closes - BEFORE[step])


def _list_new(session: Session, policy: Policy, due: Iterator[Due]) -> list[Due]:
    """Those that were not taken before."""
    steps = list(due)
    if not steps:
        return []
    taken = set(session.scalars(select(Announcement.what).where(Announcement.policy_id == policy.id)))
    return [one for one in steps if one.key not in taken]


_PURPOSES = {
    Step.OPENS: Purpose.CHANGED,
    Step.FORTNIGHT: Purpose.DEADLINE,
    Step.THREE_DAYS: Purpose.DEADLINE,
    Step.EXTENDED: Purpose.EXTENDED,
    Step.EARLY: Purpose.CHANGED,
}


def _line(policy: Policy, version: PolicyVersion, targeting: Targeting, due: Due) -> Line:
    return line_of(policy, version, targeting, due.step, purpose=_PURPOSES[due.step], change=due.change)
