"""Changing a tree of conditions one step at a time. Pure: every act answers a new tree and leaves the old one.

Trees are those of `matcher.criteria` as JSON. A node is named by its path: `` is the root, `0.2` the third child of the
root's first child; the child of a `not` is its child 0.
"""

from collections.abc import Callable, Sequence
from typing import Any

from core.errors import InputError

Node = dict[str, Any]
GONE = "这个条件已经不在了，请刷新页面"


def rooted(tree: Node) -> Node:
    """The tree with an `all` at its root, which the editor needs to add to."""
    return tree if "all" in tree else {"all": [tree]}


def node_at(tree: Node, path: str) -> Node:
    """Raises InputError where there is none."""
    node = tree
    for at in _steps(path):
        children = children_of(node)
        if at >= len(children):
            raise InputError(GONE)
        node = children[at]
    return node


def children_of(node: Node) -> list[Node]:
    if "not" in node:
        return [node["not"]]
    return list(node[key]) if (key := "all" if "all" in node else "any") in node else []


def replace(tree: Node, path: str, new: Node) -> Node:
    return _changed(tree, _steps(path), lambda _: [new])


def remove(tree: Node, path: str) -> Node:
    """Without this node; a `not` that loses its child goes with it. The root stays, empty."""
    steps = _steps(path)
    if not steps:
        return {"all": []}
    parent = node_at(tree, _path(steps[:-1]))
    return remove(tree, _path(steps[:-1])) if "not" in parent else _changed(tree, steps, lambda _: [])


def add(tree: Node, path: str, new: Node) -> Node:
    """`new` as the last child of the group at `path`. Raises InputError where that is no group."""
    group = node_at(tree, path)
    key = _key(group)
    return replace(tree, path, {key: [*group[key], new]})


def switch(tree: Node, path: str) -> Node:
    """`all` becomes `any` and the other way round."""
    group = node_at(tree, path)
    key = _key(group)
    return replace(tree, path, {"any" if key == "all" else "all": group[key]})


def negate(tree: Node, path: str) -> Node:
    """The opposite: under a `not`, or out of the one that it stands under already."""
    steps, node = _steps(path), node_at(tree, path)
    if not steps:
        raise InputError("整棵条件树不能取反，请先选其中一组")
    parent_path = _path(steps[:-1])
    if "not" in node:
        return replace(tree, path, node["not"])
    if "not" in node_at(tree, parent_path):
        return replace(tree, parent_path, node)
    return replace(tree, path, {"not": node})


def ungroup(tree: Node, path: str) -> Node:
    """The children of a group take its place."""
    steps, group = _steps(path), node_at(tree, path)
    if not steps or "not" in node_at(tree, _path(steps[:-1])):
        raise InputError("这一组不能拆开")
    return _changed(tree, steps, lambda _: group[_key(group)])


def group(tree: Node, paths: Sequence[str], key: str) -> Node:
    """The nodes at `paths`, which stand side by side, as one group of `all` or `any` where the first of them was."""
    places = sorted({tuple(_steps(path)) for path in paths})
    if len(places) < 2 or len({place[:-1] for place in places}) > 1 or () in places:
        raise InputError("请勾选同一组里的两个以上条件")
    parent_path = _path(list(places[0][:-1]))
    parent = node_at(tree, parent_path)
    picked = {place[-1] for place in places}
    children = children_of(parent)
    if max(picked) >= len(children):
        raise InputError(GONE)
    made = {key: [children[at] for at in sorted(picked)]}
    kept = [
        made if at == min(picked) else child for at, child in enumerate(children) if at not in picked - {min(picked)}
    ]
    return replace(tree, parent_path, {_key(parent): kept})


def _key(node: Node) -> str:
    for key in ("all", "any"):
        if key in node:
            return key
    raise InputError("只有条件组可以这样做")


def _changed(node: Node, steps: Sequence[int], change: Callable[[Node], list[Node]]) -> Node:
    """`node` with what `change` answers in the place of its descendant at `steps`."""
    if not steps:
        [new] = change(node)
        return new
    at, rest = steps[0], steps[1:]
    children = children_of(node)
    if at >= len(children):
        raise InputError(GONE)
    new_children = change(children[at]) if not rest else [_changed(children[at], rest, change)]
    if "not" in node:
        return {"not": new_children[0]}
    return {_key(node): [*children[:at], *new_children, *children[at + 1 :]]}


def _steps(path: str) -> list[int]:
    try:
        steps = [int(step) for step in path.split(".")] if path else []
    except ValueError:
        raise InputError(GONE) from None
    if any(step < 0 for step in steps):
        raise InputError(GONE)
    return steps


def _path(steps: Sequence[int]) -> str:
    return ".".join(map(str, steps))
