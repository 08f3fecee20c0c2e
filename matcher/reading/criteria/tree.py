"""The conditions of a whole document as one tree."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from matcher.reading.criteria.clause import Clause, Setting
from matcher.reading.criteria.clauses import build_nodes, find_conditions
from matcher.reading.criteria.sentences import Sentence, list_sentences
from matcher.reading.criteria.titles import Titles
from matcher.reading.layout import Item, Part
from matcher.reading.plain import Plain
from matcher.reading.reading import Node

MOST_BRANCHES = 8
"""Measures that are kept apart; the guide allows no more."""
_LISTED = frozenset({Part.CONDITION, Part.EXCLUSION})
_SILENT = frozenset({Part.MATERIAL, Part.PROCEDURE, Part.TIME, Part.PLACE, Part.CONTACT, Part.FRAME})
_BARE_LIST = 1500
"""A short text that begins with a numbered item and grants nothing is a list of conditions."""
_GRANTS = re.compile(r"给予|奖励|补助|补贴|资助|贷款|购房|奖补")
_SCOPE = re.compile(
    r"(?:本|文中|上述|以上|该)[^，。]{0,12}(?:所指|所称|适用(?:于|对象|范围|主体)|(?:支持|奖补|扶持|奖励|补贴)(?:的)?(?:对象|范围|主体)|主要对象)"
)
_NO_LIMIT = re.compile(
    r"^(?:无|没有)(?:受理|申请|申报|其他)?(?:条件|限制)|^无条件|^不限$|^无$|以[^，。]{0,12}通知[^，。]{0,6}为准|^按需|符合条件的?即可|规定列出(?:此事项适用)?的基本申请条件|^依据?相关法律"
)


class TreeBuilder:
    """Turns the laid-out text into a condition tree; one for many documents."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles

    def build(self, plain: Plain, layout: Item, setting: Setting) -> Node:
        """`{"all": […]}`: the listed conditions, then one `any` over the measures that have conditions of their own."""
        if _is_bare_list(plain.text, layout):
            for item in layout.walk():
                item.part = Part.CONDITION
        listed: list[Node] = []
        measures: list[list[Node]] = []
        for item in layout.children:
            self._collect(item, plain, setting, listed, measures)
        outer = _dedupe(listed)
        branches = [branch for branch in _lowest_tiers(measures) if branch]
        if outer and not _has_fields(branches):
            branches = []
        return {"all": outer + _alternatives(branches)}

    def _collect(
        self, item: Item, plain: Plain, setting: Setting, listed: list[Node], measures: list[list[Node]]
    ) -> None:
        if item.part in _LISTED:
            listed += self._listed(item, plain, setting, "")
            return
        listed += self._scope(item, plain, setting)
        if item.part not in _SILENT:
            measures += self._measures(item, plain, setting)
        for child in item.children:
            self._collect(child, plain, setting, listed, measures)

    def _scope(self, item: Item, plain: Plain, setting: Setting) -> Iterator[Node]:
        """What an article says of the whole policy's reach: 本政策所称企业是指…."""
        for sentence in list_sentences(plain.text, item.body, item.stop, split_measures=False):
            if _SCOPE.search(sentence.text[:30]):
                yield from self._sentence(sentence, plain, setting, "", excluding=sentence.refuses, whole=False)

    def _listed(self, item: Item, plain: Plain, setting: Setting, head: str) -> list[Node]:
        """The conditions of an item among conditions and of all below it."""
        if item.part in _SILENT:
            return []
        text = plain.text
        words = text[item.body : item.stop].strip()
        leads = bool(item.children) and words.endswith(("：", "…"))
        nodes: list[Node] = []
        for sentence in list_sentences(text, item.body, item.stop, split_measures=False):
            excluding = item.part is Part.EXCLUSION or sentence.refuses
            nodes += self._sentence(
                sentence, plain, setting, head, excluding=excluding, whole=not leads and not _names_only(words, item)
            )
        below = words if leads or len(words) < 60 else head
        groups = [group for child in item.children if (group := self._listed(child, plain, setting, below))]
        if item.choice and len(groups) > 1:
            return [*nodes, {"any": [_one(group) for group in groups]}]
        return nodes + [node for group in groups for node in group]

    def _sentence(
        self, sentence: Sentence, plain: Plain, setting: Setting, head: str, *, excluding: bool, whole: bool
    ) -> list[Node]:
        if _NO_LIMIT.search(sentence.text):
            return []
        clause = Clause(sentence.text, sentence.start, head, strict=True, excluding=excluding)
        found = find_conditions(clause, sentence.subject, setting, self._titles)
        return build_nodes(clause, found, plain, whole=whole)

    def _measures(self, item: Item, plain: Plain, setting: Setting) -> Iterator[list[Node]]:
        """One branch for each sentence of an item that offers something to someone described."""
        for sentence in list_sentences(plain.text, item.body, item.stop, split_measures=True):
            if not sentence.measure:
                continue
            clause = Clause(sentence.text, sentence.start, "", strict=False, excluding=sentence.refuses)
            found = find_conditions(clause, sentence.subject, setting, self._titles)
            if found:
                yield build_nodes(clause, found, plain, whole=False)


