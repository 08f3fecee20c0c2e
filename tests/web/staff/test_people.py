"""The service desk finds one person, tells why, and every look is written down."""

import pytest
from sqlalchemy import select
from stdnum.cn import uscc

from core.database import Sessions, unit_of_work
from subscribers.models import Subscriber
from tests.web.rows import Rows
from tests.web.staff.conftest import Staff, read
from web.models import AuditEntry

CODE = "91110108MA01ABCD2" + uscc.calc_check_digit("91110108MA01ABCD2")


def acts(sessions: Sessions) -> list[tuple[str, str]]:
    with sessions() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.act.startswith("people")).order_by(AuditEntry.id))
        return [(entry.act, entry.subject) for entry in entries]


@pytest.mark.parametrize(("how", "what"), [("sms", "+86 138-0000-0000"), ("mail", "Boss@Example.com")])
def test_one_is_found_by_the_exact_address_and_the_look_is_written_down(
    staff: Staff, rows: Rows, sessions: Sessions, how: str, what: str
) -> None:
    number = rows.subscriber()
    page = read(staff("service", name="赵客服"), "/staff/people").submit({"how": how, "what": what})
    assert page.path == f"/staff/people/{number}"
    assert "北京远山智能科技有限公司" in page.words
    assert "138****0000" in page.words
    assert "13800000000" not in page.text
    assert "boss@example.com" not in page.text
    assert acts(sessions) == [("people.search", ""), ("people.look", f"subscriber {number}")]
    with sessions() as session:
        assert all(
            "138" not in str(entry.detail) and "example" not in str(entry.detail)
            for entry in session.scalars(select(AuditEntry))
        )


def test_one_is_found_by_credit_code(staff: Staff, rows: Rows, sessions: Sessions) -> None:
    number = rows.subscriber()
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, number).credit_code_index = rows.keys.blind_index("credit_code", CODE)
    page = read(staff("service"), "/staff/people").submit({"how": "credit_code", "what": CODE.lower()})
    assert page.path == f"/staff/people/{number}"


def test_a_shared_number_lists_all(staff: Staff, rows: Rows) -> None:
    rows.subscriber()
    rows.subscriber(name="北京近水制造有限公司")
    page = read(staff("service"), "/staff/people").submit({"how": "sms", "what": "13800000000"})
    assert "有 2 位使用这个联系方式" in page.words


@pytest.mark.parametrize(
    ("how", "what", "said"),
    [
        ("sms", "12", "手机号无效"),
        ("mail", "x", "电子邮箱无效"),
        ("credit_code", "91", "统一社会信用代码无效"),
        ("x", "1", "请选择"),
    ],
)
def test_what_can_not_be_one_is_told_and_kept(staff: Staff, rows: Rows, how: str, what: str, said: str) -> None:
    page = read(staff("service"), "/staff/people").submit({"how": how, "what": what})
    assert page.answer.status_code == 422
    assert said in page.errors[0]
    assert page.root.xpath("//input[@name='what']/@value") == [what]


def test_nobody_is_found_calmly(staff: Staff) -> None:
    assert "没有找到" in read(staff("service"), "/staff/people").submit({"what": "13900000000"}).words


def test_why_is_answered_with_every_condition(staff: Staff, rows: Rows, sessions: Sessions) -> None:
    rows.policy()
    number = rows.subscriber(profile={"region": "110108", "founding_date": "2001-05-01"})
    page = read(staff("service"), f"/staff/people/{number}").submit({"policy": "若干措施"})
    assert "不符合" in page.words
    assert "成立年限不超过 10 年" in page.words
    assert "成立时间不超过十年" in page.words
    assert acts(sessions)[-1] == ("people.why", f"subscriber {number}")


@pytest.mark.parametrize(
    ("policy", "said"), [("没有这样的", "没有找到"), ("", "请写出政策"), ("草稿", "还没有确认定向")]
)
def test_a_policy_that_can_not_be_asked_about_is_told(staff: Staff, rows: Rows, policy: str, said: str) -> None:
    rows.policy("草稿中的通知", targeting={"state": "draft"})
    number = rows.subscriber()
    page = read(staff("service"), f"/staff/people/{number}").submit({"policy": policy})
    assert page.answer.status_code == 422
    assert said in page.errors[0]


def test_the_erased_are_not_shown(staff: Staff, rows: Rows, sessions: Sessions) -> None:
    number = rows.subscriber()
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, number).erased_at = rows.now
    assert read(staff("service"), f"/staff/people/{number}").answer.status_code == 404
