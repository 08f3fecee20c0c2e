"""Branches of a condition tree: tiers made one, repetitions dropped, what branches share said once."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from matcher.reading.reading import Node

MOST_BRANCHES = 8
"""Measures that are kept apart; the guide allows no more."""


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


def drop_repeats(nodes: list[Node]) -> list[Node]:
    seen: set[str] = set()
    return [node for node in nodes if not ((key := _key(node)) in seen or seen.add(key))]  # type: ignore[func-returns-value]  # add returns nothing, on purpose


def one_node(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else {"all": nodes}


def keep_lowest_tiers(measures: list[list[Node]]) -> list[list[Node]]:
    """Of neighbours that differ in how high a figure must be and in nothing else, the lowest: tiers of one measure."""
    kept: list[list[Node]] = []
    for branch in measures:
        branch = drop_repeats(branch)
        if kept and (lower := _lower(kept[-1], branch)) is not None:
            kept[-1] = lower
        else:
            kept.append(branch)
    return kept


def _lower(first: list[Node], second: list[Node]) -> list[Node] | None:
    ours, theirs = ([node for node in branch if node.get("field") != "other"] for branch in (first, second))
    if len(ours) != len(theirs) or not ours:
        return None
    if (same := _drop_halves(first, ours, theirs)) is not None:
        return same
    lower = False
    for one, two in zip(ours, theirs, strict=True):
        if "field" not in one or "field" not in two or (one["field"], one["op"]) != (two["field"], two["op"]):
            return None
        if one["value"] != two["value"]:
            if one["op"] != "ge" or not isinstance(one["value"], (int, float)) or isinstance(one["value"], bool):
                return None
            lower = lower or two["value"] < one["value"]
    return second if lower else first


def _drop_halves(branch: list[Node], ours: list[Node], theirs: list[Node]) -> list[Node] | None:
    """The branch without a figure that the neighbour takes from the other side (不超过2000万元 / 超过2000万元)."""
    apart = [(one, two) for one, two in zip(ours, theirs, strict=True) if _key(one) != _key(two)]
    if len(apart) != 1:
        return None
    one, two = apart[0]
    if "field" not in one or "field" not in two or (one["field"], one["value"]) != (two["field"], two["value"]):
        return None
    return [node for node in branch if node is not one] if {one["op"], two["op"]} == {"ge", "le"} else None


def join_alternatives(branches: list[list[Node]]) -> list[Node]:
    """One `any` over the measures, what all of them ask drawn out before it."""
    branches = _merge_same(branches)
    if not any(branches):
        return []
    if len(branches) == 1:
        return branches[0]
    rest, common = _factor(branches)
    grouped, left = rest[: MOST_BRANCHES - 1], rest[MOST_BRANCHES - 1 :]
    if len(left) > 1:
        grouped.append([{"any": [one_node(branch) for branch in left]}])
    else:
        grouped += left
    return [*common, {"any": [one_node(branch) for branch in grouped]}] if grouped else common


def join_said(groups: list[list[Node]]) -> list[Node]:
    """What sentences say one after the other, all of it holding; those that nobody can meet together are alternatives.

    Ages, sizes and needs are often told case by case (5000万元以下的…；5000万元至2亿元的…；2亿元以上的…), and no word
    says so.
    """
    cases = [n for n, one in enumerate(groups) if any(_exclude(one, two) for two in groups if two is not one)]
    if not cases:
        return [node for group in groups for node in group]
    first, last = cases[0], cases[-1]
    while last + 1 < len(groups) and groups[last + 1] and _FIGURE_FIRST.match(groups[last + 1][0].get("quote", "")):
        last += 1  # the last case names but its figure: 2亿元以上的不低于3%
        cases.append(last)
    before = [node for group in groups[:first] for node in group]
    between = [node for n in range(first, len(groups)) if n not in cases for node in groups[n]]
    return [*before, {"any": [one_node(groups[n]) for n in cases]}, *between]


_FIGURE_FIRST = re.compile(r"\d[\d,.]*(?:亿|万)?元")
_ONE_OF = frozenset({"disability_grade", "hardship", "marital", "employment", "nationality", "gender"})


def _exclude(first: list[Node], second: list[Node]) -> bool:
    """Whether an atom of the one can't hold beside an atom of the other."""
    return any(
        _clash(one, two) or _clash(two, one)
        for one in first
        if "field" in one
        for two in second
        if two.get("field") == one["field"]
    )


def _clash(one: Node, two: Node) -> bool:
    mine, other = one["value"], two["value"]
    if (one["op"], two["op"]) == ("le", "ge"):
        return bool(mine <= other)
    if one["op"] == "in" and two["op"] == "not_in":
        return set(mine) <= set(other)
    return one["op"] == two["op"] == "in" and one["field"] in _ONE_OF and set(mine).isdisjoint(other)


def _factor(branches: list[list[Node]]) -> tuple[list[list[Node]], list[Node]]:
    """What all branches share goes before them; what some share is said once: 甲且乙 或 甲且丙 = 甲且(乙或丙)."""
    counts = Counter(
        key for branch in branches for key in dict.fromkeys(_key(node) for node in branch if "field" in node)
    )
    if not counts:
        return branches, []
    shared, times = counts.most_common(1)[0]
    if times < 2:
        return branches, []
    holders = [branch for branch in branches if any(_key(node) == shared for node in branch)]
    node = next(node for node in holders[0] if _key(node) == shared)
    inner = [[n for n in branch if _key(n) != shared] for branch in holders]
    group = [node, *join_alternatives(inner)]
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
