"""Rows that pages are looked at with."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyroaring import BitMap

from channels.message import Channel
from core.database import Sessions, unit_of_work
from core.privacy import Keys
from matcher.models import Targeting, TargetingState
from policies.models import Policy, PolicyRelation, PolicyVersion
from policies.search.stored import add
from policies.search.words import Document
from subscribers.consent import record_consent
from subscribers.contacts import set_contact
from subscribers.models import Purpose, Subscriber
from workers.bundles import Line, choose, store_bundle
from workers.links import Refusal, open_link, unsubscribe_link
from workers.models import Delivery, Push, PushKind

TEXT = """各有关单位：
　　为支持中小企业发展，制定本措施。
一、支持对象
　　在海淀区注册，成立时间不超过十年，无严重违法失信记录的企业。
二、支持内容
　　给予一次性50万元奖励。
三、申报时间
　　2026年11月1日至2026年12月5日。"""


def span(words: str) -> dict[str, Any]:
    """A span of TEXT."""
    return {"text": words, "start": TEXT.index(words), "source": "text"}


def atom(name: str, op: str, value: object, quote: str) -> dict[str, Any]:
    """A condition with its clause in TEXT."""
    return {"field": name, "op": op, "value": value, "quote": quote, "start": TEXT.index(quote)}


CONDITIONS = {
    "all": [
        atom("region", "in", ["110108"], "在海淀区注册"),
        atom("years_since_founding", "le", 10, "成立时间不超过十年"),
        atom("credit_clean", "eq", True, "无严重违法失信记录"),
    ]
}
CARD = {
    "title": "",
    "summary": span("给予一次性50万元奖励"),
    "audience": [span("在海淀区注册，成立时间不超过十年，无严重违法失信记录的企业")],
    "gains": [span("给予一次性50万元奖励")],
    "until": [span("2026年11月1日至2026年12月5日")],
}


@dataclass
class Rows:
    """Each method commits and answers the id of what it wrote."""

    sessions: Sessions
    keys: Keys
    now: datetime
    written: int = field(default=0)

    def policy(self, title: str = "关于支持中小企业的若干措施", **given: Any) -> int:
        """A policy with one version and a confirmed targeting; `targeting=None` leaves that out."""
        self.written += 1
        targeting = given.pop("targeting", {})
        with unit_of_work(self.sessions) as session:
            policy = Policy(
                key=f"key-{self.written}",
                title=title,
                **{
                    "doc_number": f"海政发〔2026〕{self.written}号",
                    "agency": "海淀区人民政府",
                    "region": "110108",
                    "published_date": date(2026, 11, 3),
                    "created_at": self.now,
                    **{key: value for key, value in given.items() if key != "text"},
                },
            )
            session.add(policy)
            session.flush()
            version = PolicyVersion(
                policy_id=policy.id,
                number=1,
                fingerprint=self.written.to_bytes(32),
                title=title,
                text=given.get("text", TEXT),
                created_at=self.now,
            )
            session.add(version)
            session.flush()
            add(session, [Document(version.id, title, f"{policy.doc_number} {policy.agency}", version.text)])
            if targeting is not None:
                session.add(self._targeting(version.id, targeting))
            return policy.id

    def _targeting(self, version_id: int, given: dict[str, Any]) -> Targeting:
        values: dict[str, Any] = {
            "number": 1,
            "state": TargetingState.CONFIRMED,
            "pushable": True,
            "sides": ["enterprise"],
            "topics": ["E0407", "E0403"],
            "types": [],
            "region": "110108",
            "closes": date(2026, 12, 5),
            "conditions": CONDITIONS,
            "card": CARD,
            "confirmed_by": "auto",
            "confirmed_at": self.now,
            "created_at": self.now,
        }
        return Targeting(version_id=version_id, **{**values, **given})

    def relate(self, source: int, target: int, kind: str) -> None:
        with unit_of_work(self.sessions) as session:
            session.add(PolicyRelation(source_id=source, target_id=target, kind=kind, named=f"{source}-{target}"))

    def subscriber(self, **given: Any) -> int:
        """A firm that agreed to mail and SMS and to recommendations, subscribed to E0407."""
        values: dict[str, Any] = {
            "kind": "enterprise",
            "name": "北京远山智能科技有限公司",
            "profile": {"region": "110108", "founding_date": "2020-05-01"},
            "topics": ["E0407", "E0402"],
            "channels": ["mail", "sms"],
            "created_at": self.now,
        }
        with unit_of_work(self.sessions) as session:
            subscriber = Subscriber(**{**values, **given})
            session.add(subscriber)
            session.flush()
            set_contact(session, self.keys, subscriber.id, "mail", "boss@example.com", verified_at=self.now)
            set_contact(session, self.keys, subscriber.id, "sms", "13800000000", verified_at=self.now)
            for channel in ("mail", "sms"):
                record_consent(session, subscriber.id, channel, text_version="1", how="portal", now=self.now)
            record_consent(
                session, subscriber.id, purpose=Purpose.RECOMMEND, text_version="1", how="portal", now=self.now
            )
            return subscriber.id

    def delivery(self, policy_id: int, subscriber_id: int, **given: Any) -> int:
        """A delivered mail about the policy."""
        self.written += 1
        month = self.now.date().replace(day=1)
        with unit_of_work(self.sessions) as session:
            targeting = (
                session.query(Targeting)
                .join(PolicyVersion, PolicyVersion.id == Targeting.version_id)
                .filter(PolicyVersion.policy_id == policy_id)
                .one()
            )
            push = Push(
                key=f"push-{self.written}",
                targeting_id=targeting.id,
                month=month,
                created_by="auto",
                created_at=self.now,
            )
            session.add(push)
            session.flush()
            values: dict[str, Any] = {
                "channel": "mail",
                "state": "delivered",
                "due_at": self.now,
                "reasons": ["您订阅了“中小微企业培育与纾困”"],
                "accepted_at": self.now,
                "updated_at": self.now,
            }
            delivery = Delivery(month=month, push_id=push.id, subscriber_id=subscriber_id, **{**values, **given})
            session.add(delivery)
            session.flush()
            return delivery.id

    def digest(self, lines: list[tuple[int, str]], subscriber_id: int) -> int:
        """A delivered message on several policies, given by id and title."""
        self.written += 1
        month = self.now.date().replace(day=1)
        with unit_of_work(self.sessions) as session:
            push = Push(
                key=f"push-{self.written}", kind=PushKind.DIGEST, month=month, created_by="auto", created_at=self.now
            )
            session.add(push)
            session.flush()
            members = [BitMap([subscriber_id]) for _ in lines]
            made = [Line(policy_id, 0, "subscribed", title) for policy_id, title in lines]
            store_bundle(session, push.id, made, choose(members, len(lines)))
            delivery = Delivery(
                month=month,
                push_id=push.id,
                subscriber_id=subscriber_id,
                channel="mail",
                state="delivered",
                due_at=self.now,
                reasons=[],
                accepted_at=self.now,
                updated_at=self.now,
            )
            session.add(delivery)
            session.flush()
            return delivery.id

    def open_path(self, delivery_id: int) -> str:
        """The path of the link that a message carries."""
        return open_link(self.keys, "", delivery_id, self.now)

    def refuse_path(self, subscriber_id: int, delivery_id: int = 0, channel: Channel = Channel.MAIL) -> str:
        """The path of the unsubscribe link."""
        return unsubscribe_link(self.keys, "", Refusal(subscriber_id, channel, delivery_id), self.now)
