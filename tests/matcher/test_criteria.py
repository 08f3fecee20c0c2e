import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from core.errors import InputError
from core.vocabulary.load import load_vocabulary
from matcher.criteria import (
    MAX_ATOMS,
    MAX_DEPTH,
    MAX_VALUES,
    All,
    AnyOf,
    Atom,
    Not,
    as_json,
    list_atoms,
    parse_criteria,
    parse_demand,
)
from tests.matcher.strategies import CALM, trees

VOCABULARY = load_vocabulary()


def atom(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"all": []}
    for _ in range(levels - 1):
        node = {"not": node}
    return node


def test_a_tree_is_read() -> None:
    tree = parse_criteria(
        {"all": [{"any": [atom("revenue_wan", "ge", 2000)]}, {"not": atom("size", "in", ["大型"])}]}, VOCABULARY
    )
    assert tree == All((AnyOf((Atom("revenue_wan", "ge", 2000.0),)), Not(Atom("size", "in", ("large",)))))
    assert [one.field for one in list_atoms(tree)] == ["revenue_wan", "size"]


@CALM
@given(trees())
def test_what_is_written_is_read_back(obj: dict[str, Any]) -> None:
    tree = parse_criteria(obj, VOCABULARY)
    assert parse_criteria(json.loads(json.dumps(as_json(tree))), VOCABULARY) == tree


def test_an_open_condition_may_list_several_for_any_operator() -> None:
    tree = parse_criteria(atom("industry_text", "eq", ["新材料", "数字经济"]), VOCABULARY)
    assert as_json(tree)["value"] == ["新材料", "数字经济"]


def test_quote_and_offset_are_kept() -> None:
    written = {**atom("age", "ge", 60), "quote": "年满60周岁", "start": 12}
    assert as_json(parse_criteria(written, VOCABULARY)) == written


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("qualification", ["高企", "high-tech-enterprise", "区政府质量奖"], ("high-tech-enterprise", "区政府质量奖")),
        ("disability_grade", [1, "二级"], ("1", "2")),
        ("gender", "女", ("female",)),
        ("employees", [-0.0, 0], (0.0,)),
        ("industry_text", ["新材料"], ("新材料",)),
        ("other", [1, "甲"], ("1", "甲")),
    ],
)
def test_values_are_written_in_one_way(field: str, value: Any, kept: tuple[Any, ...]) -> None:
    tree = parse_criteria(atom(field, "in", value), VOCABULARY)
    assert isinstance(tree, Atom)
    assert tree.value == kept


