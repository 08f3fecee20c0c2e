""" "与我有关吗?": which questions are asked, in which order, and what is answered."""

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.database import Sessions
from core.errors import InputError
from core.vocabulary.fields import Side
from core.vocabulary.load import load_vocabulary
from matcher.criteria import Demand, parse_demand
from matcher.facets import Facets
from tests.web.forms import Page, open_page
from tests.web.rows import Rows
from web.models import Engagement
from web.portal.questions import ask, next_field, read_answer

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


def demand(*conditions: Any, **more: Any) -> Demand:
    return parse_demand({"conditions": {"all": list(conditions)}, **more}, VOCABULARY)


def a(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, "quote": ""}


def following(
    wanted: Demand, answers: dict[str, Any], side: Side = Side.ENTERPRISE, passed: tuple[str, ...] = ()
) -> str | None:
    return next_field(wanted, side, answers, passed, FACETS)


def test_nothing_is_asked_that_no_longer_matters() -> None:
    wanted = demand(a("employees", "ge", 10), a("listed", "eq", True))
    assert following(wanted, {"employees": 3}) is None  # no already
    assert following(wanted, {"employees": 30}) == "listed"
    assert following(wanted, {"employees": 30, "listed": True}) is None
    assert following(demand(), {}) is None


def test_a_question_that_can_end_it_comes_before_one_that_cannot() -> None:
    either = {"any": [a("employees", "ge", 10), a("revenue_wan", "ge", 100)]}
    assert following(demand(either, a("listed", "eq", True)), {}) == "listed"
    assert following(demand(either), {"employees": 1}) == "revenue_wan"
    assert following(demand(either), {"employees": 50}) is None


def test_what_was_passed_over_is_not_asked_again() -> None:
    wanted = demand(a("employees", "ge", 10), a("listed", "eq", True))
    first = following(wanted, {})
    assert first is not None
    assert following(wanted, {}, passed=(first,)) not in (first, None)
    assert following(wanted, {}, passed=("employees", "listed")) is None


def test_conditions_that_no_profile_settles_are_not_asked() -> None:
    assert following(demand(a("other", "eq", "租用孵化载体")), {}) is None


def test_nobody_is_asked_for_what_only_the_other_side_has() -> None:
    wanted = demand({"any": [a("revenue_wan", "ge", 500), a("education", "ge", "bachelor")]}, sides=[])
    assert next_field(wanted, Side.INDIVIDUAL, {}, (), FACETS) == "education"
    assert next_field(wanted, Side.ENTERPRISE, {}, (), FACETS) == "revenue_wan"


def test_types_are_asked_where_facts_do_not_tell() -> None:
    wanted = demand(types=["PT08", "ET06"])
    assert following(wanted, {}, Side.INDIVIDUAL) == "types"
    question = ask(wanted, Side.INDIVIDUAL, "types", VOCABULARY)
    assert [value for value, _ in question.options] == ["PT08", "none"]
    assert following(wanted, {"types": ["PT08"]}, Side.INDIVIDUAL) is None


def test_places_are_offered_finest_first_with_what_lies_around_them() -> None:
    wanted = demand(a("region", "in", ["110108", "330100"]), region="110000")
    question = ask(wanted, Side.ENTERPRISE, "region", VOCABULARY)
    assert question.options == (
        ("110108", "北京市海淀区"),
        ("330100", "浙江省杭州市"),
        ("119999", "北京市的其他地方"),
        ("999999", "都不在"),
    )
    assert following(wanted, {"region": "119999"}) is None
    assert following(wanted, {"region": "110108"}) is None


@pytest.mark.parametrize(
    ("field", "condition", "given", "value"),
    [
        ("employees", a("employees", "ge", 10), ["1,200"], 1200.0),
        ("rd_ratio_pct", a("rd_ratio_pct", "ge", 5), ["5.5%"], 5.5),
        ("listed", a("listed", "eq", True), ["no"], False),
        ("qualification", a("qualification", "in", ["high-tech-enterprise"]), ["none"], []),
        ("qualification", a("qualification", "in", ["little-giant"]), ["little-giant"], ["little-giant"]),
        ("ownership", a("ownership", "in", ["private"]), ["private"], "private"),
        ("industry", a("industry", "in", ["C39"]), ["C39"], "C39"),
    ],
)
def test_answers_become_values(field: str, condition: dict[str, Any], given: list[str], value: object) -> None:
    assert read_answer(ask(demand(condition), Side.ENTERPRISE, field, VOCABULARY), given) == value


