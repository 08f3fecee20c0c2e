"""Planning pushes: keep to the caps by rank, freeze the audience, write the deliveries; one transaction.

Matching comes before and may take its time. Planning itself is set-based SQL and done by one at a time (an advisory
lock), so that two plans never give the same person's room away twice. A plan that is killed leaves nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from celery import Celery
from psycopg import Connection
from pyroaring import BitMap
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from channels.message import Channel
from core.clock import local_date
from core.database import on_commit
from core.errors import ZhidaError
from core.locks import Lock, hold_lock
from matcher.decision import ACTS, Act
from matcher.matching import Matching, keep
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from workers.enqueue import tasks_for, wake_delivery
from workers.models import Push, PushKind, PushState
from workers.notices import policy_notice
from workers.partitions import create_partitions, month_of
from workers.restraint import Restraint, start_of_day, start_of_week

CAPPED = "capped"
UNREACHABLE = "unreachable"
ALREADY = "already_pushed"

_REACHED = text("""
    SELECT d.subscriber_id
    FROM targetings t JOIN pushes p ON p.targeting_id = t.id JOIN deliveries d ON d.push_id = p.id AND d.month = p.month
    WHERE t.version_id = :version_id AND p.state = 'cancelled'
      AND d.state IN ('sending', 'unknown', 'accepted', 'delivered')
