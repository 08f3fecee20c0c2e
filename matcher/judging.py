"""Files of policies against files of profiles: a verdict for every pair, without a database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from core.errors import InputError
from core.vocabulary.load import Vocabulary
from matcher.applicant import Applicant, read_applicant
from matcher.criteria import Demand, parse_demand
from matcher.explain import headline, list_reasons, missing_fields
from matcher.facets import Facets
from matcher.rules import judge
from matcher.values import is_writable

T = TypeVar("T")
Problems = Callable[[InputError], None]
"""Told of every line that isn't usable; the others are judged all the same."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file (or of anything that gives lines), under the name that messages use."""

    name: str
    lines: Iterable[str]


def judge_files(
    criteria: Lines, profiles: Lines, vocabulary: Vocabulary, problems: Problems
) -> Iterator[dict[str, Any]]:
    """One answer for every policy of `criteria` and every profile of `profiles`, profile by profile.

    The policies are held in memory, the profiles stream. An answer is `{"policy", "profile", "verdict", "favourable",
    "headline", "missing", "reasons"}`. A line that isn't usable is told to `problems` and left out.
    """
    facets = Facets(vocabulary)
    demands: dict[str | int, Demand] = {}
    for policy_id, demand in _read(criteria, lambda line: parse_demand(line, vocabulary), problems):
        if policy_id in demands:
            problems(InputError(f"编号 {policy_id} 重复，以先出现的为准", criteria.name))
        demands.setdefault(policy_id, demand)
    for profile_id, applicant in _read(profiles, lambda line: read_applicant(line, facets), problems):
        for policy_id, demand in demands.items():
            yield {"policy": policy_id, "profile": profile_id, **_answer(demand, applicant, vocabulary)}


def _answer(demand: Demand, applicant: Applicant, vocabulary: Vocabulary) -> dict[str, Any]:
    verdict = judge(demand, applicant)
    return {
        "verdict": verdict.verdict.word,
        "favourable": verdict.favourable.word,
        "headline": headline(verdict),
        "missing": missing_fields(demand, applicant, verdict),
        "reasons": [reason.as_json() for reason in list_reasons(demand, applicant, verdict, vocabulary)],
    }


def _read(source: Lines, read: Callable[[Mapping[str, Any]], T], problems: Problems) -> Iterator[tuple[str | int, T]]:
    for number, line in enumerate(source.lines, 1):
        if not line.strip():
            continue
        try:
            row = _object(line)
            yield row["id"], read(row)
        except InputError as error:
            problems(InputError(str(error), f"{source.name} 第{number}行"))


def _object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line.removeprefix("\ufeff"))
    except RecursionError:
        raise InputError("JSON 嵌套过深") from None
    except ValueError as error:
        raise InputError("不是有效的 JSON") from error
    if not isinstance(row, dict):
        raise InputError("应为一个 JSON 对象")
    if isinstance(row.get("id"), bool) or not isinstance(row.get("id"), str | int):
        raise InputError("缺少 id（文字或整数）")
    if not is_writable(str(row["id"])):
        raise InputError("id 含有无法写出的字符")
    return row
