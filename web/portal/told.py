"""What a form of "与我有关吗?" holds: answers as they were given, read anew at each step. Nothing of it is stored."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import InputError
from core.vocabulary.fields import FIELDS, Kind, Side
from core.vocabulary.load import Vocabulary
from matcher.criteria import Demand
from matcher.explain import describe_values
from web.portal.questions import TYPES, ask, read_answer

SIDE = "side"


@dataclass
class Told:
    """What a form holds: the side, the answers as they were given, and what was passed over.

    `asked_side`: the reader wants to choose the side anew.
    """

    side: Side | None = None
    given: dict[str, list[str]] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    asked_side: bool = False

    def hidden(self) -> list[tuple[str, str]]:
        """The fields of the next form."""
        side = [(SIDE, self.side.value)] if self.side else []
        known = [("known", f"{name}={value}") for name, values in self.given.items() for value in values]
        return [*side, *known, *(("passed", name) for name in self.passed)]


def read_told(side: str, known: list[str], passed: list[str]) -> Told:
    told = Told(Side(side) if side in list(Side) else None, passed=[name for name in passed if is_askable(name)])
    for one in known:
        name, _, value = one.partition("=")
        if is_askable(name):
            told.given.setdefault(name, []).append(value)
    return told


def is_askable(name: str) -> bool:
    """Whether there is a question of that name."""
    return name == TYPES or (name in FIELDS and FIELDS[name].kind is not Kind.OPEN)


def read_answers(
    demand: Demand, told: Told, vocabulary: Vocabulary, just_asked: str
) -> tuple[dict[str, Any], str | None, str]:
    """The answers as values; the field whose answer is wrong, and why. What was wrong is asked for again."""
    assert told.side is not None  # noqa: S101 - asked first
    answers: dict[str, Any] = {}
    for name, given in list(told.given.items()):
        question = ask(demand, told.side, name, vocabulary)
        try:
            answers[name] = read_answer(question, given)
            if question.form == "industry" and given[0] not in vocabulary.industries:
                raise InputError("请从列出的行业中选")
        except InputError as error:
            del told.given[name]
            answers.pop(name, None)
            if name == just_asked:
                return answers, name, error.reason
    return answers, None, ""


def list_kept(answers: dict[str, Any], passed: list[str], vocabulary: Vocabulary) -> list[tuple[str, str, str]]:
    """What was answered so far, to be shown and changed: field, label, words."""
    kept = []
    for name, value in answers.items():
        values = value if isinstance(value, list) else [value]
        if name == TYPES:
            words = "、".join(vocabulary.types[code].name for code in values) or "都不是"
            kept.append((name, "类型", words))
        else:
            kept.append(
                (name, FIELDS[name].label, place_words(name, describe_values(FIELDS[name], values, vocabulary)))
            )
    return kept + [(name, FIELDS[name].label if name in FIELDS else "类型", "不知道") for name in passed]


def place_words(name: str | None, words: str) -> str:
    """Codes ending in 9 stand for a place that isn't one of those asked for."""
    if name and FIELDS[name].kind is Kind.REGION and words.isdecimal():
        return "其他地方"
    return words
