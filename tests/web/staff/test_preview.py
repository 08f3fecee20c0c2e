"""The figures that an editor gets of a push before it is planned."""

import json
from html import unescape
from typing import Any

import pytest
from pyroaring import BitMap

from core.database import Sessions, unit_of_work
from matcher.models import Targeting
from tests.web.conftest import NOW, TestClient
from tests.web.rows import Rows
from tests.web.staff.conftest import Staff, read
from tests.workers.conftest import add_push

OLD = {"region": "110108", "founding_date": "2010-05-01", "credit_clean": True}
YOUNG = {"region": "110108", "founding_date": "2024-05-01"}


@pytest.fixture
def targeting(rows: Rows, sessions: Sessions) -> int:
    """Firms of Haidian, at most ten years old, without a record: two who may be, one too old, one from elsewhere."""
    rows.policy()
    first = rows.subscriber(profile=YOUNG)
    rows.subscriber(profile=YOUNG, name="杭州近水科技有限公司", channels=["sms"])
    rows.subscriber(profile=OLD)
    rows.subscriber(profile={**YOUNG, "region": "330106"})
    with unit_of_work(sessions) as session:
        add_push(session, key="other", planned_at=NOW, created_at=NOW, audience=BitMap([first]).serialize())
        return session.query(Targeting).one().id


def test_an_editor_is_told_whom_each_condition_rules_out(staff: Staff, targeting: int) -> None:
    answer = staff("editor").get(f"/api/targetings/{targeting}/preview")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["candidates"], told["push"], told["digest"], told["none"]) == (4, 2, 0, 2)
    counted = [[node[name] for name in ("path", "yes", "no", "unknown", "only")] for node in told["nodes"]]
    assert counted == [
        ["conditions", 0, 1, 2, None],
        ["conditions.all[0]", 3, 0, 0, 0],
        ["conditions.all[1]", 2, 1, 0, 1],
        ["conditions.all[2]", 1, 0, 2, 0],
    ]
    assert told["nodes"][2]["words"] == "成立年限不超过 10 年"
    assert told["places"] == [{"label": "北京市海淀区", "count": 2}]
    assert {line["label"]: line["count"] for line in told["channels"]} == {"短信": 2, "邮件": 1}
    assert (told["unreachable"], told["told_lately"]) == (0, 1)
    assert [person["name"] for person in told["sample"]] == ["北京＊＊＊＊＊＊公司", "杭州＊＊＊＊＊＊公司"]
    assert all("成立年限不超过 10 年" in str(person["reasons"]) for person in told["sample"])
    assert "远山" not in answer.text
    assert "13800000000" not in answer.text


def test_the_editor_page_shows_the_same(staff: Staff, targeting: int) -> None:
    page = read(staff("editor"), f"/staff/targetings/{targeting}")
    assert "排除 1 人，其中 1 人只差这一条；0 人没有填写" in page.words
    assert "已收到过别的消息1" in page.words.replace(" ", "")


def test_a_condition_that_is_no_longer_valid_is_told(staff: Staff, targeting: int, sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        session.get_one(Targeting, targeting).conditions = {"all": [{"field": "gone", "op": "eq", "value": 1}]}
    answer = staff("editor").get(f"/api/targetings/{targeting}/preview")
    assert answer.status_code == 422
    assert "gone" in answer.text


def nested(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"field": "employees", "op": "ge", "value": 1}
    for _ in range(levels):
        tree = {"not": tree}
    return tree


def ask(browser: TestClient, targeting: int, conditions: str) -> Any:
    csrf = str(read(browser, f"/staff/targetings/{targeting}").root.xpath("string(//input[@name='csrf']/@value)"))
    return browser.post(f"/api/targetings/{targeting}/preview", data={"csrf": csrf, "conditions": conditions})


def test_other_conditions_are_tried_without_being_kept(staff: Staff, targeting: int, sessions: Sessions) -> None:
    browser = staff("editor")
    before = browser.get(f"/api/targetings/{targeting}/preview").json()
    tried = ask(browser, targeting, json.dumps({"all": [{"field": "credit_clean", "op": "eq", "value": True}]}))
    assert [node["path"] for node in tried.json()["nodes"]] == ["conditions", "conditions.all[0]"]
    assert tried.json()["push"] == 3
    assert all("成立年限" not in str(person["reasons"]) for person in tried.json()["sample"])
    assert browser.get(f"/api/targetings/{targeting}/preview").json() == before


REFUSED = [
    (json.dumps(nested(200)), "条件嵌套超过 64 层"),
    ('{"not":' * 50_000 + "1" + "}" * 50_000, "嵌套过深"),
    (json.dumps({"all": [{"field": "employees", "op": "ge", "value": 1}] * 10_000}), "conditions.all[1000]"),
    ('{"all": [{"any": [{"field": "zodiac", "op": "eq", "value": 1}]}]}', "conditions.all[0].any[0]：未知字段"),
    ('{"field": "employees", "op": "ge", "value": "二十"}', "conditions.value：从业人数应为数字"),
    ('{"field": "employees", "op": "ge", "value": NaN}', "conditions.value：从业人数应为有限的数字"),
    ('{"field": "region", "op": "in", "value": ["999999"]}', "conditions.value[0]：区划代码 999999 不存在"),
    (json.dumps({"field": "region", "op": "in", "value": ["110108"] * 60_000}), "conditions.value：值超过"),
    ('{"field": "other", "op": "eq", "value": "\\ud800"}', "conditions.value：其他条件应为文字"),
    ("[", "不是有效的 JSON"),
    ("[]", "应为对象"),
]


def test_conditions_that_can_not_be_judged_are_refused_with_their_path(staff: Staff, targeting: int) -> None:
    browser = staff("editor")
    for conditions, said in REFUSED:
        answer = ask(browser, targeting, conditions)
        assert (answer.status_code, said in unescape(answer.text)) == (422, True), said


def test_only_those_who_plan_pushes_may_ask(staff: Staff, targeting: int) -> None:
    path = f"/api/targetings/{targeting}/preview"
    assert staff("releaser").get(path).status_code == 200
    assert staff("service").get(path).status_code == 403


def test_a_stranger_is_asked_to_sign_in(stranger: TestClient, targeting: int) -> None:
    assert stranger.get(f"/api/targetings/{targeting}/preview").status_code == 303
