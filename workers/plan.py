"""Planning pushes: match, keep to the caps by rank, freeze the audience, write the deliveries; one transaction.

Planning is done by one at a time (an advisory lock), so that two plans never give the same person's room away twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import ZhidaError
from core.vocabulary.load import Vocabulary
from matcher.decision import ACTS, Act
from matcher.matching import Matching, keep, match
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyVersion
from workers.allotment import Room, allot
from workers.models import Push, PushKind, PushState
from workers.notices import policy_notice
from workers.partitions import create_partitions, month_of
from workers.restraint import Restraint, start_of_day, start_of_week

CAPPED = "capped"
UNREACHABLE = "unreachable"
ALREADY = "already_pushed"
_PLAN_LOCK = 7_043_103

_REACHABLE = text("""
    SELECT s.id, s.daily_cap, s.weekly_cap,
           array_agg(c.channel ORDER BY array_position(
               coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']), c.channel)) AS channels
    FROM subscribers s JOIN contacts c ON c.subscriber_id = s.id
    WHERE s.id = ANY(:ids) AND s.erased_at IS NULL AND c.consented AND c.state = 'verified'
      AND c.channel = ANY(coalesce(nullif(s.channels, '{}'), ARRAY['wechat', 'sms', 'mail']))
      AND NOT EXISTS (SELECT FROM suppressions x WHERE x.channel = c.channel AND x.blind_index = c.blind_index
                      AND (x.until IS NULL OR x.until > :now))
    GROUP BY s.id
""")

_TAKEN = text("""
    SELECT subscriber_id, count(*) FILTER (WHERE coalesce(accepted_at, due_at) >= :today) AS today, count(*) AS week
    FROM deliveries
    WHERE subscriber_id = ANY(:ids) AND month >= :since
      AND state IN ('planned', 'retry', 'sending', 'unknown', 'accepted', 'delivered')
      AND coalesce(accepted_at, due_at) >= :week
    GROUP BY subscriber_id
""")

_DELIVERIES = text("""
    INSERT INTO deliveries
        (month, push_id, subscriber_id, channel, fallbacks, state, detail, due_at, attempts, reasons, updated_at)
    SELECT :month, :push_id, r.id, r.channels[1], r.channels[2:], 'planned', '', :now, 0, '[]', :now
    FROM (SELECT q.id, string_to_array(q.channels, ',') AS channels
          FROM unnest(CAST(:ids AS bigint[]), CAST(:channels AS text[])) AS q(id, channels)) r
    ON CONFLICT (month, push_id, subscriber_id) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Planned:
    """A push with what was decided: counts by reason, and how many go out on each channel first."""

    push: Push
    reasons: dict[str, int]
    channels: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Reach:
    channels: list[str]
    room: Room


def plan_pushes(
    session: Session,
    targetings: Sequence[Targeting],
    vocabulary: Vocabulary,
    restraint: Restraint,
    *,
    who: str,
    approve_above: int,
    now: datetime,
    urgent: bool = False,
) -> list[Planned]:
    """Plan the pushes of confirmed targetings together, so that each person gets the best of them.

    A push with an audience above `approve_above` waits for a second person; smaller ones run when the transaction
    commits. Raises ZhidaError for a targeting that isn't confirmed, isn't to be pushed, or was pushed already.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PLAN_LOCK})
    create_partitions(session, local_date(now), ahead=0)
    for targeting in targetings:
        _demand_pushable(session, targeting)
    matchings = [match(session, targeting, vocabulary, local_date(now)) for targeting in targetings]
    before = [_reached_before(session, targeting) for targeting in targetings]
    wanted = [BitMap(m.ranks) - b for m, b in zip(matchings, before, strict=True)]
    reach = _reach(session, BitMap.union(BitMap(), *wanted), restraint, now)
    ranks = [{i: m.ranks[i] for i in ids if i in reach} for m, ids in zip(matchings, wanted, strict=True)]
    allotted = allot(ranks, {i: r.room for i, r in reach.items()}, Room(0, 0))
    planned = []
    for number, targeting in enumerate(targetings):
        going = BitMap(allotted.now[number]) if number < len(allotted.now) else BitMap()
        held = BitMap(allotted.held[number]) if number < len(allotted.held) else BitMap()
        push = _create(session, targeting, going, who, approve_above, urgent, now)
        channels = _write(session, push, going, reach, now)
        groups = _groups(matchings[number], before[number], going, held)
        keep(session, targeting.id, groups, now)
        planned.append(Planned(push, {reason: len(ids) for reason, (_, ids) in groups.items() if ids}, channels))
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
    """Who already got this version by an earlier targeting of it: nobody gets a version twice."""
    audiences = session.scalars(
        select(Push.audience)
        .join(Targeting, Targeting.id == Push.targeting_id)
        .where(Targeting.version_id == targeting.version_id, Push.state != PushState.CANCELLED)
    )
    return BitMap.union(BitMap(), *(BitMap.deserialize(audience) for audience in audiences))


def _reach(session: Session, ids: BitMap, restraint: Restraint, now: datetime) -> dict[int, _Reach]:
    """By subscriber who can be reached: the channels in order, and the room left under the caps."""
    week = start_of_week(now)
    parameters = {
        "ids": list(ids),
        "now": now,
        "today": start_of_day(now),
        "week": week,
        "since": month_of(week.date()),
    }
    taken = {row.subscriber_id: row for row in session.execute(_TAKEN, parameters)}
    reach = {}
    for row in session.execute(_REACHABLE, parameters):
        used = taken.get(row.id)
        daily = restraint.daily_cap if row.daily_cap is None else row.daily_cap
        weekly = restraint.weekly_cap if row.weekly_cap is None else row.weekly_cap
        room = Room(daily - (used.today if used else 0), weekly - (used.week if used else 0))
        reach[row.id] = _Reach(list(row.channels), room)
    return reach


def _create(
    session: Session, targeting: Targeting, going: BitMap, who: str, approve_above: int, urgent: bool, now: datetime
) -> Push:
    version = session.get_one(PolicyVersion, targeting.version_id)
    policy = session.get_one(Policy, version.policy_id)
    waits = len(going) > approve_above
    push = Push(
        key=_key(targeting),
        kind=PushKind.POLICY,
        targeting_id=targeting.id,
        month=month_of(local_date(now)),
        urgent=urgent,
        state=PushState.PLANNED if waits else PushState.RUNNING,
        notice=policy_notice(policy, version, targeting).to_json(),
        audience=going.serialize(),
        audience_size=len(going),
        created_by=who,
        created_at=now,
        planned_at=now,
        started_at=None if waits else now,
    )
    session.add(push)
    session.flush()
    return push


def _write(
    session: Session, push: Push, going: Iterable[int], reach: Mapping[int, _Reach], now: datetime
) -> dict[str, int]:
    ids = list(going)
    chains = [reach[i].channels for i in ids]
    session.execute(
        _DELIVERIES,
        {
            "month": push.month,
            "push_id": push.id,
            "now": now,
            "ids": ids,
            "channels": [",".join(chain) for chain in chains],
        },
    )
    first: dict[str, int] = {}
    for chain in chains:
        first[chain[0]] = first.get(chain[0], 0) + 1
    return first


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
