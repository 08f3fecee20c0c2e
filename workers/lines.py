"""A policy as a line of a message on several: the words of its notice, taken when the push is planned."""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from channels.notice import Purpose
from matcher.models import Targeting
from policies.models import Policy, PolicyVersion
from workers.bundles import Line
from workers.notices import policy_notice


def is_newest() -> ColumnElement[bool]:
    """Whether a PolicyVersion of a query is the newest of its policy."""
    newer = aliased(PolicyVersion)
    return ~exists().where(newer.policy_id == PolicyVersion.policy_id, newer.number > PolicyVersion.number)


def line_of(
    policy: Policy,
    version: PolicyVersion,
    targeting: Targeting,
    why: str,
    *,
    purpose: Purpose = Purpose.DIGEST,
    change: str = "",
    before_id: int | None = None,
    judged: bool = True,
) -> Line:
    """The line of a policy; see workers.bundles.Line for the arguments."""
    notice = policy_notice(policy, version, targeting)
    return Line(
        policy_id=policy.id,
        targeting_id=targeting.id,
        why=why,
        title=notice.title,
        sentence=notice.summary,
        issuer=notice.issuer,
        document_number=notice.document_number,
        closes=targeting.closes,
        change=change,
        purpose=purpose.value,
        before_id=before_id,
        judged=judged,
    )
