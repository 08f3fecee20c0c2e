"""Whether an applicant is one whom a policy is for: verdict = side ∧ types ∧ region ∧ conditions, in Kleene logic.

Pure. `decide` answers with the two truths, `judge` with a finding for every part as well; both say the same. The second
truth, *favourable*, is the verdict when the conditions that no profile can settle (OPEN fields) are taken in the
applicant's favour: as met where meeting them helps, as unmet under a `not`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.vocabulary.codes import region_covers
from core.vocabulary.fields import FIELDS, Kind, Side, place_field
from matcher.applicant import Applicant
from matcher.criteria import All, Atom, Demand, Node, Not, code_prefix
from matcher.truth import Truth, all_of, any_of, negate, truth_of

Part = Literal["side", "types", "region", "condition"]

_TYPE_PREFIX = {Side.ENTERPRISE: "ET", Side.INDIVIDUAL: "PT"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part, or of one atom (`negated` when it stands under an odd number of `not`).

    `truth` says whether what is demanded holds (after the `not`); `decisive` whether the verdict is as it is because of
    it: for NO every failing one, for UNKNOWN every open one, for YES every one that carries it.
    """

    part: Part
    truth: Truth
    atom: Atom | None = None
    negated: bool = False
    decisive: bool = True

    @property
    def open(self) -> bool:
        """Whether no profile can ever settle it."""
        return self.atom is not None and self.atom.kind is Kind.OPEN


@dataclass(frozen=True, slots=True)
class Verdict:
    """The strict verdict, the favourable one, and the findings in the order side, types, region, conditions."""

    verdict: Truth
    favourable: Truth
    findings: tuple[Finding, ...]


def decide(demand: Demand, applicant: Applicant) -> tuple[Truth, Truth]:
    """The verdict and the favourable verdict."""
    frame = min(judge_side(demand, applicant), judge_types(demand, applicant), judge_region(demand, applicant))
    strict, favourable = _conditions(demand, applicant)
    return min(frame, strict), min(frame, favourable)


def judge(demand: Demand, applicant: Applicant) -> Verdict:
    """The verdicts with all findings. A part that demands nothing has no finding."""
    parts: list[tuple[Part, Truth, bool]] = [
        ("side", judge_side(demand, applicant), bool(demand.sides)),
        ("types", judge_types(demand, applicant), bool(own_types(demand, applicant.side))),
        ("region", judge_region(demand, applicant), demand.region is not None),
    ]
    frame = min(truth for _, truth, _ in parts)
    strict, favourable = _conditions(demand, applicant)
    verdict = min(frame, strict)
    findings = [Finding(part, truth, decisive=truth is verdict) for part, truth, demanded in parts if demanded]
    findings += _findings(demand.conditions, applicant, strict, negated=False, decisive=strict is verdict)
    return Verdict(verdict, min(frame, favourable), tuple(findings))


def open_fields(demand: Demand, applicant: Applicant) -> list[str]:
    """The fields whose absence or coarseness keeps the favourable verdict UNKNOWN, in the order of the conditions.

    A type that can't be told is named `types`.
    """
    fields = ["types"] if judge_types(demand, applicant) is Truth.UNKNOWN else []
    if judge_region(demand, applicant) is Truth.UNKNOWN:
        fields.append(place_field(applicant.side).name)
    return list(dict.fromkeys([*fields, *_open_fields(demand.conditions, applicant, Truth.YES)]))


def is_askable(name: str, side: Side) -> bool:
    """Whether an applicant of `side` can be asked for what `open_fields` names: no person has a registered capital."""
    return name not in FIELDS or side in FIELDS[name].sides


def own_types(demand: Demand, side: Side) -> list[str]:
    """Of the demanded types those of `side`; none of them demands nothing."""
    return [code for code in demand.types if code.startswith(_TYPE_PREFIX[side])]


def judge_side(demand: Demand, applicant: Applicant) -> Truth:
    return truth_of(not demand.sides or applicant.side in demand.sides)


