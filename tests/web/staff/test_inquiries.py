"""What people ask a person: read by the service desk, answered in WeChat while it lets us, each once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from core.database import Sessions, unit_of_work
from core.privacy import Keys
from subscribers.models import Inquiry
from tests.web.conftest import NOW
from tests.web.rows import Rows
from tests.web.staff.conftest import Clock, Staff, read, token_of
from web.models import AuditEntry
from workers.inquiries import store_inquiry

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
PHONE = "13800000000"


@pytest.fixture
def follower(simulators: Providers) -> Follower:
    simulators.wechat.followers[OPENID] = Follower()
    return simulators.wechat.followers[OPENID]


@pytest.fixture
def asked(follower: Follower, simulators: Providers, sessions: Sessions, keys: Keys) -> str:
    """The id of a question that a follower has just sent."""
    follower.open_window("text", simulators.world.now())
    return store(sessions, keys, "wechat", OPENID, "人工 我的补贴为什么没到账")


def store(sessions: Sessions, keys: Keys, channel: str, address: str, words: str) -> str:
    with unit_of_work(sessions) as session:
        return str(store_inquiry(session, keys, channel, address, words, NOW).id)


def answers(simulators: Providers) -> list[str]:
    return [one["content"]["text"] for one in simulators.world.list_accepted("wechat_answer")]


def acts(sessions: Sessions) -> list[str]:
    with sessions() as session:
        query = select(AuditEntry).where(AuditEntry.act.startswith("inquiry")).order_by(AuditEntry.id)
        entries = list(session.scalars(query))
    assert all("补贴" not in str(entry.detail) and OPENID not in str(entry.detail) for entry in entries)
    return [entry.act for entry in entries]


def test_a_question_is_answered_once_and_kept_sealed(
    staff: Staff, asked: str, simulators: Providers, sessions: Sessions
) -> None:
    page = read(staff("service", name="赵客服"), "/staff/inquiries")
    assert "人工 我的补贴为什么没到账" in page.words
    assert "可回复到 11月23日 10:00" in page.words
    assert OPENID not in page.text
    page.submit({"words": " 请把申请编号发来，我们核对。 "})
    assert answers(simulators) == ["请把申请编号发来，我们核对。"]
    again = read(staff("service", name="钱客服"), "/staff/inquiries")
    assert "没有等待处理的留言" in again.words
    done = read(again.client, "/staff/inquiries?done=1")
    assert "请把申请编号发来，我们核对。赵客服" in done.words.replace(" ", "")
    with sessions() as session:
        kept = session.scalars(select(Inquiry)).one()
    assert kept.answer is not None
    assert "编号".encode() not in kept.answer
    assert acts(sessions) == ["inquiry.look", "inquiry.answer", "inquiry.look"]
    late = again.client.post(f"/staff/inquiries/{asked}/answer", data={"csrf": token_of(again.client), "words": "也好"})
    assert late.status_code == 404
    assert len(answers(simulators)) == 1


@pytest.mark.parametrize(
    ("words", "said"), [("  ", "请写回复"), ("很" * 601, "最多 600 字，现在 601 字")], ids=["nothing", "too much"]
)
def test_what_can_not_be_sent_is_told_and_kept(
    staff: Staff, asked: str, simulators: Providers, words: str, said: str
) -> None:
    page = read(staff("service"), "/staff/inquiries").submit({"words": words})
    assert (page.answer.status_code, page.errors) == (422, [said])
    assert page.root.xpath("string(//textarea)") == words
    assert answers(simulators) == []


def test_when_wechat_takes_no_answer_any_more_it_is_marked_by_hand(
    staff: Staff, asked: str, clock: Clock, follower: Follower, simulators: Providers, sessions: Sessions
) -> None:
    simulators.world.advance(timedelta(hours=49).total_seconds())
    clock.now = NOW + timedelta(hours=49)
    page = read(staff("service"), "/staff/inquiries")
    assert "已过 48 小时" in page.words
    page = page.submit({"words": "抱歉，回复晚了"})
    assert "微信不接收了" in page.errors[0]
    assert "没有等待处理的留言" in page.submit({}, form=1).words
    assert acts(sessions)[-1] == "inquiry.close"


def test_who_has_left_can_not_be_answered(staff: Staff, asked: str, follower: Follower) -> None:
    follower.follows = False
    page = read(staff("service"), "/staff/inquiries").submit({"words": "您好"})
    assert page.errors
    assert page.answer.status_code == 422


def test_an_sms_leads_to_the_subscriber_and_is_marked_by_hand(
    staff: Staff, rows: Rows, sessions: Sessions, keys: Keys, simulators: Providers
) -> None:
    number = rows.subscriber()
    asked = store(sessions, keys, "sms", PHONE, "几点上班？")
    store(sessions, keys, "sms", "106912345", "乱码")  # no mobile number: nobody's, and no trouble
    page = read(staff("service"), "/staff/inquiries")
    assert "138****0000" in page.words
    assert PHONE not in page.text
    assert page.root.xpath("//article//a/@href") == [f"/staff/people/{number}"]
    assert not page.root.xpath("//textarea")
    answer = page.client.post(f"/staff/inquiries/{asked}/answer", data={"csrf": token_of(page.client), "words": "九点"})
    assert answer.status_code == 409
    page.submit({}).submit({})
    assert "没有等待处理的留言" in read(page.client, "/staff/inquiries").words


def test_one_that_waits_for_a_day_is_an_alarm(staff: Staff, asked: str, clock: Clock) -> None:
    desk = staff("service")
    assert "留言" not in read(desk, "/staff").words
    clock.now = NOW + timedelta(hours=25)
    desk = staff("service", name="明天的客服")
    assert "有 1 条留言等了一天还没有回复" in read(desk, "/staff").words


def test_one_that_is_none_is_told(staff: Staff) -> None:
    desk = staff("service")
    answer = desk.post(f"/staff/inquiries/{uuid4()}/close", data={"csrf": token_of(desk)})
    assert answer.status_code == 404
