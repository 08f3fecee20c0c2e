"""What a policy demands of those who apply: a tree of conditions, read from JSON and written back.

`{"all": […]}`, `{"any": […]}`, `{"not": …}` and atoms `{"field", "op", "value", "quote"}`; fields and kinds come from
`core.vocabulary.fields`. Whatever can't be judged exactly is refused here, with the path of the node that is wrong.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.errors import InputError
from core.vocabulary.codes import region_prefix
from core.vocabulary.fields import FIELDS, OPERATORS, Kind, Side
from core.vocabulary.load import Vocabulary
from matcher.values import Value, is_writable, read_value

MAX_DEPTH = 64
MAX_ATOMS = 1_000
MAX_VALUES = 10_000
"""What a tree may hold. Real policies stay below 10 levels and 100 atoms; all of GB/T 2260 has 3,352 codes."""

_ATOM_KEYS = frozenset({"field", "op", "value", "quote", "start", "end", "in"})


@dataclass(frozen=True, slots=True)
class Atom:
    """One condition on one field. `value` is a tuple for `in` and `not_in`, else one value.

    `quote` is the clause as it stands in the text, `start` its offset there in characters where it is known.
    The other attributes are worked out once, so that a profile is compared in constant time: the `kind` of the field;
    `accepts`, the values that satisfy `in`, `eq` and the comparisons of ordered words; `within`, the prefixes that
    cover a code of a place or an industry; `above`, those of codes too coarse to tell.
    """

    field: str
    op: str
    value: Value | tuple[Value, ...]
    quote: str = ""
    start: int | None = None
    kind: Kind = dataclasses.field(init=False, repr=False, compare=False)
    accepts: frozenset[Value] = dataclasses.field(init=False, repr=False, compare=False)
    within: frozenset[str] = dataclasses.field(init=False, repr=False, compare=False)
    above: frozenset[str] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FIELDS[self.field].kind)
        covering = self.values if self.covering else ()
        within = frozenset(code_prefix(self.kind, str(value)) for value in covering)
        object.__setattr__(self, "accepts", self._accepted())
        object.__setattr__(self, "within", within)
        object.__setattr__(self, "above", frozenset(code[:n] for code in within for n in range(len(code))))

    @property
    def covering(self) -> bool:
        """Whether the values are codes that cover downwards."""
        return self.kind in (Kind.REGION, Kind.INDUSTRY)

    @property
    def values(self) -> tuple[Value, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def bound(self) -> float:
        """The number that `ge`, `le` and `eq` of a NUMBER compare with."""
        return float(self.values[0])

    def _accepted(self) -> frozenset[Value]:
        if self.kind is not Kind.LEVEL or self.op not in ("ge", "le"):
            return frozenset(self.values)
        words = FIELDS[self.field].words
        at = words.index(str(self.value))
        return frozenset(words[at:] if self.op == "ge" else words[: at + 1])


@dataclass(frozen=True, slots=True)
class All:
    """Everything in it must hold; nothing in it demands nothing."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of it must hold; nothing in it can't be met."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    child: "Node"


Node: TypeAlias = All | AnyOf | Not | Atom


@dataclass(frozen=True, slots=True)
class Demand:
    """Whom a policy is for. Empty `sides`, empty `types` and `region` None demand nothing."""

    sides: frozenset[Side] = frozenset()
    types: tuple[str, ...] = ()
    region: str | None = None
    conditions: Node = All()


def code_prefix(kind: Kind, code: str) -> str:
    """The part of a REGION or INDUSTRY code by which it covers others."""
    return region_prefix(code) if kind is Kind.REGION else code


def list_atoms(node: Node) -> Iterator[Atom]:
    """The atoms of a tree, in the order of the text."""
    if isinstance(node, Atom):
        yield node
    elif isinstance(node, Not):
        yield from list_atoms(node.child)
    else:
        for child in node.children:
            yield from list_atoms(child)


def parse_demand(obj: Mapping[str, Any], vocabulary: Vocabulary) -> Demand:
    """The demand in a line of targeting (`sides`, `types`, `region`, `conditions`, each optional or null).

    Raises InputError with the path of what is wrong.
    """
    sides = _words(obj.get("sides"), "sides", [side.value for side in Side])
    types = _words(obj.get("types"), "types", vocabulary.types)
    region = obj.get("region")
    if region in (None, ""):
        region = None
    elif not isinstance(region, str) or region not in vocabulary.regions:
        raise InputError(f"区划代码 {_shown(region)} 不存在（应为 GB/T 2260 六位代码）", "region")
    conditions = obj.get("conditions")
    node = All() if conditions is None else parse_criteria(conditions, vocabulary)
    return Demand(frozenset(map(Side, sides)), tuple(types), region, node)