@pytest.mark.parametrize("given", [[], [""], ["很多"], ["nan"], ["inf"], ["-1"], ["1e99"]])
def test_wrong_numbers_are_refused_in_chinese(given: list[str]) -> None:
    question = ask(demand(a("employees", "ge", 10)), Side.ENTERPRISE, "employees", VOCABULARY)
    with pytest.raises(InputError, match=r"从业人数|先回答"):
        read_answer(question, given)


def test_only_offered_answers_are_taken() -> None:
    question = ask(demand(a("listed", "eq", True)), Side.ENTERPRISE, "listed", VOCABULARY)
    with pytest.raises(InputError, match="列出的"):
        read_answer(question, ["maybe"])


def begin(client: TestClient, policy: int) -> Page:
    return open_page(client, "GET", f"/p/{policy}/check")


def test_a_firm_that_qualifies(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    policy = rows.policy()
    page = begin(client, policy)
    asked = []
    answers = {"region": "110108", "years_since_founding": "3", "credit_clean": "yes"}
    while page.heading == "与我有关吗？":
        name = page.root.xpath("//input[@name='asked']/@value")[0]
        asked.append(name)
        page = page.submit({"answer": answers[name]})
    assert sorted(asked) == sorted(answers)
    assert page.heading == "符合"
    assert "在海淀区注册" in page.words
    assert "2026年12月5日" in page.words
    with sessions() as session:
        kept = session.scalars(select(Engagement)).one()
    assert (kept.kind, kept.detail) == ("checked", "")


def test_one_failing_condition_ends_it_and_is_shown_with_its_clause(client: TestClient, rows: Rows) -> None:
    page = begin(client, rows.policy())
    page = page.submit({"answer": "999999"})
    assert page.heading == "不符合"
    assert "哪里不满足" in page.words
    assert "其他地方" in page.words
    assert "999999" not in page.words
    again = page.submit(press=("change", "region"))
    assert again.heading == "与我有关吗？"


def test_passing_over_everything_says_what_is_missing(client: TestClient, rows: Rows) -> None:
    page = begin(client, rows.policy())
    for _ in range(3):
        page = page.submit(press=("skip", "1"))
    assert page.heading == "信息不足"
    assert "补上就能判断" in page.words
    assert page.words.count("不知道") >= 3


def test_a_wrong_answer_keeps_the_others(client: TestClient, rows: Rows) -> None:
    only_numbers = {"all": [a("employees", "ge", 10), a("revenue_wan", "ge", 100)]}
    page = begin(client, rows.policy(targeting={"region": "000000", "conditions": only_numbers}))
    page = page.submit({"answer": "20"})
    page = page.submit({"answer": "很多"})
    assert len(page.errors) == 1
    assert "请填数字" in page.errors[0]
    assert "20 人" in page.words or "20 万元" in page.words
    assert page.submit({"answer": "500"}).heading == "符合"


def test_what_nobody_can_settle_is_left_to_the_reader(client: TestClient, rows: Rows) -> None:
    other = {"field": "other", "op": "eq", "value": "租用孵化载体", "quote": "租用区内孵化载体"}
    page = begin(client, rows.policy(targeting={"region": "000000", "conditions": {"all": [other]}}))
    assert page.heading == "基本符合"
    assert "请您自己核对" in page.words
    assert "租用区内孵化载体" in page.words


def test_a_policy_for_both_asks_for_whom_first(client: TestClient, rows: Rows) -> None:
    policy = rows.policy(targeting={"sides": [], "region": "000000", "types": ["PT06"], "conditions": {"all": []}})
    page = begin(client, policy)
    assert "您是替谁看？" in page.words
    assert page.submit({"side": "enterprise"}).heading == "符合"
    person = page.submit({"side": "individual"})
    assert "下面哪些说的是您" in person.words
    assert person.submit({"answer": "PT06"}).heading == "符合"
    assert person.submit({"answer": "none"}).heading == "不符合"


@pytest.mark.parametrize(
    "sent",
    [
        {
            "side": "martian",
            "known": ["x=1", "region", "=", "employees=NaN"],
            "passed": ["nothing"],
            "asked": "nothing",
        },
        {"side": "enterprise", "known": ["industry=Z9", "types=ET99"], "asked": "other", "answer": "x"},
        {"side": "individual", "asked": "age", "answer": "3"},
        {"change": "side"},
    ],
)
def test_odd_forms_are_taken_calmly(client: TestClient, rows: Rows, sent: dict[str, Any]) -> None:
    assert client.post(f"/p/{rows.policy()}/check", data=sent).status_code == 200


def test_there_is_no_check_without_an_understanding(client: TestClient, rows: Rows) -> None:
    assert client.get(f"/p/{rows.policy(targeting=None)}/check").status_code == 404