def _is_bare_list(text: str, layout: Item) -> bool:
    if len(text) > _BARE_LIST or _GRANTS.search(text) or not layout.children:
        return False
    numbered = [item for item in layout.children if item.rank < 8]
    return bool(numbered) and numbered[0].start == 0 and len(numbered) > 1 and numbered[0].rank >= 3


def _names_only(words: str, item: Item) -> bool:
    """Whether the item is but a heading."""
    return (
        bool(item.children)
        and len(words) <= 24
        or bool(re.fullmatch(r"[^，。；]{2,14}(?:条件|对象|范围|要求|资格|标准)[：:]?", words))
    )


def _has_fields(branches: list[list[Node]]) -> bool:
    return any(atom["field"] != "other" for branch in branches for atom in list_atoms({"all": branch}))


def list_atoms(node: Node) -> Iterator[dict[str, Any]]:
    """Every atom of a tree, in order."""
    for branch in ("all", "any"):
        if branch in node:
            for child in node[branch]:
                yield from list_atoms(child)
            return
    yield node


def _key(node: Node) -> str:
    if "field" not in node:
        keys = [_key(atom) for atom in list_atoms(node) if atom["field"] != "other"]
        return str(keys) + ("any" if "any" in node else "all")
    said = node["quote"] if node["field"] == "other" else node["value"]
    return f"{node['field']}|{node['op']}|{said}"


def _dedupe(nodes: list[Node]) -> list[Node]:
    seen: set[str] = set()
    return [node for node in nodes if not ((key := _key(node)) in seen or seen.add(key))]  # type: ignore[func-returns-value]  # add returns nothing, on purpose


def _one(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else {"all": nodes}


def _lowest_tiers(measures: list[list[Node]]) -> list[list[Node]]:
    """Of neighbours that differ in how high a figure must be and in nothing else, the lowest: tiers of one measure."""
    kept: list[list[Node]] = []
    for branch in measures:
        branch = _dedupe(branch)
        if kept and (lower := _lower(kept[-1], branch)) is not None:
            kept[-1] = lower
        else:
            kept.append(branch)
    return kept


def _lower(first: list[Node], second: list[Node]) -> list[Node] | None:
    if len(first) != len(second) or not first:
        return None
    lower = False
    for one, two in zip(first, second, strict=True):
        if "field" not in one or "field" not in two or (one["field"], one["op"]) != (two["field"], two["op"]):
            return None
        if one["value"] != two["value"]:
            if one["op"] != "ge" or not isinstance(one["value"], (int, float)) or isinstance(one["value"], bool):
                return None
            lower = lower or two["value"] < one["value"]
    return second if lower else first


def _alternatives(branches: list[list[Node]]) -> list[Node]:
    """One `any` over the measures, what all of them ask drawn out before it."""
    branches = _merge_same(branches)
    if not branches:
        return []
    if len(branches) == 1:
        return branches[0]
    rest, common = _factor(branches)
    grouped, left = rest[: MOST_BRANCHES - 1], rest[MOST_BRANCHES - 1 :]
    if len(left) > 1:
        grouped.append([{"any": [_one(branch) for branch in left]}])
    else:
        grouped += left
    return [*common, {"any": [_one(branch) for branch in grouped]}] if grouped else common


def _factor(branches: list[list[Node]]) -> tuple[list[list[Node]], list[Node]]:
    """What all branches share goes before them; what some share is said once for these (甲且乙 或 甲且丙 = 甲且(乙或丙))."""
    counts = Counter(key for branch in branches for key in {_key(node) for node in branch if "field" in node})
    if not counts:
        return branches, []
    shared, times = counts.most_common(1)[0]
    if times < 2:
        return branches, []
    holders = [branch for branch in branches if any(_key(node) == shared for node in branch)]
    node = next(node for node in holders[0] if _key(node) == shared)
    inner = [[n for n in branch if _key(n) != shared] for branch in holders]
    group = [node] if any(not branch for branch in inner) else [node, *_alternatives(inner)]
    if len(holders) == len(branches):
        return [], group
    position = branches.index(holders[0])
    others = [branch for branch in branches if not any(branch is holder for holder in holders)]
    others.insert(min(position, len(others)), group)
    return _factor(others)


def _merge_same(branches: list[list[Node]]) -> list[list[Node]]:
    seen: set[str] = set()
    kept = []
    for branch in branches:
        key = "&".join(sorted(map(_key, branch)))
        if key not in seen:
            seen.add(key)
            kept.append(branch)
    return kept
