"""The beginning, a change of oneself, and long silence: what is open for me now; whether to go on.

Greeted are those who came by themselves; who came by an import is only looked at, and greeted once their facts change.
A profile that changed is greeted with what its reader wasn't told of before, so a change that opens nothing is silent.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.notice import Notice, Purpose
from core.clock import local_date
from core.vocabulary.load import Vocabulary
from matcher.applicant import read_applicant
from matcher.audience.best import iterate_best
from matcher.audience.shelf import Shelf
from matcher.decision import Offer, Wish, is_closed
from matcher.facets import Facets
from matcher.matching import offer_of
from matcher.models import Targeting
from policies.models import PolicyVersion
from subscribers.profiles import fields_on
from workers.bundles import Line, choose, list_lines, to_all
from workers.bundling import Sending, plan_bundle
from workers.digest.candidates import confirmed_in_force
from workers.feedback import note
from workers.lines import line_of
from workers.models import Delivery, DeliveryState, FeedbackKind, Habit, Push, PushKind

BEST = 10
AT_ONCE = 500
"""Looked at in one run; the rest in the next."""
SILENCE = timedelta(days=90)
PATIENCE = timedelta(days=14)
"""How long a question waits for its answer."""
LASTS = timedelta(days=3)

_NEWCOMERS = text("""
    SELECT s.id, s.kind, s.profile, s.topics, s.recommend, s.changed_in, h.looked_in,
           h.looked_in IS NULL AND s.reference IS NOT NULL AS imported
    FROM subscribers s LEFT JOIN habits h ON h.subscriber_id = s.id
    WHERE s.erased_at IS NULL AND h.looked_in IS DISTINCT FROM s.changed_in
      AND EXISTS (SELECT FROM contacts c WHERE c.subscriber_id = s.id AND c.consented AND c.state = 'verified')
    ORDER BY s.id LIMIT :limit
""")

_SILENT = text("""
    SELECT d.subscriber_id
    FROM deliveries d
    JOIN subscribers s ON s.id = d.subscriber_id AND s.erased_at IS NULL
    LEFT JOIN habits h ON h.subscriber_id = d.subscriber_id
    WHERE d.state IN ('accepted', 'delivered') AND h.asked_at IS NULL
    GROUP BY d.subscriber_id
    HAVING min(d.accepted_at) <= :since AND max(d.accepted_at) > :since
       AND NOT EXISTS (SELECT FROM feedback f
                       WHERE f.subscriber_id = d.subscriber_id AND f.kind = 'opened' AND f.at > :since)
""")

# A daily cap of nothing sends every push into the digest, which no cap holds back.
_QUIETED = text("""
    WITH quieted AS (
        UPDATE habits h SET digest_only_since = :now, cap_before = s.daily_cap
        FROM subscribers s
        WHERE s.id = h.subscriber_id AND h.asked_at <= :asked AND h.digest_only_since IS NULL AND s.erased_at IS NULL
          AND NOT EXISTS (SELECT FROM feedback f
                          WHERE f.subscriber_id = s.id AND f.kind = 'opened' AND f.at > h.asked_at)
        RETURNING h.subscriber_id
    )
    UPDATE subscribers s SET daily_cap = 0 FROM quieted q WHERE s.id = q.subscriber_id RETURNING s.id
""")

_RETURNED = text("""
    WITH returned AS (
        UPDATE habits h SET digest_only_since = NULL, asked_at = NULL
        WHERE h.asked_at IS NOT NULL AND EXISTS (
            SELECT FROM feedback f WHERE f.subscriber_id = h.subscriber_id AND f.kind = 'opened' AND f.at > h.asked_at)
        RETURNING h.subscriber_id, h.cap_before
    ), restored AS (
        UPDATE subscribers s SET daily_cap = r.cap_before
        FROM returned r WHERE s.id = r.subscriber_id AND s.daily_cap = 0
    )
    SELECT subscriber_id FROM returned
