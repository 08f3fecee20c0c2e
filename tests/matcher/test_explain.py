from typing import Any

import pytest

from core.vocabulary.fields import FIELDS
from core.vocabulary.load import load_vocabulary
from matcher.applicant import read_applicant
from matcher.criteria import list_atoms, parse_criteria, parse_demand
from matcher.explain import describe_atom, describe_values, headline, list_reasons, missing_fields
from matcher.facets import Facets
from matcher.rules import judge

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


@pytest.mark.parametrize(
    ("field", "op", "value", "words"),
    [
        ("revenue_wan", "ge", 2000, "上年营业收入不低于 2000 万元"),
        ("rd_ratio_pct", "le", 3.5, "研发费用占营业收入比例不超过 3.5 %"),
        ("children", "eq", 2, "子女数为 2 个"),
        ("children", "not_in", [0, 1], "子女数不为 0 个或1 个"),
        ("education", "ge", "bachelor", "学历不低于本科"),
        ("size", "in", ["small", "micro"], "企业规模为小型或微型"),
        ("size", "in", [], "企业规模为（空）"),
        ("ownership", "not_in", ["state"], "所有制性质不为国有及国有控股"),
        ("region", "in", ["110108", "330302"], "注册地为北京市海淀区或浙江省温州市鹿城区"),
        ("industry", "in", ["C3921"], "所属行业为计算机、通信和其他电子设备制造业（C3921）"),
        ("qualification", "in", ["高企", "区长奖"], "资质荣誉为高新技术企业或区长奖"),
        ("qualification", "in", list("甲乙丙丁戊己庚辛壬癸"), "资质荣誉为甲或乙或丙或丁或戊或己或庚或辛等 10 项"),
        ("legal_person", "eq", True, "具有独立法人资格"),
        ("owns_home", "eq", False, "本人或家庭名下没有住房"),
        ("listed", "not_in", [True], "未上市"),
        ("other", "eq", "首次获得该称号", "首次获得该称号"),
        ("industry_text", "in", ["人工智能", "新材料"], "产业领域为人工智能或新材料"),
    ],
)
def test_a_condition_in_words(field: str, op: str, value: Any, words: str) -> None:
    (atom,) = list_atoms(parse_criteria({"field": field, "op": op, "value": value}, VOCABULARY))
    assert describe_atom(atom, VOCABULARY) == words
    assert describe_atom(atom, VOCABULARY, negated=True) == f"并非：{words}"


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("employees", (80.0,), "80 人"),
        ("child_age", (), "无"),
        ("child_age", None, "未填写"),
        ("veteran", (False,), "不是退役军人"),
        ("veteran", (), "无"),
        ("hukou_region", ("330302",), "浙江省温州市鹿城区"),
    ],
)
def test_values_in_words(field: str, values: tuple[Any, ...] | None, words: str) -> None:
    assert describe_values(FIELDS[field], values, VOCABULARY) == words


CONDITIONS = {
    "all": [
        {"field": "revenue_wan", "op": "ge", "value": 2000, "quote": "营业收入2000万元以上"},
        {"field": "other", "op": "eq", "value": "三年无事故", "quote": "近三年未发生安全事故"},
    ]
}
DEMAND = {"sides": ["enterprise"], "types": ["ET06"], "region": "330000", "conditions": CONDITIONS}
FITTING = {"kind": "enterprise", "qualification": ["高企"], "region": "330302", "revenue_wan": 2000}


@pytest.mark.parametrize(
    ("changes", "words", "missing"),
    [
        ({}, "基本符合，其余请自行核对", []),
        ({"revenue_wan": None, "region": None, "qualification": None}, "信息不足", ["types", "region", "revenue_wan"]),
        ({"revenue_wan": 1999.99}, "不符合", []),
    ],
)
def test_what_people_read(changes: dict[str, Any], words: str, missing: list[str]) -> None:
    demand, applicant = parse_demand(DEMAND, VOCABULARY), read_applicant({**FITTING, **changes}, FACETS)
    verdict = judge(demand, applicant)
    assert headline(verdict) == words
    assert missing_fields(demand, applicant, verdict) == missing


def test_whoever_meets_all_fits() -> None:
    assert headline(judge(parse_demand({}, VOCABULARY), read_applicant(FITTING, FACETS))) == "符合"


def test_reasons_hold_requirement_own_value_and_clause() -> None:
    demand, applicant = parse_demand(DEMAND, VOCABULARY), read_applicant({**FITTING, "ownership": []}, FACETS)
    reasons = list_reasons(demand, applicant, judge(demand, applicant), VOCABULARY)
    assert [(r.part, r.requirement, r.mine, r.result.word, r.decisive) for r in reasons] == [
        ("side", "面向企业", "企业", "yes", False),
        ("types", "属于高新技术与专精特新企业", "高新技术与专精特新企业", "yes", False),
        ("region", "注册地在浙江省", "浙江省温州市鹿城区", "yes", False),
        ("condition", "上年营业收入不低于 2000 万元", "2000 万元", "yes", False),
        ("condition", "三年无事故", "请自行核对", "unknown", True),
    ]
    assert reasons[3].as_json() == {
        "part": "condition",
        "field": "revenue_wan",
        "requirement": "上年营业收入不低于 2000 万元",
        "mine": "2000 万元",
        "quote": "营业收入2000万元以上",
        "result": "yes",
        "decisive": False,
    }


@pytest.mark.parametrize(("years", "mine"), [(6.5589, "6.55 年"), (0.29, "0.29 年"), (9.999, "9.99 年"), (10, "10 年")])
def test_years_are_told_as_exactly_as_they_are_read(years: float, mine: str) -> None:
    wanted = {"field": "years_since_founding", "op": "le", "value": 10, "quote": "成立不超过十年"}
    demand = parse_demand({"conditions": wanted}, VOCABULARY)
    applicant = read_applicant({"kind": "enterprise", "years_since_founding": years}, FACETS)
    assert [r.mine for r in list_reasons(demand, applicant, judge(demand, applicant), VOCABULARY)] == [mine]


@pytest.mark.parametrize(
    ("profile", "mine"),
    [({"types": []}, "均不属于"), ({}, "无法判断"), ({"ownership": "private"}, "无法判断（已知属于民营企业）")],
)
def test_own_types_in_words(profile: dict[str, Any], mine: str) -> None:
    demand = parse_demand({"types": ["ET06"], "sides": ["individual", "enterprise"]}, VOCABULARY)
    applicant = read_applicant({"kind": "enterprise", **profile}, FACETS)
    side, types = list_reasons(demand, applicant, judge(demand, applicant), VOCABULARY)
    assert (side.requirement, types.mine) == ("面向企业、个人", mine)


def test_nobody_is_asked_for_what_only_the_other_side_has() -> None:
    demand = parse_demand(
        {
            "conditions": {
                "all": [{"field": "revenue_wan", "op": "ge", "value": 1}, {"field": "age", "op": "ge", "value": 1}]
            }
        },
        VOCABULARY,
    )
    for kind, asked, words in (
        ("individual", "age", "个人没有这一项"),
        ("enterprise", "revenue_wan", "企业没有这一项"),
    ):
        applicant = read_applicant({"kind": kind}, FACETS)
        verdict = judge(demand, applicant)
        assert missing_fields(demand, applicant, verdict) == [asked]
        reasons = list_reasons(demand, applicant, verdict, VOCABULARY)
        assert {reason.mine for reason in reasons} == {"未填写", words}
