from array import array

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from matcher.audience.slices import GAP, NumberColumn, roundest, shared_out
from matcher.criteria import Atom
from tests.matcher.strategies import CALM

numbers = st.one_of(st.integers(-3, 30).map(float), st.floats(-1e9, 1e9))
lists = st.lists(numbers, max_size=3)


def loaded(several: list[list[float]]) -> NumberColumn:
    layers = [
        (
            array("I", [s for s, v in enumerate(several) if len(v) > at]),
            array("d", [v[at] for v in several if len(v) > at]),
        )
        for at in range(max(map(len, several), default=0))
    ]
    column = NumberColumn()
    column.load(array("I", range(len(several))), layers)
    return column


def check(column: NumberColumn, held: dict[int, list[float]], bounds: list[float]) -> None:
    everyone = BitMap(range(100))
    for bound in bounds:
        wanted = {
            "ge": {slot for slot, mine in held.items() if any(one >= bound for one in mine)},
            "le": {slot for slot, mine in held.items() if any(one <= bound for one in mine)},
            "eq": {slot for slot, mine in held.items() if bound in mine},
        }
        for op, met in wanted.items():
            assert [set(found) for found in column.truths(Atom("child_age", op, bound), everyone)] == [
                met,
                set(held) - met,
            ]
    either = tuple(bounds[:3])
    met = {slot for slot, mine in held.items() if set(either) & set(mine)}
    assert [set(found) for found in column.truths(Atom("child_age", "not_in", either), everyone)] == [
        set(held) - met,
        met,
    ]


@CALM
@given(st.lists(lists, max_size=30), st.lists(numbers, max_size=5))
def test_comparisons_are_exact_for_every_bound(several: list[list[float]], bounds: list[float]) -> None:
    every = [one for mine in several for one in mine]
    check(loaded(several), dict(enumerate(several)), [*every[:5], *bounds, -1e12, 1e12])


@CALM
@given(st.lists(lists, max_size=8), st.lists(st.tuples(st.integers(0, 12), lists), max_size=20), numbers)
def test_they_stay_exact_while_numbers_come_and_go(
    several: list[list[float]], changes: list[tuple[int, list[float]]], bound: float
) -> None:
    column, held = loaded(several), dict(enumerate(several))
    for slot, mine in changes:
        for members in column.sets():
            members.discard(slot)
        column.add(slot, mine)
        held[slot] = mine
    check(column, held, [bound, *(one for mine in held.values() for one in mine)])


def test_a_full_gap_shares_all_codes_out_anew() -> None:
    column, held = loaded([[0.0], [1.0]]), {0: [0.0], 1: [1.0]}
    for slot in range(2, 40):  # always between 0 and the smallest so far: halves the gap each time
        column.add(slot, [2.0**-slot])
        held[slot] = [2.0**-slot]
    assert len(column.codes) > GAP
    assert (column.codes[1:] > column.codes[:-1]).all()
    check(column, held, [0.0, 0.25, 2.0**-30, 2.0**-39, 0.3])


def test_a_round_bound_is_chosen() -> None:
    assert [roundest(*pair) for pair in [(0, 5), (4, 5), (255, 256), (100, 128), (5, 7), (0, 1)]] == [
        4,
        5,
        256,
        128,
        6,
        1,
    ]


@CALM
@given(st.lists(st.integers(0, 1000), max_size=50))
def test_codes_rise_by_a_gap_and_halve_the_holders(holders: list[int]) -> None:
    codes = shared_out(np.array(holders, dtype=np.int64))
    assert (np.diff(codes, prepend=0) >= 1 << GAP).all()
    assert codes.max(initial=0) < 1 << GAP + 5 + len(holders).bit_length()
    even = shared_out(np.full(64, 10))
    assert (even < even.max() / 2).sum() in range(30, 35)