""")
"""Whom a push had reached before it was called off."""

_WANTED = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS wanted (push_id bigint, subscriber_id bigint, rank real) ON COMMIT DROP",
    "TRUNCATE wanted",
)

# Who can be reached, by which channels in their own order, and who still has room under the caps: the better ranked
# push of a person first, then the earlier one.
_DELIVERIES = text("""
    WITH reachable AS (
        SELECT w.push_id, w.subscriber_id, w.rank,
               coalesce(s.daily_cap, :daily_cap) AS daily_cap, coalesce(s.weekly_cap, :weekly_cap) AS weekly_cap,
               array_agg(c.channel ORDER BY c.channel = ANY(CAST(:resting AS text[])), array_position(
                   coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']), c.channel)) AS channels
        FROM wanted w
        JOIN subscribers s ON s.id = w.subscriber_id AND s.erased_at IS NULL
        JOIN contacts c ON c.subscriber_id = s.id AND c.consented AND c.state = 'verified'
             AND c.channel = ANY(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']))
        LEFT JOIN suppressions x ON x.channel = c.channel AND x.blind_index = c.blind_index
             AND (x.until IS NULL OR x.until > :now)
        WHERE x.channel IS NULL
        GROUP BY w.push_id, w.subscriber_id, w.rank, s.daily_cap, s.weekly_cap
    ), taken AS (
        SELECT d.subscriber_id, count(*) FILTER (WHERE coalesce(d.accepted_at, d.due_at) >= :today) AS today,
               count(*) AS week
        FROM deliveries d
        WHERE d.month = ANY(:months) AND d.subscriber_id IN (SELECT subscriber_id FROM wanted)
          AND coalesce(d.accepted_at, d.due_at) >= :week
          AND d.state IN ('planned', 'retry', 'sending', 'unknown', 'accepted', 'delivered')
        GROUP BY d.subscriber_id
    ), placed AS (
        SELECT r.push_id, r.subscriber_id, r.channels,
               row_number() OVER (PARTITION BY r.subscriber_id ORDER BY r.rank DESC, r.push_id)
               <= least(r.daily_cap - coalesce(t.today, 0), r.weekly_cap - coalesce(t.week, 0)) AS fits
        FROM reachable r LEFT JOIN taken t USING (subscriber_id)
    ), written AS (
        INSERT INTO deliveries
            (month, push_id, subscriber_id, channel, fallbacks, state, detail, due_at, attempts, reasons, updated_at)
        SELECT :month, push_id, subscriber_id, channels[1], channels[2:], 'planned', '', :now, 0, '[]', :now
        FROM placed WHERE fits
    )
    SELECT push_id, fits, channels[1] AS channel, array_agg(subscriber_id) AS ids
    FROM placed GROUP BY push_id, fits, channels[1]
""")

_MEMORY = text("SELECT set_config('work_mem', '256MB', true)")
"""For planning alone, and there is one at a time: a million people are sorted in memory instead of on disk."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A push with what was decided: counts by reason, and how many go out on each channel first."""

    push: Push
    reasons: dict[str, int]
    channels: dict[str, int]


def plan_pushes(
    session: Session,
    matched: Sequence[tuple[Targeting, Matching]],
    restraint: Restraint,
    *,
    who: str,
    approve_above: int,
    now: datetime,
    urgent: bool = False,
    resting: Collection[Channel] = (),
) -> list[Planned]:
    """Plan the pushes of matched targetings together, so that each person gets the best of them.

    Channels that are `resting` come last in everybody's order.
    A push with an audience above `approve_above` waits for a second person; smaller ones run when the transaction
    commits. Raises ZhidaError for a targeting that isn't confirmed, isn't to be pushed, or was pushed already.
    """
    hold_lock(session, Lock.PLAN)
    create_partitions(session, local_date(now), ahead=0)
    for targeting, _ in matched:
        _demand_pushable(session, targeting)
    before = [_reached_before(session, targeting) for targeting, _ in matched]
    pushes = [_create(session, targeting, who, urgent, now) for targeting, _ in matched]
    placed = _write(session, pushes, [m for _, m in matched], before, restraint, resting, now)
    planned = []
    for push, (targeting, matching), earlier in zip(pushes, matched, before, strict=True):
        going, held, channels = placed.get(push.id, _Placed(BitMap(), BitMap(), {})).parts
        push.audience, push.audience_size = going.serialize(), len(going)
        if len(going) <= approve_above:
            push.state, push.started_at = PushState.RUNNING, now
        groups = _groups(matching, earlier, going, held)
        keep(session, targeting.id, groups, now)
        planned.append(Planned(push, {reason: len(ids) for reason, (_, ids) in groups.items() if ids}, channels))
    session.flush()
    return planned


def approve(session: Session, push_id: int, who: str, now: datetime) -> Push:
    """Let a planned push run. Raises ZhidaError for one's own push, and for one that isn't waiting for it."""
    push = session.get_one(Push, push_id, with_for_update=True)
    if push.state != PushState.PLANNED:
        raise ZhidaError("这个推送不在待审批状态")
    if push.created_by == who:
        raise ZhidaError("推送须由另一人审批，发起人不能审批自己的推送")
    push.state, push.approved_by, push.started_at = PushState.RUNNING, who, now
    return push


def wake_push(session: Session, celery: Celery, push: Push) -> None:
    """Have a running push sent as soon as the transaction is committed."""
    times = tasks_for(push.audience_size)
    for channel in list_channels(session, push):
        for _ in range(times):
            on_commit(session, partial(wake_delivery, celery, push.id, [channel], urgent=push.urgent))


def list_channels(session: Session, push: Push) -> list[str]:
    """The channels on which a push has something to send now."""
    rows = session.execute(
        text("SELECT DISTINCT channel FROM deliveries WHERE push_id = :push_id AND month = :month"),
        {"push_id": push.id, "month": push.month},
    )
    return sorted(row.channel for row in rows)


def _demand_pushable(session: Session, targeting: Targeting) -> None:
    if targeting.state != TargetingState.CONFIRMED:
        raise ZhidaError("定向还没有确认，不能推送")
    if not targeting.pushable:
        raise ZhidaError("这份文件被判定为不必推送（例如人事、内部事务），如需推送请先修改定向")
    if session.scalar(select(Push.id).where(Push.key == _key(targeting))) is not None:
        raise ZhidaError("这个定向已经推送过；修改定向后可以向新增的人推送")


def _key(targeting: Targeting) -> str:
    return f"policy:{targeting.id}"


def _reached_before(session: Session, targeting: Targeting) -> BitMap:
    """Who already got this version, or still will, by an earlier push of it: nobody gets a version twice."""
    audiences = session.scalars(
        select(Push.audience)
        .join(Targeting, Targeting.id == Push.targeting_id)
        .where(Targeting.version_id == targeting.version_id, Push.state != PushState.CANCELLED)
    )
    reached = BitMap(session.scalars(_REACHED, {"version_id": targeting.version_id}))
    return BitMap.union(reached, *(BitMap.deserialize(audience) for audience in audiences))


@dataclass(slots=True)
class _Placed:
    """Of one push: who gets it, whose cap it exceeds, and how many go by each channel first."""

    going: BitMap
    held: BitMap
    channels: dict[str, int]

    @property
    def parts(self) -> tuple[BitMap, BitMap, dict[str, int]]:
        return self.going, self.held, self.channels


def _create(session: Session, targeting: Targeting, who: str, urgent: bool, now: datetime) -> Push:
    version = session.get_one(PolicyVersion, targeting.version_id)
    policy = session.get_one(Policy, version.policy_id)
    push = Push(
        key=_key(targeting),
        kind=PushKind.POLICY,
        targeting_id=targeting.id,
        month=month_of(local_date(now)),
        urgent=urgent,
        state=PushState.PLANNED,
        notice=policy_notice(policy, version, targeting).to_json(),
        created_by=who,
        created_at=now,
        planned_at=now,
    )
    session.add(push)
    session.flush()
    return push


def _write(
    session: Session,
    pushes: Sequence[Push],
    matchings: Sequence[Matching],
    before: Sequence[BitMap],
    restraint: Restraint,
    resting: Collection[Channel],
    now: datetime,
) -> dict[int, _Placed]:
    """Write the deliveries of all pushes; by push id: who gets it and who would exceed a cap."""
    for statement in _WANTED:
        session.execute(text(statement))
    driver = cast("Connection[tuple[object, ...]]", session.connection().connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy("COPY wanted FROM STDIN") as copy:
        for push, matching, earlier in zip(pushes, matchings, before, strict=True):
            for subscriber_id, rank in matching.ranks.items():
                if subscriber_id not in earlier:
                    copy.write_row((push.id, subscriber_id, rank))
    session.execute(text("ANALYZE wanted"))
    session.execute(_MEMORY)
    week, month = start_of_week(now), month_of(local_date(now))
    rows = session.execute(
        _DELIVERIES,
        {
            "now": now,
            "month": month,
            "today": start_of_day(now),
            "week": week,
            "resting": list(resting),
            "months": sorted({month_of(local_date(week)), month}),
            "daily_cap": restraint.daily_cap,
            "weekly_cap": restraint.weekly_cap,
        },
    )
    placed: dict[int, _Placed] = {}
    for row in rows:
        one = placed.setdefault(row.push_id, _Placed(BitMap(), BitMap(), {}))
        if row.fits:
            one.going |= BitMap(row.ids)
            one.channels[row.channel] = len(row.ids)
        else:
            one.held |= BitMap(row.ids)
    return placed


def _groups(matching: Matching, before: BitMap, going: BitMap, held: BitMap) -> dict[str, tuple[Act, BitMap]]:
    """What is kept: the reasons of the matching, without those whom planning held back for reasons of its own."""
    pushed_before = matching.members(Act.PUSH) & before
    unreachable = matching.members(Act.PUSH) - before - going - held
    apart = pushed_before | unreachable | held
    groups = {code.value: (ACTS[code], ids - apart) for code, ids in matching.groups.items()}
    return {
        **groups,
        CAPPED: (Act.DIGEST, held),
        UNREACHABLE: (Act.NONE, unreachable),
        ALREADY: (Act.NONE, pushed_before),
    }