""")


def greet(session: Session, vocabulary: Vocabulary, now: datetime) -> list[Push]:
    """Look at newcomers and changed profiles, and plan the ten best of what is open for each; at most two pushes."""
    today = local_date(now)
    people = session.execute(_NEWCOMERS, {"limit": AT_ONCE}).all()
    if not people:
        return []
    lines, offers = _list_open(session, vocabulary, today)
    shelf = Shelf({number: offer.demand for number, offer in offers.items()})
    told = _told(session, [person.id for person in people])
    greeted: dict[str, dict[int, BitMap]] = {"first": defaultdict(BitMap), "changed": defaultdict(BitMap)}
    ranks: dict[int, float] = defaultdict(float)
    for person in people:
        if person.imported:
            continue
        best = _best(person, offers, shelf, Facets(vocabulary), today)
        fresh = (one for one in best if lines[one[0]].policy_id not in told.get(person.id, set()))
        for number, rank in islice(fresh, BEST):
            ranks[number] = max(ranks[number], rank)
            greeted["first" if person.looked_in is None else "changed"][number].add(person.id)
    pushes = [_plan(session, occasion, lines, members, ranks, now) for occasion, members in greeted.items() if members]
    _mark_looked_at(session, people, BitMap.union(BitMap(), *(s for m in greeted.values() for s in m.values())), now)
    return pushes


def ask_silent(session: Session, now: datetime) -> tuple[Push | None, int]:
    """Ask who opened nothing for 90 days whether to go on, once; and give those who left the question unanswered for
    two weeks the digest only. Answers the push of the question, and how many were quieted."""
    quieted = len(session.execute(_QUIETED, {"now": now, "asked": now - PATIENCE}).all())
    ids = BitMap(session.scalars(_SILENT, {"since": now - SILENCE}).all())
    if not ids:
        return None, quieted
    for subscriber_id in ids:
        asked = insert(Habit).values(subscriber_id=subscriber_id, asked_at=now)
        session.execute(asked.on_conflict_do_update(index_elements=["subscriber_id"], set_={"asked_at": now}))
    sending = Sending(f"stay:{local_date(now)}", PushKind.WELCOME, "auto", now, now + PATIENCE)
    notice = Notice(Purpose.STAY, title="还要继续接收政策消息吗", action="点开就继续接收，否则只发月报")
    return plan_bundle(session, sending, notice, [], to_all(ids), now), quieted


def go_on(session: Session, subscriber_id: int, now: datetime) -> None:
    """The answer "yes, go on": counts as an opening, and takes effect at once."""
    note(session, subscriber_id, None, FeedbackKind.OPENED, now)
    note_returned(session)


def note_returned(session: Session) -> int:
    """Give back their messages to those who opened something since they were asked; how many they were."""
    return len(session.execute(_RETURNED).all())


def _list_open(session: Session, vocabulary: Vocabulary, today: date) -> tuple[list[Line], dict[int, Offer]]:
    """What one can apply for today, as lines and as offers by their number."""
    lines, offers = list[Line](), dict[int, Offer]()
    for targeting, version, policy in session.execute(confirmed_in_force()):
        offer = offer_of(targeting, vocabulary)
        if not is_closed(offer, today):
            offers[len(lines)] = offer
            lines.append(line_of(policy, version, targeting, "welcome"))
    return lines, offers


def _best(
    person: Row[Any], offers: Mapping[int, Offer], shelf: Shelf, facets: Facets, today: date
) -> Iterator[tuple[int, float]]:
    """The numbers and ranks of the offers for a person, the best first."""
    applicant = read_applicant({**fields_on(person.profile, today), "kind": person.kind}, facets, sized=True)
    wish = Wish(frozenset(person.topics), person.recommend)
    for number, decision in iterate_best(shelf, offers, wish, applicant, today):
        yield number, decision.rank


def _told(session: Session, subscriber_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """By subscriber: the policies that they were told of, by themselves or in a message on several."""
    told: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        select(Delivery.subscriber_id, Push.id, Push.kind, PolicyVersion.policy_id)
        .join(Push, Push.id == Delivery.push_id)
        .outerjoin(Targeting, Targeting.id == Push.targeting_id)
        .outerjoin(PolicyVersion, PolicyVersion.id == Targeting.version_id)
        .where(
            Delivery.subscriber_id.in_(subscriber_ids),
            Delivery.state.not_in((DeliveryState.SUPPRESSED, DeliveryState.FAILED, DeliveryState.EXPIRED)),
        )
    )
    for subscriber_id, push_id, kind, policy_id in rows.all():
        if policy_id is not None:
            told[subscriber_id].add(policy_id)
        elif kind != PushKind.POLICY:
            told[subscriber_id] |= {line.policy_id for line in list_lines(session, push_id, subscriber_id)}
    return told


def _plan(
    session: Session,
    occasion: str,
    lines: Sequence[Line],
    members: Mapping[int, BitMap],
    ranks: Mapping[int, float],
    now: datetime,
) -> Push:
    """The push of those greeted for one occasion; the lines in the order of the best rank that they have for anyone."""
    numbers = sorted(members, key=lambda number: (-ranks[number], number))
    chosen = choose([members[number] for number in numbers], BEST)
    changed = "" if occasion == "first" else "您的资料有更新"
    notice = Notice(Purpose.WELCOME, month="现在可办", change=changed)
    sending = Sending(f"welcome:{occasion}:{now:%Y%m%dT%H%M%S}", PushKind.WELCOME, "auto", now, now + LASTS)
    return plan_bundle(session, sending, notice, [lines[number] for number in numbers], chosen, now)


def _mark_looked_at(session: Session, people: Sequence[Row[Any]], greeted: BitMap, now: datetime) -> None:
    for person in people:
        values = {"looked_in": person.changed_in, **({"greeted_at": now} if person.id in greeted else {})}
        looked = insert(Habit).values(subscriber_id=person.id, **values)
        session.execute(looked.on_conflict_do_update(index_elements=["subscriber_id"], set_=values))
    session.flush()
