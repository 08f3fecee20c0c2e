"""One condition as a form: which operators and which input fit a field, and what a filled-in form says. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Field, Kind
from core.vocabulary.load import Vocabulary
from matcher.criteria import parse_criteria

Form = Literal["number", "words", "flag", "lines"]
OPERATOR_LABELS = {"ge": "不低于", "le": "不超过", "eq": "等于", "in": "属于其中之一", "not_in": "不属于任何一个"}
_OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.NUMBER: ("ge", "le", "eq"),
    Kind.LEVEL: ("ge", "le", "in", "not_in"),
    Kind.CODES: ("in", "not_in"),
    Kind.REGION: ("in", "not_in"),
    Kind.INDUSTRY: ("in", "not_in"),
    Kind.FLAG: ("eq",),
    Kind.OPEN: ("eq",),
}
_HINTS = {
    Kind.REGION: "每行一个，写全称或六位区划代码，如：北京市海淀区",
    Kind.INDUSTRY: "每行一个，写行业名称或代码，如：C39",
    Kind.CODES: "每行一个，写资质名称",
    Kind.OPEN: "用一句话写明，系统不会自动判断，由申请人自行核对",
}
LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True)
class ConditionForm:
    """The form of a condition on `field` with what is in it. `values` are texts: numbers, words, lines."""

    field: Field
    form: Form
    op: str
    values: tuple[str, ...]
    quote: str
    options: tuple[tuple[str, str], ...]
    operators: tuple[tuple[str, str], ...]
    hint: str
    error: str = ""


def form_of(
    field: Field, vocabulary: Vocabulary, *, op: str = "", values: Sequence[str] = (), quote: str = "", error: str = ""
) -> ConditionForm:
    """The form for `field`; an operator that doesn't fit it is passed over."""
    fitting = _OPERATORS[field.kind]
    return ConditionForm(
        field,
        _form(field),
        op if op in fitting else fitting[0],
        tuple(values),
        quote,
        _options(field, vocabulary),
        tuple((one, OPERATOR_LABELS[one]) for one in fitting),
        _HINTS.get(field.kind, ""),
        error,
    )


def form_of_atom(atom: dict[str, Any], vocabulary: Vocabulary) -> ConditionForm:
    """The form with a stored condition in it."""
    field, op, value = FIELDS[atom["field"]], atom["op"], atom["value"]
    given = value if isinstance(value, list) else [value]
    if op == "eq" and field.kind in (Kind.CODES, Kind.REGION, Kind.INDUSTRY, Kind.LEVEL):
        op = "in"
    return form_of(
        field, vocabulary, op=op, values=[_text(field, v, vocabulary) for v in given], quote=atom.get("quote", "")
    )


def read_form(form: ConditionForm, text: str, title: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """The condition that a form says, its quote found in the text or the title. Raises InputError."""
    values = [_value(form.field, one.strip(), vocabulary) for one in form.values if one.strip()]
    if not values:
        raise InputError("请填写内容")
    several = form.op in ("in", "not_in")
    if not several and len(values) > 1:
        raise InputError("“不低于”“不超过”“等于”只能对一个值")
    atom = {"field": form.field.name, "op": form.op, "value": values if several else values[0]}
    parse_criteria(atom, vocabulary)
    return atom | find_quote(form.quote, text, title)


def find_quote(quote: str, text: str, title: str) -> dict[str, Any]:
    """The clause as it stands in the text (blanks and line ends don't count), with its place; {} for none."""
    letters = re.sub(r"\s", "", quote)
    if not letters:
        return {}
    if len(letters) > LONGEST_QUOTE:
        raise InputError(f"依据太长，请只选关键的一句（不超过 {LONGEST_QUOTE} 字）")
    pattern = r"\s*".join(map(re.escape, letters))
    if found := re.search(pattern, text):
        return {"quote": found[0], "start": found.start()}
    if found := re.search(pattern, title):
        return {"quote": found[0], "start": None, "in": "title"}
    raise InputError("原文里没有这句话，请从原文复制，或留空")


def _form(field: Field) -> Form:
    match field.kind:
        case Kind.NUMBER:
            return "number"
        case Kind.FLAG:
            return "flag"
        case Kind.LEVEL | Kind.CODES:
            return "words"
    return "lines"


def _options(field: Field, vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    if field.name == "qualification":
        return tuple((key, one.name) for key, one in vocabulary.qualifications.items())
    if field.kind is Kind.FLAG:
        return (("yes", "是"), ("no", "否"))
    return field.choices


def _text(field: Field, value: Any, vocabulary: Vocabulary) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.kind is Kind.REGION:
        return vocabulary.region_name(str(value))
    if field.kind is Kind.INDUSTRY and str(value) in vocabulary.industries:
        return f"{value} {vocabulary.industries[str(value)].name}"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _value(field: Field, text: str, vocabulary: Vocabulary) -> Any:
    match field.kind:
        case Kind.NUMBER:
            try:
                return float(text.replace(",", "").removesuffix(field.unit).strip())
            except ValueError:
                raise InputError(f"{field.label}请填数字") from None
        case Kind.FLAG:
            return text == "yes"
        case Kind.REGION:
            return find_region(text, vocabulary)
        case Kind.INDUSTRY:
            return _industry(text, vocabulary)
    return text


def find_region(text: str, vocabulary: Vocabulary) -> str:
    """The code of a place given by code, full name, or a name that only one place has. Raises InputError."""
    text = text.strip()
    if text in vocabulary.regions:
        return text
    named = [code for code, region in vocabulary.regions.items() if region.name == text]
    full = [code for code in vocabulary.regions if vocabulary.region_name(code) == text] if len(named) != 1 else named
    if len(full) != 1:
        raise InputError(f"没有找到地区“{text[:20]}”，请写全称（如“北京市海淀区”）或六位代码")
    return full[0]


def _industry(text: str, vocabulary: Vocabulary) -> str:
    code = text.split()[0].upper()
    if code[:3] in vocabulary.industries:
        return code
    named = [code for code, industry in vocabulary.industries.items() if industry.name == text]
    if not named:
        raise InputError(f"没有找到行业“{text[:20]}”，请写国民经济行业分类的名称或代码")
    return named[0]
