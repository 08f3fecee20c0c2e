"""A clerk corrects what the machine read, sees whom it reaches, and stands for it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.clock import local_date
from core.database import Sessions, unit_of_work
from core.vocabulary.load import load_vocabulary
from matcher.examples import LabelledExample, label_of, list_examples
from matcher.facets import Facets
from matcher.matching import match
from matcher.models import StoredReading, Targeting, TargetingState
from tests.web.conftest import NOW, TestClient
from tests.web.forms import Page
from tests.web.rows import CONDITIONS, Rows
from tests.web.staff.conftest import Staff, read, token_of
from web.models import AuditEntry
from web.staff.audience import LiveAudience

DRAFT = {"state": TargetingState.DRAFT, "confirmed_by": "", "confirmed_at": None}


@pytest.fixture
def draft(rows: Rows, sessions: Sessions) -> int:
    """The id of a draft as the machine made it: firms of Haidian, at most ten years old."""
    rows.policy(targeting=DRAFT)
    with unit_of_work(sessions) as session:
        targeting = session.scalars(select(Targeting)).one()
        payload = {**label_of(targeting), "scores": {"E0407": 0.91, "E0403": 0.62, "E0401": 0.2}, "card": {}}
        session.add(StoredReading(version_id=targeting.version_id, reader="reader-1", payload=payload, created_at=NOW))
        return targeting.id


def editor(browser: TestClient, draft: int) -> Page:
    return read(browser, f"/staff/targetings/{draft}")


def stored(sessions: Sessions, draft: int) -> Targeting:
    with sessions() as session:
        return session.get_one(Targeting, draft)


def reached(page: Page) -> int:
    return int(page.root.xpath("string(//*[@data-count-now])").replace(",", ""))


def act_on_tree(page: Page, act: str, **given: Any) -> Page:
    form = next(n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith("/tree"))
    return page.submit(given, form=form, press=("act", act))


def form_number(page: Page, ending: str) -> int:
    return next(n for n, one in enumerate(page.root.xpath("//main//form")) if str(one.action).endswith(ending))


def save(page: Page, **given: Any) -> Page:
    return page.submit(given, form=form_number(page, "/basics"))


def test_the_editor_shows_the_claims_with_their_evidence_and_how_many_are_told(
    staff: Staff, rows: Rows, draft: int
) -> None:
    rows.subscriber()
    page = editor(staff("editor"), draft)
    assert reached(page) == 1
    marked = [mark.text_content() for mark in page.root.xpath("//mark")]
    assert any("成立时间不超过十年" in words for words in marked)
    assert "成立年限不超过 10 年" in page.words
    assert "91%" in page.words
    assert "【政策直达】" in page.words


def test_correcting_a_condition_changes_the_number_at_once(
    staff: Staff, rows: Rows, draft: int, sessions: Sessions
) -> None:
    for founded in ("2024-05-01", "2018-05-01", "2010-05-01"):
        rows.subscriber(profile={"region": "110108", "founding_date": founded})
    browser = staff("editor")
    assert reached(editor(browser, draft)) == 2
    page = read(browser, f"/staff/targetings/{draft}/condition?path=1")
    page = page.submit({"value": "3"}, form=1)
    assert reached(page) == 1
    assert "比修改前少 1 人" in page.words
    condition = stored(sessions, draft).conditions["all"][1]
    assert (condition["value"], condition["quote"]) == (3.0, "成立时间不超过十年")


def test_a_condition_is_added_with_its_clause(staff: Staff, draft: int, sessions: Sessions) -> None:
    browser = staff("editor")
    page = read(browser, f"/staff/targetings/{draft}/condition?new=1").submit({"field": "employees"})
    page = page.submit({"op": "ge", "value": "20", "quote": "支持中小企业发展"}, form=1)
    added = stored(sessions, draft).conditions["all"][-1]
    assert (added["field"], added["op"], added["value"]) == ("employees", "ge", 20.0)
    assert added["start"] > 0
    assert "从业人数不低于 20 人" in page.words


def test_a_wrong_condition_is_told_and_keeps_what_was_typed(staff: Staff, draft: int, sessions: Sessions) -> None:
    page = read(staff("editor"), f"/staff/targetings/{draft}/condition?path=1")
    page = page.submit({"value": "十", "quote": "没有这句"}, form=1)
    assert page.answer.status_code == 422
    assert "请填数字" in page.words
    assert page.root.xpath("//input[@name='value' and @type='text']/@value") == ["十"]
    assert page.root.xpath("string(//textarea[@name='quote'])") == "没有这句"
    assert stored(sessions, draft).conditions == CONDITIONS


@pytest.mark.parametrize(
    ("act", "pick", "expected"),
    [
        ("remove:1", [], ["region", "credit_clean"]),
        ("negate:1", [], ["region", {"not": "years_since_founding"}, "credit_clean"]),
        ("any:", ["0", "1"], [{"any": ["region", "years_since_founding"]}, "credit_clean"]),
    ],
)
def test_buttons_change_the_tree(
    staff: Staff, draft: int, sessions: Sessions, act: str, pick: list[str], expected: list[Any]
) -> None:
    act_on_tree(editor(staff("editor"), draft), act, pick=pick)

    def names(node: dict[str, Any]) -> Any:
        if "field" in node:
            return node["field"]
        [(key, below)] = node.items()
        return {key: names(below) if key == "not" else [names(child) for child in below]}

    assert names(stored(sessions, draft).conditions)["all"] == expected


def test_an_act_that_can_not_be_done_changes_nothing(staff: Staff, draft: int, sessions: Sessions) -> None:
    page = act_on_tree(editor(staff("editor"), draft), "any:", pick=["0"])
    assert page.heading == "请勾选同一组里的两个以上条件"
    assert stored(sessions, draft).conditions == CONDITIONS


def test_topics_sides_place_and_days_are_kept(staff: Staff, draft: int, sessions: Sessions) -> None:
    page = save(
        editor(staff("editor"), draft),
        topics=["E0407", "E0401"],
        main="E0401",
        another="E0410",
        sides=["enterprise", "individual"],
        types=["ET04"],
        region="北京市",
        opens="2026-11-01",
        closes="2026-12-31",
        title="小微企业奖励",
    )
    assert page.answer.status_code == 200
    kept = stored(sessions, draft)
    assert kept.topics == ["E0401", "E0407", "E0410"]
    assert kept.probabilities == {}
    assert (kept.sides, kept.types, kept.region) == (["enterprise", "individual"], ["ET04"], "110000")
    assert (kept.opens, kept.closes, kept.card["title"]) == (date(2026, 11, 1), date(2026, 12, 31), "小微企业奖励")


def test_mistakes_in_the_form_are_marked_and_nothing_typed_is_lost(
    staff: Staff, draft: int, sessions: Sessions
) -> None:
    page = save(
        editor(staff("editor"), draft), region="火星", opens="2026-12-31", closes="2026-12-01", title="小微企业奖励"
    )
    assert page.answer.status_code == 422
    assert len(page.errors) == 2
    assert page.root.xpath("//input[@name='region']/@value") == ["火星"]
    assert page.root.xpath("//input[@name='title']/@value") == ["小微企业奖励"]
    assert stored(sessions, draft).region == "110108"


def test_what_is_not_saved_yet_can_be_counted(staff: Staff, rows: Rows, draft: int, sessions: Sessions) -> None:
    rows.subscriber()
    browser = staff("editor")
    given = {"csrf": token_of(browser), "pushable": "yes", "sides": "individual", "topics": "E0407", "region": "北京市"}
    answer = browser.post(f"/staff/targetings/{draft}/count", data=given)
    assert "比修改前少 1 人" in answer.text
    assert stored(sessions, draft).sides == ["enterprise"]


def test_a_stale_page_says_so_and_overwrites_nothing(staff: Staff, draft: int, sessions: Sessions) -> None:
    one, other = staff("editor", name="王"), staff("editor", name="李")
    mine, theirs = editor(one, draft), editor(other, draft)
    act_on_tree(mine, "remove:2")
    for late in (act_on_tree(theirs, "remove:1"), save(theirs, region="北京市")):
        assert late.answer.status_code == 409
        assert late.heading == "页面已经过期：内容刚刚被其他人改动"
        assert "您这次的改动没有保存" in late.words
        assert late.root.xpath("//main//a[text()='打开现在的内容']/@href") == ["/staff/targetings/1"]
    assert len(stored(sessions, draft).conditions["all"]) == 2
    assert stored(sessions, draft).region == "110108"


def test_the_same_form_twice_acts_once(staff: Staff, draft: int, sessions: Sessions) -> None:
    page = editor(staff("editor"), draft)
    for _ in range(2):
        assert act_on_tree(page, "remove:0").answer.status_code == 200
    assert [node["field"] for node in stored(sessions, draft).conditions["all"]] == [
        "years_since_founding",
        "credit_clean",
    ]
    with sessions() as session:
        acts = list(session.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("targeting"))))
    assert acts == ["targeting.conditions"]


def confirm(page: Page) -> Page:
    return page.submit(form=form_number(page, "/confirm"))


def test_confirming_keeps_a_correction_to_learn_from(staff: Staff, draft: int, sessions: Sessions) -> None:
    page = act_on_tree(editor(staff("editor", name="王编辑"), draft), "remove:1")
    page = confirm(page)
    assert "已确认" in page.words
    kept = stored(sessions, draft)
    assert (kept.state, kept.confirmed_by) == (TargetingState.CONFIRMED, "王编辑")
    with sessions() as session:
        example = session.scalars(select(LabelledExample)).one()
        [line] = list_examples(session)
    assert example.label["conditions"] == kept.conditions
    assert example.reading["conditions"] == CONDITIONS
    assert example.labelled_by == "王编辑"
    assert line["text"].startswith("各有关单位")
    assert line["topics"] == ["E0407", "E0403"]


def test_confirming_what_the_machine_read_keeps_no_example(staff: Staff, draft: int, sessions: Sessions) -> None:
    confirm(editor(staff("editor"), draft))
    with sessions() as session:
        assert session.scalars(select(LabelledExample)).all() == []


def test_a_confirmed_targeting_is_changed_by_a_new_draft_only(staff: Staff, draft: int, sessions: Sessions) -> None:
    browser = staff("editor")
    open_before = editor(browser, draft)
    page = confirm(editor(browser, draft))
    assert not page.root.xpath("//button[@name='act']")
    assert act_on_tree(open_before, "remove:0").answer.status_code == 409
    revised = [page.submit(form=form_number(page, "/revise")) for _ in range(2)]
    assert revised[0].path == revised[1].path != page.path
    new = stored(sessions, int(revised[0].path.rpartition("/")[2]))
    assert (new.number, new.state, new.conditions) == (2, TargetingState.DRAFT, CONDITIONS)
    confirm(revised[0])
    assert stored(sessions, draft).state == TargetingState.WITHDRAWN


def test_others_read_and_can_not_change(staff: Staff, draft: int) -> None:
    page = editor(staff("service"), draft)
    assert not page.root.xpath("//main//button")
    assert page.root.xpath("//form//fieldset[@disabled]")


def test_the_count_in_memory_is_the_matching(sessions: Sessions, rows: Rows, draft: int) -> None:
    vocabulary = load_vocabulary(None)
    live = LiveAudience(sessions, Facets(vocabulary), lambda: NOW)
    targeting = stored(sessions, draft)
    for founded in ("2024-05-01", "2010-05-01"):
        rows.subscriber(profile={"region": "110108", "founding_date": founded})
        with sessions() as session:
            slow = match(session, targeting, vocabulary, local_date(NOW))
        fast = live.match(targeting)
        assert fast.groups == slow.groups
        assert fast.ranks == slow.ranks
        assert live.count_targeting(targeting) == {code: len(ids) for code, ids in slow.groups.items()}
