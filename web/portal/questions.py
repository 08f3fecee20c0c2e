""" "与我有关吗?": which question to ask next, how to ask it, and what an answer means. Pure.

The next question is the one whose answers settle most: every answer that can make a difference is tried, and the field
wins of which most answers end the matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import InputError
from core.vocabulary.codes import region_prefix
from core.vocabulary.fields import FIELDS, Field, Kind, Side, place_field
from core.vocabulary.load import Vocabulary
from matcher.applicant import Applicant, read_applicant
from matcher.criteria import Atom, Demand, list_atoms
from matcher.facets import Facets
from matcher.rules import decide, is_askable, open_fields, own_types
from matcher.truth import Truth
from subscribers.profiles import SEVERAL

TYPES = "types"
NONE = "none"
Answers = Mapping[str, Any]
"""Field → value, as `matcher.applicant.read_applicant` takes it; `types` for a list of types."""

Form = Literal["number", "one", "many", "industry"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as a form shows it. `options` are value and label; empty for a number and an industry."""

    name: str
    text: str
    form: Form
    options: tuple[tuple[str, str], ...] = ()
    unit: str = ""


def applicant_of(side: Side, answers: Answers, facets: Facets) -> Applicant:
    """Who the answers describe. Raises InputError for a value that can't be one."""
    return read_applicant({**answers, "kind": side.value}, facets, sized=True)


def next_field(demand: Demand, side: Side, answers: Answers, passed: Sequence[str], facets: Facets) -> str | None:
    """The field to ask for next, without those in `passed`; None where nothing that can be asked matters any more."""
    applicant = applicant_of(side, answers, facets)
    if decide(demand, applicant)[1] is not Truth.UNKNOWN:
        return None
    fields = [name for name in open_fields(demand, applicant) if name not in passed and is_askable(name, side)]
    return max(fields, key=lambda name: _worth(demand, side, answers, name, facets), default=None)


def ask(demand: Demand, side: Side, name: str, vocabulary: Vocabulary) -> Question:
    """How the field is asked for."""
    if name == TYPES:
        options = [(code, vocabulary.types[code].name) for code in own_types(demand, side)]
        return Question(TYPES, "下面哪些说的是您？", "many", (*options, (NONE, "都不是")))
    field = FIELDS[name]
    match field.kind:
        case Kind.NUMBER:
            return Question(name, _worded(field, side), "number", unit=field.unit)
        case Kind.FLAG:
            return Question(name, _worded(field, side), "one", (("yes", "是"), ("no", "不是")))
        case Kind.REGION:
            return Question(name, _worded(field, side), "one", tuple(_places(demand, side, field, vocabulary)))
        case Kind.INDUSTRY:
            return Question(name, _worded(field, side), "industry")
    if field.choices:
        several = ((NONE, "都不是"),) if name in SEVERAL else ()
        return Question(name, _worded(field, side), "many" if several else "one", (*field.choices, *several))
    wanted = dict.fromkeys(str(value) for atom in _atoms(demand, name) for value in atom.values)
    options = [(key, vocabulary.qualification_name(key)) for key in wanted]
    return Question(name, _worded(field, side), "many", (*options, (NONE, "都没有")))


def read_answer(question: Question, given: Sequence[str]) -> Any:
    """What was answered, as a value of the field. Raises InputError saying what is missing or wrong."""
    given = [one for one in given if one.strip()]
    if not given:
        raise InputError("请先回答，或者点“不知道”")
    if question.form == "number":
        return _number(question, given[0])
    if question.form == "industry":
        return given[0]
    allowed = dict(question.options)
    if any(one not in allowed for one in given):
        raise InputError("请从列出的答案中选")
    if question.form == "many":
        return [] if given == [NONE] else [one for one in given if one != NONE]
    return {"yes": True, "no": False}.get(given[0], given[0])


def _number(question: Question, text: str) -> float:
    field = FIELDS[question.name]
    try:
        number = float(text.strip().removesuffix("%").replace(",", ""))
    except ValueError:
        raise InputError(f"{field.label}请填数字") from None
    low, high = field.least, field.most
    if not abs(number) < 1e15 or (low is not None and number < low) or (high is not None and number > high):
        raise InputError(f"{field.label}不在合理范围内")
    return number


def _worded(field: Field, side: Side) -> str:
    whose = "您单位" if side is Side.ENTERPRISE else "您"
    if field.kind is Kind.FLAG:
        return f"{whose}{field.label}，是吗？"
    if field.kind is Kind.NUMBER:
        return f"{whose}的{field.label}是多少？"
    if field.kind is Kind.REGION:
        return f"{whose}的{field.label}在哪里？"
    return f"{whose}的{field.label}是？" if field.choices else f"{whose}有下面哪些{field.label}？"


def _atoms(demand: Demand, name: str) -> list[Atom]:
    return [atom for atom in list_atoms(demand.conditions) if atom.field == name]


def _places(demand: Demand, side: Side, field: Field, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """The demanded places, finest first, and for each what lies outside: codes ending in 9 stand for no real place."""
    wanted = {str(value) for atom in _atoms(demand, field.name) for value in atom.values}
    if field is place_field(side) and demand.region:
        wanted.add(demand.region)
    wanted.discard("000000")
    finest = sorted(wanted, key=lambda code: (-len(region_prefix(code)), code))
    for code in finest:
        prefix = region_prefix(code)
        holds_others = any(other != code and region_prefix(other).startswith(prefix) for other in wanted)
        name = vocabulary.region_name(code)
        yield (prefix.ljust(6, "9"), f"{name}的其他地方") if holds_others else (code, name)
    yield "999999", "都不在" if len(finest) > 1 else "其他地方"


def _worth(demand: Demand, side: Side, answers: Answers, name: str, facets: Facets) -> tuple[float, float]:
    """Which share of the possible answers settles the verdict, and how few fields stay open on average."""
    settled = left = total = 0
    for value in _tries(demand, side, name, facets.vocabulary):
        applicant = applicant_of(side, {**answers, name: value}, facets)
        total += 1
        settled += decide(demand, applicant)[1] is not Truth.UNKNOWN
        left += len(open_fields(demand, applicant))
    return (settled / total, -left / total) if total else (0.0, 0.0)


def _tries(demand: Demand, side: Side, name: str, vocabulary: Vocabulary) -> Iterator[Any]:
    """Answers that can make a difference."""
    if name != TYPES and FIELDS[name].kind is Kind.NUMBER:
        bounds = sorted({float(value) for atom in _atoms(demand, name) for value in atom.values})
        yield from ([bounds[0] - 1, *(bound + 0.5 for bound in bounds)] if bounds else [])
        return
    if name != TYPES and FIELDS[name].kind is Kind.INDUSTRY:
        wanted = [str(value) for atom in _atoms(demand, name) for value in atom.values]
        yield from (*wanted, next(code for code in vocabulary.industries if not code.startswith(tuple(wanted))))
        return
    question = ask(demand, side, name, vocabulary)
    for value, _ in question.options:
        yield read_answer(question, [value])
