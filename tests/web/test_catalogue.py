"""Home and lists: what is new, what closes soon, what was asked for."""

from datetime import date

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.database import Sessions, unit_of_work
from core.vocabulary.load import load_vocabulary
from matcher.models import Targeting
from policies.models import PolicyVersion
from tests.web.rows import Rows
from web.portal.catalogue import PAGE, Wanted, list_closing, list_policies, split_words
from web.portal.wording import suggest_topics

TODAY = date(2026, 11, 21)
VOCABULARY = load_vocabulary()


def titles(sessions: Sessions, **wanted: object) -> list[str]:
    with sessions() as session:
        found = list_policies(session, Wanted(**wanted), VOCABULARY, TODAY)  # type: ignore[arg-type] # of a test
        return [row.policy.title for row in found.rows]


def test_home_shows_new_closing_and_the_whole_way_by_topic(client: TestClient, rows: Rows) -> None:
    rows.policy("新近的政策", targeting={"closes": date(2026, 11, 24)})
    page = client.get("/").text
    assert page.count("新近的政策") == 2
    assert "还剩" in page
    assert page.count('href="/policies?topic=') == 57
    assert page.count('href="/policies?type=') == 17


def test_an_empty_house_says_so(client: TestClient) -> None:
    assert "还没有政策" in client.get("/").text
    assert "没有找到相符的政策" in client.get("/policies?q=无").text


def test_newest_first_and_page_by_page(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    for day in range(1, PAGE + 2):
        rows.policy(f"第{day}号", published_date=date(2026, 10, day))
    rows.policy("没有日期", published_date=None)
    assert titles(sessions)[0] == f"第{PAGE + 1}号"
    assert titles(sessions, page=2) == ["第1号", "没有日期"]
    assert "/policies?page=2" in client.get("/policies").text
    assert "上一页" in client.get("/policies?page=2").text


def test_words_are_sought_in_title_number_agency_and_text(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    rows.policy("稳岗返还办法", doc_number="京人社发〔2026〕9号", agency="北京市人社局", text="失业保险")
    rows.policy("另一份", agency="海淀区人民政府", text="稳定岗位，100%补贴")
    assert titles(sessions, words=("稳岗", "京人社")) == ["稳岗返还办法"]
    assert titles(sessions, words=("〔2026〕9号",)) == ["稳岗返还办法"]
    assert titles(sessions, words=("稳定岗位",))[0] == "另一份"
    assert titles(sessions, words=("100%",)) == ["另一份"]
    assert titles(sessions, words=("火星",)) == []
    assert "正文提到了它" in client.get("/policies?q=100%25补贴").text
    assert "正文提到了它" not in client.get("/policies?q=稳岗返还").text


def test_the_title_counts_most_and_pages_go_on(rows: Rows, sessions: Sessions) -> None:
    for number in range(PAGE + 1):
        rows.policy(f"通知{number}", text="一份关于育儿补贴的说明")
    rows.policy("育儿补贴办法", text="正文")
    rows.policy("别的", text="公租房")
    assert titles(sessions, words=("育儿补贴",))[0] == "育儿补贴办法"
    assert len(titles(sessions, words=("育儿补贴",), page=2)) == 2
    assert "别的" not in titles(sessions, words=("育儿补贴",)) + titles(sessions, words=("育儿补贴",), page=2)


def test_what_people_say_finds_what_policies_call_it(rows: Rows, sessions: Sessions) -> None:
    rows.policy("关于生育津贴的通知", text="正文")
    rows.policy("关于公共租赁住房的通知", text="正文")
    assert titles(sessions, words=("生娃补贴",)) == ["关于生育津贴的通知"]


def test_a_day_or_month_is_when_it_was_published(rows: Rows, sessions: Sessions) -> None:
    rows.policy("十月的稳岗", published_date=date(2026, 10, 9))
    rows.policy("十一月的稳岗", published_date=date(2026, 11, 3))
    assert titles(sessions, words=("2026年10月",)) == ["十月的稳岗"]
    assert titles(sessions, words=("2026-11-03", "稳岗")) == ["十一月的稳岗"]
    assert titles(sessions, words=("2026-11-04", "稳岗")) == []


def test_words_and_filters_together(rows: Rows, sessions: Sessions) -> None:
    rows.policy("稳岗返还", targeting={"topics": ["P0101"]})
    rows.policy("稳岗补贴", kind="call")
    assert titles(sessions, words=("稳岗",), topic="P0101") == ["稳岗返还"]
    assert titles(sessions, words=("稳岗",), kind="call") == ["稳岗补贴"]


def test_by_topic_type_place_kind_and_window(rows: Rows, sessions: Sessions) -> None:
    rows.policy("全国的", kind="call", targeting={"region": "000000", "topics": ["P0101"], "closes": None})
    rows.policy("北京的", targeting={"region": "110000", "types": ["ET06"], "closes": date(2026, 11, 20)})
    rows.policy("杭州的", targeting={"region": "330100", "opens": date(2026, 12, 1)})
    rows.policy("没有核对的", targeting=None)
    assert titles(sessions, topic="P0101") == ["全国的"]
    assert titles(sessions, type="ET06") == ["北京的"]
    assert titles(sessions, region="110108") == ["北京的", "全国的"]
    assert titles(sessions, kind="call") == ["全国的"]
    assert titles(sessions, open_only=True) == []
    assert len(titles(sessions)) == 4


def test_only_the_newest_version_closes(rows: Rows, sessions: Sessions) -> None:
    early = rows.policy("早", targeting={"closes": date(2026, 11, 22)})
    rows.policy("晚", targeting={"closes": date(2026, 12, 20)})
    rows.policy("过了", targeting={"closes": date(2026, 11, 20)})
    rows.policy("废止", state="repealed", targeting={"closes": date(2026, 11, 23)})
    rows.policy("解读", kind="interpretation", targeting={"closes": date(2026, 11, 23)})
    rows.policy("不推送", targeting={"closes": date(2026, 11, 23), "pushable": False})
    with sessions() as session:
        assert [row.policy.title for row in list_closing(session, TODAY, 9)] == ["早", "晚"]
    with unit_of_work(sessions) as session:
        session.add(PolicyVersion(policy_id=early, number=2, fingerprint=b"2" * 32, title="早", created_at=rows.now))
    with sessions() as session:
        assert [row.policy.title for row in list_closing(session, TODAY, 9)] == ["晚"]
        assert session.scalars(select(Targeting)).first() is not None


@pytest.mark.parametrize("query", ["'", "%", "\\", "_" * 60, "“”", "<b>", " ", "a" * 500, "\x7f"])
def test_odd_searches_answer(client: TestClient, rows: Rows, query: str) -> None:
    rows.policy()
    answer = client.get("/policies", params={"q": query, "topic": "X", "type": "1", "region": "九", "kind": "?"})
    assert answer.status_code == 200


def test_a_zero_byte_is_no_search(client: TestClient) -> None:
    assert client.get("/policies?q=%00").status_code == 200


def test_words_are_parted_by_blanks_and_stops() -> None:
    assert split_words("《稳岗》，返还 2026") == ("稳岗", "返还", "2026")
    assert split_words("  ") == ()


@pytest.mark.parametrize(("said", "meant"), [("生娃补贴", "P0101"), ("融资信贷", "E0401"), ("开公司要什么", "E0101")])
def test_what_people_say_leads_to_a_topic(said: str, meant: str) -> None:
    assert meant in [topic.code for topic in suggest_topics(said, VOCABULARY)]
    assert suggest_topics("生", VOCABULARY) == []
