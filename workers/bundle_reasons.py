"""What a change means for one person: they qualified before, or not; they do now, or not; and why. Pure."""

from core.vocabulary.load import Vocabulary
from matcher.applicant import Applicant
from matcher.criteria import Demand
from matcher.explain import list_reasons
from matcher.rules import Verdict, judge
from matcher.truth import Truth
from matcher.why import SENSITIVE_FIELDS, SENSITIVE_TYPES

_MOST = 2


def meaning_of(before: Demand | None, now: Demand, applicant: Applicant, vocabulary: Vocabulary) -> str:
    """One sentence. `before` is what was demanded when the person was told; None where it was the same as `now`."""
    after = judge(now, applicant)
    earlier = judge(before, applicant).verdict if before is not None else after.verdict
    if after.verdict is Truth.NO:
        again = "仍不" if earlier is Truth.NO else "不再"
        return f"按您的信息，{again}符合条件{_because(now, applicant, after, vocabulary)}"
    if earlier is Truth.NO:
        return "按您的信息，现在符合条件了" if after.verdict is Truth.YES else "按您的信息，现在可能符合条件了"
    if after.favourable is Truth.UNKNOWN:
        return "还缺少信息，暂不能判断您是否符合条件"
    return "按您的信息，仍然符合条件" if after.verdict is Truth.YES else "按您的信息，仍然基本符合条件"


def _because(demand: Demand, applicant: Applicant, verdict: Verdict, vocabulary: Vocabulary) -> str:
    """`：要求…；您…`. What the law calls sensitive isn't spelled out in a message."""
    failing = [one for one in list_reasons(demand, applicant, verdict, vocabulary) if one.result is Truth.NO]
    discreet = bool(SENSITIVE_TYPES & set(demand.types))
    plain = [
        f"要求{one.requirement}"
        for one in failing
        if one.field not in SENSITIVE_FIELDS and not (one.part == "types" and discreet)
    ]
    return f"：{'；'.join(plain[:_MOST])}" if plain else "（详情请点开查看）"
