"""A verdict in words: for each finding what is demanded, what the applicant has, and the clause that says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor
from typing import Any

from core.vocabulary.fields import FIELDS, Field, Kind, Side, place_field
from core.vocabulary.load import Vocabulary
from matcher.applicant import Applicant
from matcher.criteria import All, Atom, Demand, Node, Not
from matcher.rules import Finding, Verdict, is_askable, open_fields, own_types
from matcher.truth import Truth
from matcher.values import Value

_MOST_WORDS = 8
_MOST_PARTS = 4
_SIDES = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "个人"}
_COMPARED = {"ge": "不低于", "le": "不超过", "eq": "为"}
_DENIED = {
    "legal_person": "不具有独立法人资格",
    "credit_clean": "有严重违法失信记录",
    "listed": "未上市",
    "disabled": "未持有残疾人证",
    "veteran": "不是退役军人",
    "owns_home": "本人或家庭名下没有住房",
    "pregnant": "未怀孕",
    "family_martyr": "不是烈士遗属",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding as people read it."""

    part: str
    field: str | None
    requirement: str
    mine: str
    quote: str
    result: Truth
    decisive: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "field": self.field,
            "requirement": self.requirement,
            "mine": self.mine,
            "quote": self.quote,
            "result": self.result.word,
            "decisive": self.decisive,
        }


def headline(verdict: Verdict) -> str:
    """The verdict as people read it."""
    if verdict.verdict is Truth.YES:
        return "符合"
    if verdict.verdict is Truth.NO:
        return "不符合"
    return "基本符合，其余请自行核对" if verdict.favourable is Truth.YES else "信息不足"


def list_reasons(demand: Demand, applicant: Applicant, verdict: Verdict, vocabulary: Vocabulary) -> list[Reason]:
    """A reason for each finding of `verdict`, in its order."""
    return [_reason(finding, demand, applicant, vocabulary) for finding in verdict.findings]


def missing_fields(demand: Demand, applicant: Applicant, verdict: Verdict) -> list[str]:
    """The fields to ask for (`types` where a type can't be told); none unless the favourable verdict is UNKNOWN."""
    if verdict.favourable is not Truth.UNKNOWN:
        return []
    return [name for name in open_fields(demand, applicant) if is_askable(name, applicant.side)]


def missing_label(name: str) -> str:
    """The Chinese name of what `missing_fields` names."""
    return FIELDS[name].label if name in FIELDS else "所属类型"


def describe_atom(atom: Atom, vocabulary: Vocabulary, *, negated: bool = False) -> str:
    """The condition in Chinese: `上年营业收入不低于 2000 万元`."""
    field = FIELDS[atom.field]
    if field.name == "other":
        text = "、".join(map(str, atom.values))
    elif field.kind is Kind.FLAG:
        text = _flag_words(field, (True in atom.accepts) is not (atom.op == "not_in"))
    else:
        compared = _COMPARED.get(atom.op, "为") if field.kind is not Kind.OPEN else "为"
        space = " " if field.kind is Kind.NUMBER else ""
        text = f"{field.label}{'不' if atom.op == 'not_in' else ''}{compared}{space}{_listed(atom, vocabulary)}"
    return f"并非：{text}" if negated else text


def describe_node(node: Node, vocabulary: Vocabulary) -> str:
    """A whole branch in Chinese: `成立年限不超过 5 年，或已上市`."""
    if isinstance(node, Atom):
        return describe_atom(node, vocabulary)
    if isinstance(node, Not):
        return f"并非：{describe_node(node.child, vocabulary)}"
    words = [describe_node(child, vocabulary) for child in node.children[:_MOST_PARTS]]
    joint = "，且" if isinstance(node, All) else "，或"
    more = f"等 {len(node.children)} 项" if len(node.children) > _MOST_PARTS else ""
    return joint.join(words) + more or "（空）"


def describe_values(field: Field, values: Iterable[Value] | None, vocabulary: Vocabulary) -> str:
    """What an applicant holds of a field, in Chinese; `未填写` where it isn't known."""
    if values is None:
        return "未填写"
    if field.kind is Kind.FLAG:
        return "、".join(_flag_words(field, value is True) for value in values) or "无"
    return "、".join(_value_words(field, value, vocabulary) for value in values) or "无"


def _reason(finding: Finding, demand: Demand, applicant: Applicant, vocabulary: Vocabulary) -> Reason:
    atom = finding.atom
    if atom is None:
        requirement, mine = _part_words(finding, demand, applicant, vocabulary)
        return Reason(finding.part, None, requirement, mine, "", finding.truth, finding.decisive)
    requirement = describe_atom(atom, vocabulary, negated=finding.negated)
    field = FIELDS[atom.field]
    mine = "请自行核对" if finding.open else _mine(field, applicant, vocabulary)
    return Reason("condition", field.name, requirement, mine, atom.quote, finding.truth, finding.decisive)


def _mine(field: Field, applicant: Applicant, vocabulary: Vocabulary) -> str:
    if field.name not in applicant.values and applicant.side not in field.sides:
        return f"{_SIDES[applicant.side]}没有这一项"
    values = applicant.values.get(field.name)
    return describe_values(field, values and [_readable(value) for value in values], vocabulary)


def _readable(value: Value) -> Value:
    """Years since a day come with every decimal; two are enough to read, and never more than there are."""
    return floor(round(value * 100, 6)) / 100 if isinstance(value, float) else value


def _part_words(finding: Finding, demand: Demand, applicant: Applicant, vocabulary: Vocabulary) -> tuple[str, str]:
    if finding.part == "side":
        return f"面向{'、'.join(_SIDES[side] for side in Side if side in demand.sides)}", _SIDES[applicant.side]
    if finding.part == "region":
        field = place_field(applicant.side)
        place = vocabulary.region_name(demand.region or "000000")
        return f"{field.label}在{place}", describe_values(field, applicant.values.get(field.name), vocabulary)
    demanded = own_types(demand, applicant.side)
    held = "、".join(vocabulary.types[code].name for code, truth in applicant.types.items() if truth is Truth.YES)
    if finding.truth is Truth.UNKNOWN:
        mine = f"无法判断（已知属于{held}）" if held else "无法判断"
    else:
        mine = held or "均不属于"
    return f"属于{'或'.join(vocabulary.types[code].name for code in demanded)}", mine


def _flag_words(field: Field, holds: bool) -> str:
    return field.label if holds else _DENIED.get(field.name, f"不满足“{field.label}”")


def _listed(atom: Atom, vocabulary: Vocabulary) -> str:
    field = FIELDS[atom.field]
    words = [_value_words(field, value, vocabulary) for value in atom.values[:_MOST_WORDS]]
    more = len(atom.values) - len(words)
    return ("或".join(words) or "（空）") + (f"等 {len(atom.values)} 项" if more > 0 else "")


def _value_words(field: Field, value: Value, vocabulary: Vocabulary) -> str:
    if field.kind is Kind.NUMBER:
        return f"{float(value):.15g} {field.unit}".rstrip()
    if field.kind is Kind.REGION:
        return vocabulary.region_name(str(value))
    if field.kind is Kind.INDUSTRY:
        return f"{vocabulary.industry_name(str(value))}（{value}）"
    if field.name == "qualification":
        return vocabulary.qualification_name(str(value))
    return field.word_label(str(value))
