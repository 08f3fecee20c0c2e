"""One policy put to everybody: the same logic as `matcher.rules`, on sets instead of single applicants.

Every node answers, within a set of slots, who surely meets it and who surely doesn't, strictly and in the applicant's
favour. An `all` puts each child only to those whom no earlier child excluded, an `any` to those whom none satisfied:
this changes no answer, and a policy for one district costs little more than its district.
"""

from dataclasses import dataclass

from pyroaring import BitMap

from core.vocabulary.fields import Kind, Side, place_field
from matcher.audience.columns import Sets
from matcher.audience.index import Audience
from matcher.audience.sets import union
from matcher.criteria import All, Atom, Demand, Node, Not
from matcher.rules import own_types
from matcher.truth import Truth, negate


@dataclass(frozen=True, slots=True)
class Match:
    """Slots by verdict, each set within everybody; whoever is in neither is unknown. Never to be changed in place."""

    yes: BitMap
    no: BitMap
    favourable_yes: BitMap
    favourable_no: BitMap


def match(audience: Audience, demand: Demand) -> Match:
    """Both verdicts of everybody."""
    frame_yes, frame_no = match_frame(audience, demand)
    left = audience.everyone - frame_no
    (yes, no), (favourable_yes, favourable_no) = _Question(audience).truths(demand.conditions, left)
    return Match(yes & frame_yes, frame_no | no, favourable_yes & frame_yes, frame_no | favourable_no)


def match_frame(audience: Audience, demand: Demand) -> Sets:
    """Who meets side, types and place together, and who surely fails one of them."""
    yes, no = BitMap(), BitMap()
    for side, members in audience.sides.items():
        if demand.sides and side not in demand.sides:
            no |= members
            continue
        typed, untyped = match_types(audience, demand, side)
        placed, displaced = match_place(audience, demand, side)
        yes |= typed & placed
        no |= untyped | displaced
    return yes, no


def match_types(audience: Audience, demand: Demand, side: Side) -> Sets:
    """Of one side: who is of a demanded type, and who surely is of none."""
    members, demanded = audience.sides[side], own_types(demand, side)
    if not demanded:
        return members, BitMap()
    unlike = [audience.other_types.get(code, BitMap()) for code in demanded]
    return (
        union(audience.types.get(code, BitMap()) for code in demanded) & members,
        BitMap.intersection(members, *unlike),
    )


def match_place(audience: Audience, demand: Demand, side: Side) -> Sets:
    """Of one side: whom the policy's own region covers, and whom it surely doesn't."""
    members = audience.sides[side]
    if demand.region in (None, "000000"):
        return members, BitMap()
    field = place_field(side).name
    return audience.columns[field].truths(Atom(field, "in", (demand.region,)), members)


def match_node(audience: Audience, node: Node, within: BitMap) -> tuple[Sets, Sets]:
    """Of `within`: who meets one node and who doesn't, strictly and in the applicant's favour."""
    return _Question(audience).truths(node, within)


class _Question:
    """One policy's conditions being put to an audience."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._open: dict[int, bool] = {}

    def truths(self, node: Node, within: BitMap, favour: Truth = Truth.YES) -> tuple[Sets, Sets]:
        """The strict sets and the favoured ones; the same where no atom below is unsettled."""
        if isinstance(node, Atom):
            if node.kind is Kind.OPEN:
                return (BitMap(), BitMap()), _everyone(favour, within)
            sets = self._audience.columns[node.field].truths(node, within)
            return sets, sets
        if isinstance(node, Not):
            strict, favoured = self.truths(node.child, within, negate(favour))
            return _swapped(strict), _swapped(favoured)
        if isinstance(node, All):
            return self._all(node.children, within, favour, mirrored=False)
        # De Morgan: any of them, unless all are unmet.
        strict, favoured = self._all(node.children, within, favour, mirrored=True)
        return _swapped(strict), _swapped(favoured)

    def _all(self, children: tuple[Node, ...], within: BitMap, favour: Truth, *, mirrored: bool) -> tuple[Sets, Sets]:
        """All children, each taken for its opposite where `mirrored`; the settled ones first, once for both truths."""
        running = _Running(within, within)
        for child in sorted(children, key=_cost):
            if running.left and not self._is_open(child):
                sets, _ = self.truths(child, running.left, favour)
                running = running.after(_swapped(sets) if mirrored else sets)
        favoured = running
        for child in children:
            if not self._is_open(child):
                continue
            # The favoured truth excludes fewer (mirrored: more), so the wider of both sets is asked.
            wider = favoured if (favour is Truth.YES) is not mirrored else running
            strict_sets, favoured_sets = self.truths(child, wider.left, favour)
            running = running.after(_swapped(strict_sets) if mirrored else strict_sets)
            favoured = favoured.after(_swapped(favoured_sets) if mirrored else favoured_sets)
        strict_answer = running.answer(within)
        return strict_answer, strict_answer if favoured is running else favoured.answer(within)

    def _is_open(self, node: Node) -> bool:
        """Whether an atom below can't be settled by any profile."""
        if isinstance(node, Atom):
            return node.kind is Kind.OPEN
        if id(node) not in self._open:
            children = (node.child,) if isinstance(node, Not) else node.children
            self._open[id(node)] = any(self._is_open(child) for child in children)
        return self._open[id(node)]


def _cost(node: Node) -> int:
    """Words and places are looked up, numbers compared bit by bit, branches worked out: the cheap ones narrow first."""
    return 2 if not isinstance(node, Atom) else 1 if node.kind is Kind.NUMBER else 0


@dataclass(frozen=True, slots=True)
class _Running:
    """While the children of an `all` are put: whom none has excluded, and who met all so far."""

    left: BitMap
    passed: BitMap

    def after(self, sets: Sets) -> "_Running":
        met, unmet = sets
        return _Running(self.left - unmet, self.passed & met)

    def answer(self, within: BitMap) -> Sets:
        return self.passed, within - self.left


def _swapped(sets: Sets) -> Sets:
    return sets[1], sets[0]


def _everyone(truth: Truth, within: BitMap) -> Sets:
    return (within, BitMap()) if truth is Truth.YES else (BitMap(), within)