@pytest.mark.parametrize(
    ("obj", "path", "said"),
    [
        ([], "conditions", "应为对象"),
        ({}, "conditions", "恰好有"),
        ({"all": [], "any": []}, "conditions", "恰好有"),
        ({"all": {}}, "conditions.all", "应为列表"),
        ({"all": [{"any": [atom("foo", "eq", 1)]}]}, "conditions.all[0].any[0]", "未知字段 'foo'"),
        (atom([], "eq", 1), "conditions", "未知字段"),  # type: ignore[arg-type]  # what a file may hold
        (atom("region", "ge", "110000"), "conditions", "不能用操作符 'ge'"),
        ({"field": "age", "op": ["ge"], "value": 1}, "conditions", "不能用操作符"),
        ({**atom("age", "ge", 1), "not": True}, "conditions", "不认识的键"),
        ({**atom("age", "ge", 1), "quote": 3}, "conditions", "quote"),
        ({**atom("age", "ge", 1), "quote": "年满\ud800"}, "conditions", "quote"),
        (atom("other", "eq", "a\x00b"), "conditions.value", "其他条件应为文字"),
        ({**atom("age", "ge", 1), "start": -3}, "conditions", "start"),
        ({**atom("age", "ge", 1), "start": True}, "conditions", "start"),
        ({"not": atom("revenue_wan", "ge", "2000")}, "conditions.not.value", "应为数字"),
        (atom("age", "ge", True), "conditions.value", "应为数字"),
        (atom("age", "ge", None), "conditions.value", "应为数字"),
        (atom("age", "ge", math.nan), "conditions.value", "有限"),
        (atom("age", "ge", math.inf), "conditions.value", "有限"),
        (atom("age", "ge", 10**400), "conditions.value", "有限"),
        (atom("age", "ge", [1, 2]), "conditions.value", "只对一个值"),
        (atom("age", "in", [1, "x" * 50]), "conditions.value[1]", "应为数字"),
        (atom("x" * 50, "eq", 1), "conditions", "…"),
        (atom("region", "in", ["110000", "119999"]), "conditions.value[1]", "119999 不存在"),
        (atom("region", "in", [110000]), "conditions.value[0]", "六位"),
        (atom("region", "eq", "１１００００"), "conditions.value", "六位"),
        (atom("industry", "in", ["C3"]), "conditions.value[0]", "GB/T 4754"),
        (atom("industry", "in", ["Z99"]), "conditions.value[0]", "GB/T 4754"),
        (atom("size", "in", ["huge"]), "conditions.value[0]", "micro、small"),
        (atom("size", "in", [None]), "conditions.value[0]", "只能是"),
        (atom("credit_clean", "eq", "true"), "conditions.value", "true 或 false"),
        (atom("qualification", "in", [" "]), "conditions.value[0]", "应为文字"),
        (atom("qualification", "in", ["甲" * 3000]), "conditions.value[0]", "应为文字"),
        (atom("other", "eq", None), "conditions.value", "应为文字"),
        (atom("qualification", "in", ["甲"] * (MAX_VALUES + 1)), "conditions.value", "超过"),
        ({"all": [atom("age", "ge", 1)] * (MAX_ATOMS + 1)}, f"conditions.all[{MAX_ATOMS}]", "超过"),
        (nested(MAX_DEPTH + 1), "conditions" + ".not" * MAX_DEPTH, "嵌套"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_path(obj: Any, path: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_criteria(obj, VOCABULARY)
    assert refused.value.where == path
    assert said in refused.value.reason


def test_the_deepest_and_the_widest_tree_are_read() -> None:
    assert list(list_atoms(parse_criteria(nested(MAX_DEPTH), VOCABULARY))) == []
    wide = parse_criteria({"any": [atom("age", "ge", n) for n in range(MAX_ATOMS)]}, VOCABULARY)
    assert len(list(list_atoms(wide))) == MAX_ATOMS


def test_a_demand_is_read() -> None:
    demand = parse_demand({"id": "1", "sides": ["enterprise"], "types": ["ET06"], "region": "110000"}, VOCABULARY)
    assert (demand.sides, demand.types, demand.region, demand.conditions) == (
        {"enterprise"},
        ("ET06",),
        "110000",
        All(),
    )
    assert parse_demand({"sides": None, "region": ""}, VOCABULARY) == parse_demand({}, VOCABULARY)


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        ({"sides": "enterprise"}, "sides"),
        ({"sides": ["firm"]}, "sides[0]"),
        ({"types": ["ET06", "ET99"]}, "types[1]"),
        ({"types": [["ET06"]]}, "types[0]"),
        ({"region": "999999"}, "region"),
        ({"region": 110000}, "region"),
        ({"conditions": "all"}, "conditions"),
    ],
)
def test_a_wrong_demand_is_refused_with_its_path(obj: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_demand(obj, VOCABULARY)
    assert refused.value.where == path


@pytest.mark.material
def test_every_labelled_policy_is_read_and_written_back(shared_material: Callable[[str], Path]) -> None:
    gold = shared_material("gold/dev/documents.gold.jsonl")
    lines = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    demands = [parse_demand(line, VOCABULARY) for line in lines]
    assert len(demands) > 300
    assert all(parse_criteria(as_json(demand.conditions), VOCABULARY) == demand.conditions for demand in demands)
