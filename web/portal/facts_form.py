"""Facts of a profile as inputs of a form, and what a form says of them. Used when subscribing and on the own page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Kind, Side
from core.vocabulary.load import Vocabulary
from subscribers.facts import check_fact, parse_text
from subscribers.profiles import BASE, SEVERAL, fact_label
from web.portal.places import find_place

UNSAID = "unsaid"
"""What the choice 不填 sends."""
Form = Literal["text", "number", "one", "many", "flag", "industry", "region", "date"]


@dataclass(frozen=True, slots=True)
class FactInput:
    """One input. `values` are what was typed or is stored, as text; `options` value and label for choices."""

    name: str
    label: str
    form: Form
    unit: str
    options: tuple[tuple[str, str], ...]
    values: tuple[str, ...]
    error: str = ""


def make_inputs(
    names: Iterable[str],
    given: Mapping[str, tuple[str, ...]],
    errors: Mapping[str, str],
    vocabulary: Vocabulary,
) -> list[FactInput]:
    """The inputs for these facts with what is in them."""
    return [
        FactInput(
            name,
            fact_label(name),
            _form(name),
            FIELDS[name].unit if name in FIELDS else "",
            _options(name, vocabulary),
            given.get(name, ()),
            errors.get(name, ""),
        )
        for name in names
    ]


def as_text(name: str, value: Any, vocabulary: Vocabulary) -> tuple[str, ...]:
    """A stored fact as a form holds it."""
    if name in FIELDS and FIELDS[name].kind is Kind.REGION:
        return (vocabulary.region_name(str(value)),)
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, list):
        return tuple(str(one) for one in value) or ("none",)
    return (f"{value:.15g}" if isinstance(value, float) else str(value),)


def read_facts(
    side: Side, given: Mapping[str, tuple[str, ...]], vocabulary: Vocabulary, day: date
) -> tuple[dict[str, Any], dict[str, str]]:
    """The facts that a form says, and by name what is wrong. Empty inputs say nothing."""
    facts: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, texts in given.items():
        try:
            value = _value(name, [text for text in texts if text.strip() and text != UNSAID], vocabulary)
            if value is not None:
                facts[name] = check_fact(side, name, value, vocabulary, day)
        except InputError as error:
            errors[name] = error.reason
    return facts, errors


def _value(name: str, texts: list[str], vocabulary: Vocabulary) -> Any:
    if not texts:
        return None
    if name in FIELDS and FIELDS[name].kind is Kind.REGION:
        return find_place(vocabulary, texts[0])
    if name in SEVERAL:
        chosen = [text for text in texts if text != "none"]
        return chosen if name != "children_birth_dates" else parse_text(name, "、".join(chosen) or "无")
    if name in FIELDS and FIELDS[name].kind is Kind.FLAG:
        return {"yes": True, "no": False}.get(texts[0], texts[0])
    return parse_text(name, texts[0])


def _form(name: str) -> Form:
    if name in BASE:
        return "text" if name in SEVERAL else "date"
    match FIELDS[name].kind:
        case Kind.NUMBER:
            return "number"
        case Kind.FLAG:
            return "flag"
        case Kind.REGION:
            return "region"
        case Kind.INDUSTRY:
            return "industry"
    return "many" if name in SEVERAL else "one"


def _options(name: str, vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    if name in BASE:
        return ()
    field = FIELDS[name]
    if field.kind is Kind.FLAG:
        return (("yes", "是"), ("no", "否"))
    if name == "qualification":
        return (*((q.key, q.name) for q in vocabulary.qualifications.values()), ("none", "都没有"))
    return (*field.choices, ("none", "都不是")) if name in SEVERAL else field.choices