def parse_criteria(obj: Any, vocabulary: Vocabulary, path: str = "conditions") -> Node:
    """The tree in `obj` (as `json.loads` gives it).

    Qualifications that the vocabulary knows under any name become their key. Raises InputError with the path of the
    node: unknown field or key, an operator that doesn't fit, a value of the wrong kind, NaN, a place that doesn't
    exist, more than MAX_DEPTH levels, MAX_ATOMS atoms or MAX_VALUES values in one list.
    """
    return _Parser(vocabulary).node(obj, path, 1)


def as_json(node: Node) -> dict[str, Any]:
    """The tree as it is stored and edited; `parse_criteria` reads it back to an equal tree."""
    if isinstance(node, Not):
        return {"not": as_json(node.child)}
    if not isinstance(node, Atom):
        return {"all" if isinstance(node, All) else "any": [as_json(child) for child in node.children]}
    value = [_plain(v) for v in node.value] if isinstance(node.value, tuple) else _plain(node.value)
    written: dict[str, Any] = {"field": node.field, "op": node.op, "value": value}
    if node.quote:
        written["quote"] = node.quote
    if node.start is not None:
        written["start"] = node.start
    return written


def _plain(value: Value) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else text[:37] + "…"


def _words(given: Any, path: str, known: Sequence[str] | Mapping[str, Any]) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise InputError("应为列表", path)
    for at, word in enumerate(given):
        if not isinstance(word, str) or word not in known:
            raise InputError(f"不认识的值 {_shown(word)}", f"{path}[{at}]")
    return given


class _Parser:
    """One reading of one tree; counts its atoms."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._atoms = 0

    def node(self, obj: Any, path: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise InputError(f"条件嵌套超过 {MAX_DEPTH} 层", path)
        if not isinstance(obj, dict):
            raise InputError("应为对象：all、any、not 或一个条件", path)
        if "field" in obj:
            return self._atom(obj, path)
        if len(obj) != 1 or (key := next(iter(obj))) not in ("all", "any", "not"):
            raise InputError("应恰好有 all、any、not 之一，或 field、op、value", path)
        if key == "not":
            return Not(self.node(obj["not"], f"{path}.not", depth + 1))
        return self._branch(All if key == "all" else AnyOf, obj[key], f"{path}.{key}", depth + 1)

    def _branch(self, make: Callable[[tuple[Node, ...]], Node], given: Any, path: str, depth: int) -> Node:
        if not isinstance(given, list):
            raise InputError("应为列表", path)
        return make(tuple(self.node(child, f"{path}[{at}]", depth) for at, child in enumerate(given)))

    def _atom(self, obj: dict[str, Any], path: str) -> Atom:
        self._atoms += 1
        if self._atoms > MAX_ATOMS:
            raise InputError(f"条件超过 {MAX_ATOMS} 个", path)
        if unknown := obj.keys() - _ATOM_KEYS:
            raise InputError(f"不认识的键 {_shown(sorted(unknown))}", path)
        name, op = obj["field"], obj.get("op")
        if not isinstance(name, str) or name not in FIELDS:
            raise InputError(f"未知字段 {_shown(name)}", path)
        label, fitting = FIELDS[name].label, OPERATORS[FIELDS[name].kind]
        if not isinstance(op, str) or op not in fitting:
            raise InputError(f"{label}（{name}）不能用操作符 {_shown(op)}，可用：{'、'.join(sorted(fitting))}", path)
        quote, start = obj.get("quote") or "", obj.get("start")
        if not isinstance(quote, str) or not is_writable(quote):
            raise InputError("quote 应为原文文字", path)
        if start is not None and (type(start) is not int or start < 0):
            raise InputError("start 应为非负整数", path)
        return Atom(name, op, self._value(name, op, obj.get("value"), f"{path}.value"), quote, start)

    def _value(self, name: str, op: str, given: Any, path: str) -> Value | tuple[Value, ...]:
        several = op in ("in", "not_in")
        if not several and isinstance(given, list):
            if FIELDS[name].kind is not Kind.OPEN:
                raise InputError("eq、ge、le 只对一个值；多个值请用 in", path)
            several = True
        if not several:
            return read_value(FIELDS[name], given, self._vocabulary, path, known_place=True)
        values = given if isinstance(given, list) else [given]
        if len(values) > MAX_VALUES:
            raise InputError(f"值超过 {MAX_VALUES} 个", path)
        read = (
            read_value(FIELDS[name], v, self._vocabulary, f"{path}[{at}]", known_place=True)
            for at, v in enumerate(values)
        )
        return tuple(dict.fromkeys(read))