def judge_types(demand: Demand, applicant: Applicant) -> Truth:
    demanded = own_types(demand, applicant.side)
    if not demanded:
        return Truth.YES
    return any_of(applicant.types.get(code, Truth.UNKNOWN) for code in demanded)


def judge_region(demand: Demand, applicant: Applicant) -> Truth:
    """Whether the policy's own region covers the applicant's place. The whole country (`000000`) is everyone."""
    if demand.region in (None, "000000"):
        return Truth.YES
    places = applicant.values.get(place_field(applicant.side).name)
    if places is None:
        return Truth.UNKNOWN
    return any_of(truth_of(region_covers(demand.region, str(place))) for place in places)


def judge_node(node: Node, applicant: Applicant, favour: Truth = Truth.UNKNOWN) -> Truth:
    """The truth of a tree, with the atoms that can't be settled taken as `favour` (its mirror under a `not`)."""
    if isinstance(node, Atom):
        return favour if node.kind is Kind.OPEN else judge_atom(node, applicant)
    if isinstance(node, Not):
        return negate(judge_node(node.child, applicant, negate(favour)))
    of = all_of if isinstance(node, All) else any_of
    return of([judge_node(child, applicant, favour) for child in node.children])


def judge_atom(atom: Atom, applicant: Applicant) -> Truth:
    """The truth of one condition; a list of values satisfies it when one of them does. UNKNOWN for OPEN fields."""
    mine = applicant.values.get(atom.field)
    if mine is None or atom.kind is Kind.OPEN:
        return Truth.UNKNOWN
    if atom.covering:
        met = any_of([_covered(atom, str(value)) for value in mine])
    elif atom.kind is Kind.NUMBER and atom.op == "ge":
        met = truth_of(any(float(value) >= atom.bound for value in mine))
    elif atom.kind is Kind.NUMBER and atom.op == "le":
        met = truth_of(any(float(value) <= atom.bound for value in mine))
    else:
        met = truth_of(not atom.accepts.isdisjoint(mine))
    return negate(met) if atom.op == "not_in" else met


def _conditions(demand: Demand, applicant: Applicant) -> tuple[Truth, Truth]:
    """The conditions strictly and in the applicant's favour, which can only change what is unknown."""
    strict = judge_node(demand.conditions, applicant)
    if strict is not Truth.UNKNOWN:
        return strict, strict
    return strict, judge_node(demand.conditions, applicant, Truth.YES)


def _covered(atom: Atom, code: str) -> Truth:
    prefix = code_prefix(atom.kind, code)
    if any(prefix[:length] in atom.within for length in range(len(prefix) + 1)):
        return Truth.YES
    return Truth.UNKNOWN if prefix in atom.above else Truth.NO


def _findings(node: Node, applicant: Applicant, truth: Truth, *, negated: bool, decisive: bool) -> Iterator[Finding]:
    """A finding for each atom below `node`, whose own truth is `truth`."""
    if isinstance(node, Atom):
        yield Finding("condition", negate(truth) if negated else truth, node, negated, decisive)
        return
    if isinstance(node, Not):
        inner = negate(truth)
        yield from _findings(node.child, applicant, inner, negated=not negated, decisive=decisive)
        return
    for child in node.children:
        found = judge_node(child, applicant)
        yield from _findings(child, applicant, found, negated=negated, decisive=decisive and found is truth)


def _open_fields(node: Node, applicant: Applicant, favour: Truth) -> Iterator[str]:
    """The fields below `node` that keep it UNKNOWN while those that can't be settled count as `favour`."""
    if judge_node(node, applicant, favour) is not Truth.UNKNOWN:
        return
    if isinstance(node, Atom):
        yield node.field
    elif isinstance(node, Not):
        yield from _open_fields(node.child, applicant, negate(favour))
    else:
        for child in node.children:
            yield from _open_fields(child, applicant, favour)
