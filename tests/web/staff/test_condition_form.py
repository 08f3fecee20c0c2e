"""A condition as a form: what is filled in becomes the atom that was there, and mistakes are named."""

from typing import Any

import pytest

from core.errors import InputError
from core.vocabulary.fields import FIELDS
from core.vocabulary.load import load_vocabulary
from matcher.criteria import parse_criteria
from web.staff.condition_form import find_quote, form_of, form_of_atom, read_form

VOCABULARY = load_vocabulary(None)
TEXT = "一、支持对象\n　　在海淀区注册，成立时间不超过十年的\n　　企业。"


@pytest.mark.parametrize(
    "atom",
    [
        {"field": "years_since_founding", "op": "le", "value": 10},
        {"field": "education", "op": "ge", "value": "bachelor"},
        {"field": "size", "op": "in", "value": ["micro", "small"]},
        {"field": "region", "op": "in", "value": ["110108", "440300"]},
        {"field": "region", "op": "not_in", "value": ["110108"]},
        {"field": "industry", "op": "in", "value": ["C39", "I"]},
        {"field": "credit_clean", "op": "eq", "value": True},
        {"field": "owns_home", "op": "eq", "value": False},
        {"field": "other", "op": "eq", "value": "已在本市纳统"},
        {"field": "qualification", "op": "in", "value": ["高新技术企业", "某某示范基地"]},
    ],
)
def test_a_stored_condition_survives_the_form(atom: dict[str, Any]) -> None:
    form = form_of_atom(atom, VOCABULARY)
    assert parse_criteria(read_form(form, TEXT, "", VOCABULARY), VOCABULARY) == parse_criteria(atom, VOCABULARY)


@pytest.mark.parametrize(
    ("field", "op", "values", "said"),
    [
        ("employees", "ge", ["很多"], "请填数字"),
        ("employees", "ge", [], "请填写内容"),
        ("education", "ge", ["bachelor", "master"], "只能对一个值"),
        ("region", "in", ["海淀县"], "没有找到地区"),
        ("region", "in", ["市辖区"], "没有找到地区"),
        ("industry", "in", ["炼金术"], "没有找到行业"),
        ("size", "in", ["huge"], "只能是"),
    ],
)
def test_mistakes_are_named(field: str, op: str, values: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_form(form_of(FIELDS[field], VOCABULARY, op=op, values=values), TEXT, "", VOCABULARY)


@pytest.mark.parametrize(
    ("written", "code"), [("北京市海淀区", "110108"), ("海淀区", "110108"), ("110108", "110108"), ("全国", "000000")]
)
def test_places_are_given_by_name_or_code(written: str, code: str) -> None:
    form = form_of(FIELDS["region"], VOCABULARY, op="in", values=[written])
    assert read_form(form, TEXT, "", VOCABULARY)["value"] == [code]


def test_a_quote_is_found_over_line_ends_and_kept_as_it_stands() -> None:
    found = find_quote("成立时间不超过十年的 企业", TEXT, "")
    assert TEXT[found["start"] : found["start"] + len(found["quote"])] == found["quote"]
    assert found["quote"].startswith("成立时间")
    assert find_quote("海淀区注册", "", "关于海淀区注册企业的通知") == {
        "quote": "海淀区注册",
        "start": None,
        "in": "title",
    }
    assert find_quote("  ", TEXT, "") == {}


def test_a_quote_that_stands_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="原文里没有这句话"):
        find_quote("成立时间不少于十年", TEXT, "标题")
