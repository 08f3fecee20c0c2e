"""Policies as JSON, one object a line: what other systems export."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from policies.dates import parse_date
from policies.intake.decoding import clean, decode
from policies.intake.headings import LONGEST, is_title, title_from_text
from policies.mentions import named
from policies.models import PolicyKind, RelationKind
from policies.policy_text import Mention, PolicyText, Refusal
from policies.titles import state_of

_DATES = {
    "published_date": "发布日期",
    "written_date": "成文日期",
    "effective_date": "施行日期",
    "expires_date": "失效日期",
}
_DETAILS = {"id": "编号", "topic_category": "主题分类", "index_number": "索引号", "source": "来源"}


def read(content: bytes, name: str) -> Iterator[PolicyText | Refusal]:
    """Every line as a policy or as a refusal with its number and the reason; empty lines count but are passed over.

    Fields: title (or taken from text), text, doc_number, agency, region, url, kind, the four dates, validity,
    topic_category, id, relations `[{"kind", "target"}]`; others are not looked at. InputError for no text at all.
    """
    for number, line in enumerate(re.split(r"\r?\n", decode(content, name)), 1):
        line = line.strip("\ufeff \t")
        if line:
            where = f"{name} 第{number}行"
            try:
                yield _policy(_object(line), where)
            except ValueError as error:
                yield Refusal(where, str(error))


def _object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("不是有效的 JSON") from None
    if not isinstance(row, dict):
        raise ValueError("应是一个 JSON 对象 {…}")
    return row


def _policy(row: dict[str, Any], where: str) -> PolicyText:
    text = _words(row, "text")
    title = re.sub(r"\s+", " ", _words(row, "title"))
    given = is_title(title)
    if not given:
        title = title_from_text(text)
    if not title:
        raise ValueError("缺少标题（title），正文里也没有可用的标题")
    if len(title) > LONGEST:
        raise ValueError(f"标题超过 {LONGEST} 字")
    policy = PolicyText(
        title=title,
        source=where,
        text=text,
        doc_number=_words(row, "doc_number"),
        agency=_words(row, "agency"),
        region=_words(row, "region"),
        url=_words(row, "url"),
        kind=_kind(row),
        state=state_of(title, _words(row, "validity")),
        details={label: value for field, label in _DETAILS.items() if (value := _words(row, field))},
        mentions=tuple(_mentions(row)),
        derived_title=not given,
    )
    return replace(policy, **{field: _date(row, field, label) for field, label in _DATES.items()})


def _words(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | dict | list):
        raise ValueError(f"字段 {field} 应是文字")
    return clean(str(value))


def _date(row: dict[str, Any], field: str, label: str) -> Any:
    try:
        return parse_date(_words(row, field))
    except ValueError as error:
        raise ValueError(f"{label}（{field}）有误：{error}") from None


def _kind(row: dict[str, Any]) -> PolicyKind | None:
    words = _words(row, "kind")
    if words and words not in set(PolicyKind):
        raise ValueError(f"字段 kind 的值“{words[:40]}”不认识，可用：{'、'.join(PolicyKind)}")
    return PolicyKind(words) if words else None


def _mentions(row: dict[str, Any]) -> Iterator[Mention]:
    relations = row.get("relations") or []
    if not isinstance(relations, list):
        raise ValueError("字段 relations 应是列表")
    for relation in relations:
        kind = relation.get("kind") if isinstance(relation, dict) else None
        target = _words(relation, "target") if isinstance(relation, dict) else ""
        if kind not in set(RelationKind) or not target:
            raise ValueError(f"字段 relations 每项应有 kind（{'、'.join(RelationKind)}）和 target（文号、标题或网址）")
        yield Mention(RelationKind(kind), named(target))
