"""A tree of conditions as the editor shows it: in Chinese, each node with its path and its clause."""

from dataclasses import dataclass
from typing import Any

from core.vocabulary.load import Vocabulary
from matcher.criteria import Atom, parse_criteria
from matcher.explain import describe_atom
from web.staff.tree import children_of


@dataclass(frozen=True, slots=True)
class Branch:
    """A node. `kind` is all, any, not or atom; `start` the place of the clause in the text, where it is known."""

    path: str
    kind: str
    words: str = ""
    quote: str = ""
    start: int | None = None
    field: str = ""
    children: tuple["Branch", ...] = ()


def branch_of(node: dict[str, Any], vocabulary: Vocabulary, path: str = "") -> Branch:
    """The node and all below it. Raises InputError where a stored condition isn't valid any more."""
    if "field" in node:
        atom = parse_criteria(node, vocabulary)
        assert isinstance(atom, Atom)  # noqa: S101 - a node with a field is an atom
        return Branch(path, "atom", describe_atom(atom, vocabulary), atom.quote, atom.start, atom.field)
    kind = next(key for key in ("all", "any", "not") if key in node)
    children = tuple(
        branch_of(child, vocabulary, f"{path}.{at}" if path else str(at)) for at, child in enumerate(children_of(node))
    )
    return Branch(path, kind, children=children)
