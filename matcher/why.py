"""Why this subscriber gets this policy: the few lines that a message carries.

A message is read by whoever holds the phone, so what the law calls sensitive (个人信息保护法 28: health, hardship and
other marks of identity) is never spelled out there; the page behind the link says it to the person alone.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.vocabulary.fields import FIELDS, Side, place_field
from core.vocabulary.load import Vocabulary
from matcher.applicant import Applicant
from matcher.criteria import Demand
from matcher.explain import describe_atom, describe_values, missing_fields, missing_label
from matcher.rules import Finding, Verdict, own_types
from matcher.truth import Truth

SENSITIVE_FIELDS = frozenset(
    {"hardship", "disabled", "disability_grade", "pregnant", "marital", "veteran", "family_martyr", "nationality"}
)
SENSITIVE_TYPES = frozenset({"PT07", "PT08", "PT09", "PT10"})
_DISCREET = "您的情况符合政策要求的身份条件（详情请点开查看）"
_OF_FIRMS = re.compile(r"企业|公司|单位|机构|裁员|经营主体|合作社|社会组织")
_OF_PERSONS = re.compile(
    r"个人|本人|人员|职工(?!总数)|毕业生|居民|家庭|劳动者|学生|申请人|子女|夫妻|配偶|户籍|周岁|患者|老年人|残疾人"
)
_MOST_REASONS = 5
_MOST_OPEN = 5


@dataclass(frozen=True, slots=True)
class Why:
    """Lines in Chinese. `question` names the one datum that would settle most; empty where none is missing."""

    reasons: list[str]
    open_conditions: list[str]
    question: str = ""


def explain_push(
    demand: Demand,
    applicant: Applicant,
    verdict: Verdict,
    subscribed: Sequence[str],
    vocabulary: Vocabulary,
) -> Why:
    """The lines for a subscriber who gets the policy; `subscribed` are those of its topics that they subscribed to."""
    reasons = [f"您订阅了“{vocabulary.topics[code].name}”" for code in subscribed if code in vocabulary.topics]
    reasons += [
        line for finding in _one_per_field(verdict.findings) if (line := _met(finding, demand, applicant, vocabulary))
    ]
    left = [
        f.atom.quote or describe_atom(f.atom, vocabulary, negated=f.negated)
        for f in verdict.findings
        if f.atom is not None and f.decisive and f.truth is Truth.UNKNOWN and f.open
    ]
    both = len(demand.sides) > 1
    open_conditions = [words for words in left if not (both and _is_of_others(words, applicant.side))]
    missing = missing_fields(demand, applicant, verdict) if verdict.favourable is Truth.UNKNOWN else []
    return Why(_once(reasons)[:_MOST_REASONS], _once(open_conditions)[:_MOST_OPEN], _question(missing))


def _is_of_others(words: str, side: Side) -> bool:
    """Whether a clause of a policy for firms and persons plainly speaks of the others, so that one can't check it."""
    firms, persons = _OF_FIRMS.search(words), _OF_PERSONS.search(words)
    return bool(firms and not persons) if side is Side.INDIVIDUAL else bool(persons and not firms)


def _one_per_field(findings: Sequence[Finding]) -> list[Finding]:
    """Of what is met, the first of each field: one datum with two requirements would read like a mistake."""
    seen: set[str] = set()
    kept = []
    for finding in findings:
        if finding.atom is not None and finding.truth is Truth.YES:
            if finding.atom.field in seen:
                continue
            seen.add(finding.atom.field)
        kept.append(finding)
    return kept


def _met(finding: Finding, demand: Demand, applicant: Applicant, vocabulary: Vocabulary) -> str:
    if finding.truth is not Truth.YES:
        return ""
    if finding.part == "types":
        return _type_line(demand, applicant, vocabulary)
    if finding.part == "region":
        place = place_field(applicant.side)
        mine = describe_values(place, applicant.values.get(place.name), vocabulary)
        return "" if demand.region == "000000" else f"适用于{vocabulary.region_name(demand.region or '')}，您在{mine}"
    if finding.atom is None or finding.negated or finding.open:
        return ""
    if finding.atom.field in SENSITIVE_FIELDS:
        return _DISCREET
    field = FIELDS[finding.atom.field]
    mine = describe_values(field, applicant.values.get(field.name), vocabulary)
    return f"您的{field.label}：{mine}（要求：{describe_atom(finding.atom, vocabulary)}）"


def _type_line(demand: Demand, applicant: Applicant, vocabulary: Vocabulary) -> str:
    mine = [code for code in own_types(demand, applicant.side) if applicant.types.get(code) is Truth.YES]
    plain = [vocabulary.types[code].name for code in mine if code not in SENSITIVE_TYPES]
    return f"面向{'、'.join(plain)}，您属于这一类" if plain else _DISCREET


def _question(missing: Collection[str]) -> str:
    return f"您的{missing_label(next(iter(missing)))}" if missing else ""


def _once(lines: list[str]) -> list[str]:
    return list(dict.fromkeys(lines))
