"""From a claim to a message on several policies: the person's own lines, looked at once more, with reasons, links."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.compose import Composer, make_composer
from channels.imprint import imprint_of
from channels.message import Channel, Content, Message
from channels.notice import Item, Notice, Personal, Purpose
from channels.sources import Overrides
from core.clock import Clock, local_date
from core.database import Sessions
from core.privacy import Keys
from core.settings import Settings
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.applicant import Applicant, read_applicant
from matcher.criteria import Demand
from matcher.facets import Facets
from matcher.models import Targeting, TargetingState
from matcher.rules import judge
from matcher.targeting import demand_of
from matcher.truth import Truth
from matcher.why import Why, explain_push
from policies.models import Policy
from subscribers.contacts import open_address
from subscribers.profiles import fields_on
from workers.bundle_reasons import meaning_of
from workers.bundles import Blocks, Line, get_lines
from workers.claims import Claim, Settlement
from workers.links import Refusal, open_link, unsubscribe_link
from workers.models import DeliveryState, Push, PushKind
from workers.notices import chinese_date
from workers.permissions import Permissions
from workers.sending import Composed

NOTHING_LEFT = "内容已不再适用"
_AUDIENCE = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "居民"}
_HOLDING = ("in_force", "amended")
_KNOWN = "您收到过这项政策"
_LISTS = (Purpose.DIGEST, Purpose.WELCOME)
"""Told as a list, also where there is one policy in it."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a line is judged by: the demand, the topics, and whether policy and targeting hold now."""

    demand: Demand
    topics: list[str]
    holds: bool


class Reader(Protocol):
    """Whom a message is for: a claim, or a subscriber in a preview."""

    @property
    def kind(self) -> str | None: ...
    @property
    def profile(self) -> dict[str, Any] | None: ...
    @property
    def topics(self) -> Sequence[str] | None: ...
    @property
    def recommend(self) -> bool | None: ...


