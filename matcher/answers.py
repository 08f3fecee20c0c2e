"""Why a subscriber got a policy, or didn't: what was decided then, and what the rules say now."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import local_time
from core.vocabulary.load import Vocabulary
from matcher.applicant import read_applicant
from matcher.decision import LABELS, Code, Wish, decide_now
from matcher.explain import Reason, headline, list_reasons, missing_fields, missing_label
from matcher.facets import Facets
from matcher.matching import find_decision, offer_of
from matcher.models import Targeting
from matcher.truth import Truth
from subscribers.models import Subscriber
from subscribers.profiles import fields_on

PLANNING_LABELS = {
    "capped": "超过您的接收频次，收入月报",
    "unreachable": "没有已验证且同意接收的联系方式",
    "already_pushed": "这一版政策已经推送过",
}
"""Reasons that planning adds to those of the decision (workers.plan)."""

ACT_LABELS = {"push": "立即推送", "digest": "收入月报", "none": "不推送"}
_MARKS = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "？"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`then_*` is what the last matching stored (empty for one who was no candidate); the rest is judged now."""

    subscriber_id: int
    act: str
    code: str
    label: str
    headline: str
    missing: list[str]
    reasons: list[Reason]
    then_act: str
    then_reason: str
    then_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "subscriber": self.subscriber_id,
            "act": self.act,
            "code": self.code,
            "label": self.label,
            "headline": self.headline,
            "missing": self.missing,
            "reasons": [reason.as_json() for reason in self.reasons],
            "then": {"act": self.then_act, "reason": self.then_reason, "at": self.then_at and self.then_at.isoformat()},
        }

    def as_text(self) -> str:
        """Lines for people: the decision first, then every condition with the own value and the clause."""
        lines = [f"判断：{self.headline}", f"决定：{ACT_LABELS[self.act]}（{self.label}）"]
        if self.then_at:
            when = local_time(self.then_at).strftime("%Y年%m月%d日 %H:%M")
            lines.append(f"当时：{when} {ACT_LABELS[self.then_act]}（{reason_label(self.then_reason)}）")
        if self.missing:
            lines.append(f"缺少：{'、'.join(map(missing_label, self.missing))}")
        for reason in self.reasons:
            lines.append(f"  {_MARKS[reason.result]} {reason.requirement}；本人：{reason.mine}")
            if reason.quote:
                lines.append(f"      原文：“{reason.quote}”")
        return "\n".join(lines)


def explain_decision(
    session: Session, targeting: Targeting, subscriber: Subscriber, vocabulary: Vocabulary, today: date
) -> Answer:
    """The full answer for one policy and one person."""
    fields = {**fields_on(subscriber.profile, today), "kind": subscriber.kind}
    applicant = read_applicant(fields, Facets(vocabulary), sized=True)
    offer = offer_of(targeting, vocabulary)
    decision = decide_now(offer, Wish(frozenset(subscriber.topics), subscriber.recommend), applicant, today)
    then = find_decision(session, targeting.id, subscriber.id)
    return Answer(
        subscriber_id=subscriber.id,
        act=decision.act.value,
        code=decision.code.value,
        label=LABELS[decision.code],
        headline=headline(decision.verdict),
        missing=missing_fields(offer.demand, applicant, decision.verdict),
        reasons=list_reasons(offer.demand, applicant, decision.verdict, vocabulary),
        then_act=then[0] if then else "",
        then_reason=then[1] if then else "",
        then_at=then[2] if then else None,
    )


def reason_label(reason: str) -> str:
    """The words for a stored reason, of the decision or of planning."""
    return PLANNING_LABELS.get(reason) or LABELS[Code(reason)]
