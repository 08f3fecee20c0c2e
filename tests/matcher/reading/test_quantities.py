"""Numbers, units and what is said of them."""

import pytest

from matcher.reading.quantities import list_quantities, read_number


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("销售收入不低于5，000万元", [(5000, "wan", "ge")]),
        ("销售收入在5，000万元至2亿元（含）的企业", [(5000, "wan", "ge"), (20000, "wan", "le")]),
        ("总投资亿元以上", [(10000, "wan", "ge")]),
        ("营业收入小于3000万元（含）", [(3000, "wan", "le")]),
        ("占比≥15%", [(15, "pct", "ge")]),
        ("16-60周岁", [(16, "age", "ge"), (60, "age", "le")]),
        ("年满十八周岁", [(18, "age", "ge")]),
        ("未满18周岁", [(18, "age", "le")]),
        ("成立三年以上", [(3, "years", "ge")]),
        ("超过1年未满5年", [(1, "years", "ge"), (5, "years", "le")]),
        ("5年（含）以上", [(5, "years", "ge")]),
        ("达到5000万元、8000万元、1亿元以上", [(5000, "wan", "ge")]),
        ("达100至200万元", [(100, "wan", "ge"), (200, "wan", "le")]),
        ("在职职工20人以上", [(20, "people", "ge")]),
        ("不超过2000平方米", [(2000, "sqm", "le")]),
        ("连续缴纳满6个月", [(6, "months", "ge")]),
        ("1000万美元以上", []),
        ("2023年营业收入", [(2023, "years", None)]),
    ],
)
def test_bounds(words: str, expected: list[tuple[float, str, str | None]]) -> None:
    assert [(q.value, q.unit, q.bound) for q in list_quantities(words)] == expected


@pytest.mark.parametrize(
    ("words", "value"), [("5，000", 5000), ("三", 3), ("十", 10), ("二十五", 25), ("两", 2), ("", None)]
)
def test_numbers(words: str, value: float | None) -> None:
    assert read_number(words) == value