class Backing(Protocol):
    """What messages are written with: the parts of a worker, or those of the web."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def vocabulary(self) -> Vocabulary: ...


@dataclass(frozen=True, slots=True)
class Told:
    """A line as it is told to one person; `meaning` is what a change means for them."""

    line: Line
    why: Why
    meaning: str = ""

    @property
    def reason(self) -> str:
        """The one sentence on it in a list."""
        if self.line.change or self.meaning:
            return "；".join(filter(None, (self.line.change, self.meaning)))
        if self.why.question:
            return f"还缺{self.why.question}，补上就能判断"
        return self.why.reasons[0] if self.why.reasons else ""


class BundleMessages:
    """Messages of one push on one channel. The lines and their demands are read once."""

    def __init__(
        self,
        runtime: Backing,
        channel: Channel,
        notice: Notice,
        lines: Sequence[Line],
        parts: Mapping[int, Part],
        push_id: int,
        overrides: Overrides,
        permissions: Permissions,
    ) -> None:
        """`parts` by targeting."""
        self._runtime = runtime
        self._channel = channel
        self._notice = notice
        self._lines = lines
        self._parts = parts
        self._blocks = Blocks(runtime.sessions, push_id)
        self._facets = Facets(runtime.vocabulary)
        self._permissions = permissions
        imprint = imprint_of(runtime.settings)
        self._composer = lru_cache(maxsize=256)(lambda notice: make_composer(notice, channel, imprint, overrides))

    def compose(self, claim: Claim) -> Composed | Settlement:
        """The message of a claim; what has ended or doesn't fit any more since planning is left out."""
        told = self.choose(claim, self._blocks.numbers_of(claim.subscriber_id))
        if not told and self._lines:
            return Settlement(claim, DeliveryState.SUPPRESSED, NOTHING_LEFT, claim.attempts)
        now, keys, base = self._runtime.clock(), self._runtime.keys, self._runtime.settings.public_url
        refusal = Refusal(claim.subscriber_id, self._channel, claim.id)
        links = open_link(keys, base, claim.id, now), unsubscribe_link(keys, base, refusal, now)
        content = self._permissions.choose(claim, self.write(claim.kind or "", told, *links))
        if isinstance(content, Settlement):
            return content
        address = open_address(keys, claim.subscriber_id, claim.channel, claim.sealed or b"")
        message = Message(claim.attempt_id.hex, self._channel, address, content)
        return Composed(message, json.dumps([_kept(one) for one in told], ensure_ascii=False))

    def choose(self, reader: Reader, numbers: Sequence[int]) -> list[Told]:
        """Of these lines those that still hold and fit the reader, with the reasons."""
        day = local_date(self._runtime.clock())
        fields = {**fields_on(reader.profile or {}, day), "kind": reader.kind}
        return list(self._told(reader, fields, [self._lines[number] for number in numbers], day))

    def _told(self, reader: Reader, fields: dict[str, Any], lines: Sequence[Line], day: date) -> Iterator[Told]:
        applicant = read_applicant(fields, self._facets, sized=True)
        for line in lines:
            if not line.judged:
                yield Told(line, Why([], []), self._meaning(line, applicant))
                continue
            part = self._parts[line.targeting_id]
            subscribed = [code for code in part.topics if code in (reader.topics or ())]
            if not part.holds or (line.closes and line.closes < day) or not (subscribed or reader.recommend):
                continue
            verdict = judge(part.demand, applicant)
            if verdict.verdict is not Truth.NO:
                yield Told(line, explain_push(part.demand, applicant, verdict, subscribed, self._runtime.vocabulary))

    def _meaning(self, line: Line, applicant: Applicant) -> str:
        """What a change means for the reader; nothing where the policy doesn't hold any more."""
        part = self._parts[line.targeting_id]
        if not part.holds:
            return ""
        before = self._parts[line.before_id].demand if line.before_id else None
        return meaning_of(before, part.demand, applicant, self._runtime.vocabulary)

    def write(self, kind: str, told: Sequence[Told], link: str, refusal_link: str) -> Content:
        """The content for a person of `kind` (an applicant's side)."""
        token = link.rpartition("/")[2]
        base = self._runtime.settings.public_url.rstrip("/")
        items = [
            Item(
                one.line.title,
                f"{base}/p/{one.line.policy_id}?t={token}",
                one.reason,
                chinese_date(one.line.closes),
                "" if one.line.change else _whole(one.line.sentence),
            )
            for one in told
        ]
        personal = Personal(_AUDIENCE[Side(kind)], link=link, unsubscribe_link=refusal_link)
        if self._notice.purpose in _LISTS or not self._lines:
            notice = self._notice
            personal = replace(personal, items=tuple(items))
        elif len(told) == 1:
            notice, why = self._single(told[0].line), told[0].why
            reasons = tuple(filter(None, (told[0].meaning, *why.reasons))) or (_KNOWN,)
            personal = replace(personal, reasons=reasons, open_conditions=tuple(why.open_conditions))
        else:
            notice = self._several([one.line for one in told])
            personal = replace(personal, items=tuple(items))
        composer: Composer = self._composer(notice)
        return composer.fill(personal)

    def _single(self, line: Line) -> Notice:
        return replace(
            self._notice,
            purpose=Purpose(line.purpose),
            title=line.title,
            summary=line.sentence,
            issuer=line.issuer,
            document_number=line.document_number,
            deadline=chinese_date(line.closes),
            days=self._days(line),
            change=line.change,
        )

    def _several(self, lines: Sequence[Line]) -> Notice:
        """One message for several: the template of the first where it fits all of them, else that of changes."""
        first = lines[0]
        alike = len({(line.purpose, line.closes) for line in lines}) == 1
        change = "；".join(f"{line.title}：{line.change or self._countdown(line)}" for line in lines)
        nearest = min((line.closes for line in lines if line.closes), default=None)
        return replace(
            self._single(first),
            purpose=Purpose(first.purpose) if alike else Purpose.CHANGED,
            title=f"{first.title}等{len(lines)}项政策",
            summary="",
            issuer="",
            document_number="",
            deadline=chinese_date(nearest),
            change="" if alike else change,
        )

    def _countdown(self, line: Line) -> str:
        days = self._days(line)
        return "" if days is None else f"还有{days}天截止"

    def _days(self, line: Line) -> int | None:
        return (line.closes - local_date(self._runtime.clock())).days if line.closes else None


def load_bundle(
    runtime: Backing, session: Session, push: Push, channel: Channel, overrides: Overrides, permissions: Permissions
) -> BundleMessages:
    """What makes the messages of a push of several policies."""
    lines = get_lines(session, push.id)
    parts = load_parts(runtime, session, lines)
    notice = Notice.from_json(push.notice)
    return BundleMessages(runtime, channel, notice, lines, parts, push.id, overrides, permissions)


def load_parts(runtime: Backing, session: Session, lines: Sequence[Line]) -> dict[int, Part]:
    """What the lines are judged by, by targeting."""
    policy_ids = {line.policy_id for line in lines}
    states = dict(session.execute(select(Policy.id, Policy.state).where(Policy.id.in_(policy_ids))).all())
    holding = {line.targeting_id: states.get(line.policy_id) in _HOLDING for line in lines}
    holding |= {line.before_id: False for line in lines if line.before_id and line.before_id not in holding}
    targetings = session.scalars(select(Targeting).where(Targeting.id.in_(holding)))
    return {
        one.id: Part(
            demand_of(one, runtime.vocabulary),
            list(one.topics),
            holding[one.id] and one.state == TargetingState.CONFIRMED,
        )
        for one in targetings
    }


def is_bundle(push: Push) -> bool:
    """Whether the messages of a push are made of lines; a push of one policy is not."""
    return push.kind != PushKind.POLICY


def _whole(sentence: str) -> str:
    return f"{sentence.rstrip('。')}。" if sentence else ""


def _kept(told: Told) -> str:
    return f"{told.line.title}：{told.reason}" if told.reason else told.line.title
