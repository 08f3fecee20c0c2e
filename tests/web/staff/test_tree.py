"""Each act on a tree of conditions, as a table."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from web.staff import tree

A, B, C, D = ({"field": name, "op": "ge", "value": 1} for name in ("age", "children", "employees", "tax_wan"))
TREE: dict[str, Any] = {"all": [A, {"any": [B, C]}, {"not": D}]}
Act = Callable[[], dict[str, Any]]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: tree.remove(TREE, "0"), {"all": [{"any": [B, C]}, {"not": D}]}),
        (lambda: tree.remove(TREE, "1.0"), {"all": [A, {"any": [C]}, {"not": D}]}),
        (lambda: tree.remove(TREE, "2.0"), {"all": [A, {"any": [B, C]}]}),
        (lambda: tree.remove(TREE, ""), {"all": []}),
        (lambda: tree.add(TREE, "1", A), {"all": [A, {"any": [B, C, A]}, {"not": D}]}),
        (lambda: tree.add(TREE, "", B), {"all": [A, {"any": [B, C]}, {"not": D}, B]}),
        (lambda: tree.replace(TREE, "1.1", D), {"all": [A, {"any": [B, D]}, {"not": D}]}),
        (lambda: tree.switch(TREE, "1"), {"all": [A, {"all": [B, C]}, {"not": D}]}),
        (lambda: tree.negate(TREE, "0"), {"all": [{"not": A}, {"any": [B, C]}, {"not": D}]}),
        (lambda: tree.negate(TREE, "1"), {"all": [A, {"not": {"any": [B, C]}}, {"not": D}]}),
        (lambda: tree.negate(TREE, "2"), {"all": [A, {"any": [B, C]}, D]}),
        (lambda: tree.negate(TREE, "2.0"), {"all": [A, {"any": [B, C]}, D]}),
        (lambda: tree.ungroup(TREE, "1"), {"all": [A, B, C, {"not": D}]}),
        (lambda: tree.group(TREE, ["0", "2"], "any"), {"all": [{"any": [A, {"not": D}]}, {"any": [B, C]}]}),
        (lambda: tree.group(TREE, ["1.1", "1.0"], "all"), {"all": [A, {"any": [{"all": [B, C]}]}, {"not": D}]}),
        (lambda: tree.rooted({"any": [A]}), {"all": [{"any": [A]}]}),
        (lambda: tree.rooted(A), {"all": [A]}),
        (lambda: tree.rooted(TREE), TREE),
    ],
)
def test_what_an_act_makes_of_the_tree(act: Act, expected: dict[str, Any]) -> None:
    assert act() == expected


@pytest.mark.parametrize(
    "act",
    [
        lambda: tree.remove(TREE, "7"),
        lambda: tree.node_at(TREE, "0.0"),
        lambda: tree.node_at(TREE, "-1"),
        lambda: tree.node_at(TREE, "x"),
        lambda: tree.add(TREE, "0", A),
        lambda: tree.switch(TREE, "2"),
        lambda: tree.negate(TREE, ""),
        lambda: tree.ungroup(TREE, ""),
        lambda: tree.ungroup({"all": [{"not": {"all": [A, B]}}]}, "0.0"),
        lambda: tree.group(TREE, ["0"], "any"),
        lambda: tree.group(TREE, ["0", "1.0"], "any"),
        lambda: tree.group(TREE, ["0", "9"], "any"),
        lambda: tree.group(TREE, [], "any"),
    ],
)
def test_what_can_not_be_done_is_refused(act: Act) -> None:
    with pytest.raises(InputError):
        act()


NODES = st.recursive(
    st.sampled_from([A, B, C, D]),
    lambda children: st.one_of(
        st.builds(lambda c: {"all": c}, st.lists(children, max_size=3)),
        st.builds(lambda c: {"any": c}, st.lists(children, max_size=3)),
        st.builds(lambda c: {"not": c}, children),
    ),
    max_leaves=12,
)


def paths(node: dict[str, Any], path: str = "") -> list[str]:
    below = [
        found
        for at, child in enumerate(tree.children_of(node))
        for found in paths(child, f"{path}.{at}" if path else str(at))
    ]
    return [path, *below]


@given(NODES, st.data())
def test_negating_twice_changes_nothing_and_the_old_tree_stays(node: dict[str, Any], data: st.DataObject) -> None:
    whole = tree.rooted(node)
    before = repr(whole)
    path = data.draw(st.sampled_from([one for one in paths(whole) if one] or ["0"]))
    try:
        once = tree.negate(whole, path)
    except InputError:
        return
    under_not = "not" in tree.node_at(whole, path.rpartition(".")[0]) if path else False
    if "not" not in tree.node_at(whole, path) and not under_not:
        assert tree.negate(once, path) == whole
    assert repr(whole) == before
