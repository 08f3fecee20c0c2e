"""What may be said of a subscriber, checked by the registry of fields."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary, load_vocabulary
from subscribers.facts import check_fact, check_facts, parse_text
from subscribers.profiles import fields_on
from tests.subscribers.conftest import TODAY

FIRM, PERSON = Side.ENTERPRISE, Side.INDIVIDUAL


@pytest.mark.parametrize(
    ("side", "name", "given", "stored"),
    [
        (FIRM, "employees", 40, 40),
        (FIRM, "revenue_growth_pct", -12.5, -12.5),
        (FIRM, "region", "110108", "110108"),
        (FIRM, "industry", "C39", "C39"),
        (FIRM, "industry", "C3921", "C3921"),
        (FIRM, "industry", "C", "C"),
        (FIRM, "ownership", "民营", "private"),
        (FIRM, "listed", False, False),
        (
            FIRM,
            "qualification",
            ["高企", "high-tech-enterprise", "市级示范工厂"],
            ["high-tech-enterprise", "市级示范工厂"],
        ),
        (FIRM, "qualification", "瞪羚企业", ["gazelle"]),
        (FIRM, "qualification", [], []),
        (FIRM, "founding_date", "2020/1/5", "2020-01-05"),
        (PERSON, "birth_date", "1990年5月", "1990-05"),
        (PERSON, "birth_date", "1990年", "1990"),
        (PERSON, "birth_date", 1990, "1990"),
        (PERSON, "birth_date", "19900520", "1990-05-20"),
        (PERSON, "graduation_date", "2027-06", "2027-06"),
        (PERSON, "children_birth_dates", ["2015-03", "2018"], ["2015-03", "2018"]),
        (PERSON, "children_birth_dates", ["2015", "2015"], ["2015", "2015"]),
        (PERSON, "education", "高中", "senior_high"),
        (PERSON, "education", "高中(中专、中职)", "senior_high"),
        (PERSON, "employment", "自主创业", "self_employed"),
        (PERSON, "disability_grade", 2, "2"),
        (PERSON, "hardship", ["低保边缘家庭"], ["dibao_edge"]),
    ],
)
def test_what_can_be_said(vocabulary: Vocabulary, side: Side, name: str, given: Any, stored: Any) -> None:
    assert check_fact(side, name, given, vocabulary, TODAY) == stored


@pytest.mark.parametrize(
    ("side", "name", "given", "reason"),
    [
        (FIRM, "employees", "40", "从业人数应为数字（人）"),
        (FIRM, "employees", True, "从业人数应为数字"),
        (FIRM, "employees", float("nan"), "从业人数应为数字"),
        (FIRM, "employees", float("inf"), "从业人数应为数字"),
        (FIRM, "employees", 10**400, "从业人数应为数字"),
        (FIRM, "employees", -1, "从业人数应不小于 0"),
        (FIRM, "rd_staff_ratio_pct", 101, "研发人员占比应不小于 0、不大于 100"),
        (FIRM, "region", "999999", "注册地不是现行的六位区划代码"),
        (FIRM, "region", 110108, "注册地不是现行的六位区划代码"),
        (FIRM, "industry", "C99", "所属行业的代码在 GB/T 4754 中不存在"),
        (FIRM, "industry", "39", "所属行业应为 GB/T 4754 的代码"),
        (FIRM, "industry", None, "所属行业应为 GB/T 4754 的代码"),
        (FIRM, "ownership", "mine", "所有制性质只能是 国有及国有控股、民营"),
        (FIRM, "ownership", ["private"], "所有制性质只能是"),
        (FIRM, "listed", "是", "已上市应填是或否"),
        (FIRM, "qualification", "hightech", "资质荣誉既不是已知的代码，也不是中文名称"),
        (FIRM, "qualification", ["示" * 41], "资质荣誉既不是"),
        (FIRM, "qualification", ["示范\x00"], "资质荣誉既不是"),
        (FIRM, "qualification", [3], "资质荣誉既不是"),
        (FIRM, "qualification", ["瞪羚企业"] * 51, "资质荣誉的值太多"),
        (FIRM, "size", "small", "企业规模由.*推算"),
        (FIRM, "age", 30, "年龄不适用于这类订阅者"),
        (FIRM, "birth_date", "1990", "出生日期不适用于这类订阅者"),
        (FIRM, "industry_text", "芯片", "产业领域不适用于这类订阅者"),
        (FIRM, "founding_date", "2027", "成立日期不能晚于今天"),
        (FIRM, "founding_date", "1000-01-01", "成立日期太久远"),
        (PERSON, "phone_number", "13800000000", "有不认识的字段"),
        (PERSON, "birth_date", "1990-02-30", "出生日期不是存在的日期"),
        (PERSON, "birth_date", "0000", "出生日期不是存在的日期"),
        (PERSON, "birth_date", "1850", "出生日期太久远"),
        (PERSON, "birth_date", "May 1990", "出生日期应为日期"),
        (PERSON, "birth_date", None, "出生日期应为日期"),
        (PERSON, "children_birth_dates", ["2027"], "子女出生日期不能晚于今天"),
    ],
)
def test_what_cannot_be_said(vocabulary: Vocabulary, side: Side, name: str, given: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_fact(side, name, given, vocabulary, TODAY)


def test_all_reasons_are_told_at_once_and_no_value_is_repeated(vocabulary: Vocabulary) -> None:
    given = {"residence_region": "13800000000", "gender": "anna@d.cn", "veteran": True, "age": None}
    with pytest.raises(InputError) as caught:
        check_facts(PERSON, given, vocabulary, TODAY)
    assert "居住地" in str(caught.value)
    assert "；性别只能是 男、女" in str(caught.value)
    assert "138" not in str(caught.value)
    assert "anna" not in str(caught.value)


def test_children_and_their_dates_must_agree(vocabulary: Vocabulary) -> None:
    with pytest.raises(InputError, match="子女数少于"):
        check_facts(PERSON, {"children": 1, "children_birth_dates": ["2015", "2017"]}, vocabulary, TODAY)


@given(
    st.fixed_dictionaries(
        {
            "age": st.integers(0, 120),
            "graduated_within_years": st.integers(0, 60),
            "child_age": st.lists(st.integers(0, 40), max_size=4),
        }
    ),
    st.dates(min_value=TODAY.replace(year=2024), max_value=TODAY.replace(year=2032)),
)
def test_an_age_that_was_said_is_kept_as_the_date_behind_it(said: dict[str, Any], day: Any) -> None:
    facts = check_facts(PERSON, said, load_vocabulary(), day)
    assert set(facts) == {"birth_date", "graduation_date", "children_birth_dates"}
    fields = fields_on(facts, day)
    assert {name: fields[name] for name in said} == said


@pytest.mark.parametrize("years", [0, 0.5, 3, 3.9, 1000])
def test_years_since_founding_become_a_date(vocabulary: Vocabulary, years: float) -> None:
    facts = check_facts(FIRM, {"years_since_founding": years}, vocabulary, TODAY)
    assert fields_on(facts, TODAY)["years_since_founding"] == pytest.approx(years, abs=0.003)


def test_a_date_that_was_said_counts_more_than_an_age(vocabulary: Vocabulary) -> None:
    for order in (("age", "birth_date"), ("birth_date", "age")):
        said = {name: {"age": 20, "birth_date": "1990-05-20"}[name] for name in order}
        assert check_facts(PERSON, said, vocabulary, TODAY) == {"birth_date": "1990-05-20"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("employees", " 1,200 ", 1200),
        ("rd_ratio_pct", "５．５％", 5.5),
        ("employees", "四十", "四十"),
        ("employees", "", None),
        ("listed", "是", True),
        ("listed", "FALSE", False),
        ("veteran", "无", False),
        ("veteran", "也许", "也许"),
        ("qualification", "高新技术企业；专精特新中小企业、瞪羚企业", ["高新技术企业", "专精特新中小企业", "瞪羚企业"]),
        ("qualification", "无", []),
        ("children_birth_dates", "2015-03;2018", ["2015-03", "2018"]),
        ("child_age", "3，8", [3, 8]),
        ("industry", " C39 ", "C39"),
        ("birth_date", "1990", "1990"),
    ],
)
def test_cells_of_a_table_are_read(name: str, text: str, value: Any) -> None:
    assert parse_text(name, text) == value
