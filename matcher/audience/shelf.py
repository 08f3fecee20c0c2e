"""The other direction: one subscriber put to all open policies at once.

All trees are laid flat side by side. Kleene's AND is the least and OR the greatest of 0, 1, 2 (no, unknown, yes), so
one level of all trees together is one `minimum.reduceat` or `maximum.reduceat`; a `not` is pushed down to the atoms
first. Equal atoms of different policies are asked once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.vocabulary.fields import Kind, Side, place_field
from matcher.applicant import Applicant
from matcher.audience.questions import Numbers, Questions, Truths
from matcher.criteria import All, Atom, Demand, Node, Not
from matcher.rules import is_askable, open_fields, own_types
from matcher.truth import Truth

_NO, _YES, _OPEN = 0, 1, 2
"""Where the constants stand among the values; the open one is unknown, or yes in the applicant's favour."""
_CONSTANTS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """For each policy of the shelf its number and both verdicts, as numbers of `Truth`."""

    policies: Numbers
    verdicts: Truths
    favourable: Truths


@dataclass(frozen=True, slots=True)
class Question:
    """A field to ask for: how many policies it settles alone, and for how many it is one of those missing."""

    field: str
    settles: int
    touches: int


class Shelf:
    """Open policies by number, laid out for both sides. When one changes, a new shelf is made."""

    def __init__(self, demands: Mapping[int, Demand]) -> None:
        self._demands = dict(demands)
        self._policies = np.array(list(demands), dtype=np.int64)
        self._layouts = {side: _Layout(side, list(demands.values())) for side in Side}

    def judge(self, applicant: Applicant) -> Judged:
        """What `matcher.rules.decide` says of each policy and this applicant."""
        verdicts, favourable = self._layouts[applicant.side].judge(applicant)
        return Judged(self._policies, verdicts, favourable)

    def questions(self, applicant: Applicant, judged: Judged, most: int = 1_000) -> list[Question]:
        """What to ask an applicant for, that which settles most first; from the first `most` policies left open."""
        settles, touches = Counter[str](), Counter[str]()
        left_open = judged.policies[judged.favourable == Truth.UNKNOWN]
        for number in left_open[:most].tolist():
            fields = open_fields(self._demands[number], applicant)
            settles.update(fields if len(fields) == 1 else ())
            touches.update(name for name in fields if is_askable(name, applicant.side))
        found = [Question(field, settles[field], count) for field, count in touches.items()]
        return sorted(found, key=lambda one: (-one.settles, -one.touches, one.field))


@dataclass(frozen=True, slots=True)
class _Level:
    """The nodes of one height and one kind: `children` of all of them, those of each from `starts` on."""

    reduce: Callable[[Truths, Numbers], Truths]
    nodes: Numbers
    children: Numbers
    starts: Numbers


class _Layout:
    """The trees of all policies for one side, with what they demand of side, types and place.

    All values stand in one array: the constants, then for each question its answer and the mirror of it, then the inner
    nodes. While the trees are laid the number of questions isn't known, so inner nodes are counted down from -1.
    """

    def __init__(self, side: Side, demands: Sequence[Demand]) -> None:
        self._side = side
        self._questions = Questions()
        self._inner: list[tuple[bool, list[int], int]] = []
        roots = [self._root(demand) for demand in demands]
        self._questions.close()
        self._size = _CONSTANTS + 2 * self._questions.count + len(self._inner)
        self._roots = self._places(roots)
        self._levels = self._lay()

    def judge(self, applicant: Applicant) -> tuple[Truths, Truths]:
        answers = self._questions.answer(applicant)
        values = np.zeros(self._size, dtype=np.int8)
        values[_YES] = Truth.YES
        asked = values[_CONSTANTS : _CONSTANTS + 2 * len(answers)]
        asked[0::2], asked[1::2] = answers, Truth.YES - answers
        return self._fold(values, Truth.UNKNOWN), self._fold(values, Truth.YES)

    def _fold(self, values: Truths, open_truth: Truth) -> Truths:
        values[_OPEN] = open_truth
        for level in self._levels:
            values[level.nodes] = level.reduce(values[level.children], level.starts)
        return values[self._roots]

    def _root(self, demand: Demand) -> int:
        """Side, types, place and conditions of one policy as one node."""
        if demand.sides and self._side not in demand.sides:
            return _NO
        parts = [self._node(demand.conditions, negated=False)]
        if own := own_types(demand, self._side):
            parts.append(self._join(False, [_answer(self._questions.ask_type(code)) for code in own]))
        if demand.region not in (None, "000000"):
            place = Atom(place_field(self._side).name, "in", (demand.region,))
            parts.append(_answer(self._questions.ask(place)))
        return self._join(True, parts)

    def _node(self, node: Node, *, negated: bool) -> int:
        """The place of a node's value, or of its opposite's."""
        if isinstance(node, Atom):
            return _OPEN if node.kind is Kind.OPEN else _answer(self._questions.ask(node)) + negated
        if isinstance(node, Not):
            return self._node(node.child, negated=not negated)
        children = [self._node(child, negated=negated) for child in node.children]
        return self._join(isinstance(node, All) is not negated, children)

    def _join(self, every: bool, children: list[int]) -> int:
        """The least (`every`) or the greatest of the children."""
        if len(children) < 2:
            return children[0] if children else _YES if every else _NO
        height = 1 + max(self._inner[-1 - child][2] if child < 0 else 0 for child in children)
        self._inner.append((every, children, height))
        return -len(self._inner)

    def _lay(self) -> list[_Level]:
        """Inner nodes by height, so that children are worked out before their parents."""
        groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
        for at, (every, _, height) in enumerate(self._inner):
            groups[height, every].append(at)
        levels = []
        for (_, every), members in sorted(groups.items()):
            lengths = [len(self._inner[at][1]) for at in members]
            levels.append(
                _Level(
                    np.minimum.reduceat if every else np.maximum.reduceat,
                    self._places([-1 - at for at in members]),
                    self._places([child for at in members for child in self._inner[at][1]]),
                    np.cumsum([0, *lengths[:-1]]),
                )
            )
        return levels

    def _places(self, numbers: list[int]) -> Numbers:
        places = np.array(numbers, dtype=np.int64)
        return np.where(places < 0, self._size + places, places)


def _answer(number: int) -> int:
    """The place of an answer; its mirror stands behind it."""
    return _CONSTANTS + 2 * number
