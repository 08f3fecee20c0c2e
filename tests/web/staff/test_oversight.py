"""The state of the channels, the log of acts, and the accounts, as pages."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import text

from channels.simulators.providers import Providers
from channels.simulators.world import Fault
from core.database import Sessions, unit_of_work
from tests.web.conftest import NOW
from tests.web.forms import Page
from tests.web.staff.conftest import PASSWORD, Staff, read, token_of
from workers.gates import shut
from workers.models import Attempt
from workers.partitions import create_partitions


def attempt(sessions: Sessions, outcome: str, code: str, hours_ago: int) -> None:
    with unit_of_work(sessions) as session:
        create_partitions(session, NOW.date())
        session.add(
            Attempt(
                month=date(2026, 11, 1),
                id=uuid4(),
                delivery_id=1,
                push_id=1,
                channel="sms",
                provider="aliyun",
                outcome=outcome,
                code=code,
                at=NOW - timedelta(hours=hours_ago),
            )
        )


def card(page: Page, label: str) -> str:
    return " ".join(page.root.xpath(f"//section[@aria-label='{label}']")[0].text_content().split())


def test_channels_show_shut_gates_answers_and_what_was_sent(staff: Staff, sessions: Sessions, redis: Redis) -> None:
    attempt(sessions, "OK", "OK", 1)
    attempt(sessions, "CONTENT", "isv.BLACK_KEY", 3)
    attempt(sessions, "CONFIG", "isv.OLD", 50)
    shut(redis, "aliyun", NOW + timedelta(minutes=5), "isv.AMOUNT_NOT_ENOUGH", probe=True)
    browser = staff("admin", "releaser")
    sms = card(read(browser, "/staff/channels"), "短信")
    assert "已暂停：isv.AMOUNT_NOT_ENOUGH" in sms
    assert "内容或模板被拒 isv.BLACK_KEY" in sms
    assert "isv.OLD" not in sms
    assert "1 条，限速每秒" in sms
    assert "isv.OLD" in card(read(browser, "/staff/channels?hours=168"), "短信")
    assert "正常" in card(read(browser, "/staff/channels"), "微信")
    today = read(browser, "/staff").words
    assert "短信渠道已暂停（aliyun：isv.AMOUNT_NOT_ENOUGH）" in today
    assert "短信：内容或模板被拒，24 小时内 1 次" in today


def test_the_quotas_of_wechat_are_shown_and_asked_for_once(staff: Staff, simulators: Providers) -> None:
    simulators.wechat.limits |= {"template": 1000}
    browser = staff("admin")
    for _ in range(2):
        wechat = card(read(browser, "/staff/channels"), "微信")
        assert "模板消息今日额度已用 0，还剩 1,000，共 1,000" in wechat
        assert "群发今日额度" in wechat
    assert simulators.world.calls["wechat.quota"] == 2


def test_when_wechat_can_not_be_asked_the_page_is_there_without_quotas(staff: Staff, simulators: Providers) -> None:
    simulators.world.faults.append(Fault("*", "http", count=None, status=502))
    wechat = card(read(staff("admin"), "/staff/channels"), "微信")
    assert "额度" not in wechat
    assert "服务商账号" in wechat


def test_the_log_is_shown_filtered_and_checked(staff: Staff, sessions: Sessions) -> None:
    staff("editor", name="王编辑")
    browser = staff("admin", name="孙管理")
    page = read(browser, "/staff/audit?actor=王编辑")
    assert "登录" in page.words
    assert "孙管理" not in page.root.xpath("string(//table)")
    assert "日志完整" in read(browser, "/staff/audit?check=1").words
    with unit_of_work(sessions) as session:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        session.execute(text("UPDATE audit_entries SET actor = '李四' WHERE id = 1"))
    assert "日志在第 1 条断开" in read(browser, "/staff/audit?check=1").words


def test_an_administrator_shuts_out_and_lets_in_but_never_themselves(staff: Staff) -> None:
    editor, admin = staff("editor", name="王编辑"), staff("admin", name="孙管理")
    page = read(admin, "/staff/accounts").submit(press=("disable", "yes"))
    assert "已停用" in page.words
    assert read(editor, "/staff").heading == "登录工作台"
    page.submit()
    assert editor.post("/staff/sign-in", data={"name": "王编辑", "password": PASSWORD}).status_code == 303
    answer = admin.post("/staff/accounts/2", data={"csrf": token_of(admin), "disable": "yes"})
    assert answer.status_code == 409


@pytest.mark.parametrize(("title", "body", "said"), [("", "正文", "请填写标题"), ("关于补贴的通知", " ", "请粘贴正文")])
def test_a_pasted_text_that_is_not_whole_is_kept(staff: Staff, title: str, body: str, said: str) -> None:
    page = read(staff("editor"), "/staff/policies/new").submit({"title": title, "text": body}, form=1)
    assert page.answer.status_code == 422
    assert said in page.words
    assert page.root.xpath("//input[@name='title']/@value") == [title]


def test_a_pasted_text_becomes_a_draft_and_again_changes_nothing(staff: Staff) -> None:
    browser = staff("editor")
    given = {"title": "关于发放稳岗补贴的通知", "text": "各企业：\n对参保企业给予一次性稳岗补贴，每人500元。"}
    first = read(browser, "/staff/policies/new").submit(given, form=1)
    assert first.path.startswith("/staff/targetings/")
    assert first.heading == "关于发放稳岗补贴的通知"
    again = read(browser, "/staff/policies/new").submit(given, form=1)
    assert "与库中相同，没有改动" in again.words
    assert "待确认" in read(browser, "/staff/policies?state=draft&q=稳岗").words


def test_files_that_can_not_be_taken_are_named_and_the_others_are_kept(staff: Staff) -> None:
    browser = staff("editor")
    good = "关于发放稳岗补贴的通知\n对参保企业给予一次性稳岗补贴。".encode()
    files = [("files", ("通知.txt", good)), ("files", ("../../照片.exe", b"x")), ("files", ("空.txt", b""))]
    answer = browser.post("/staff/policies/upload", data={"csrf": token_of(browser)}, files=files)
    assert answer.status_code == 200
    assert "照片.exe" in answer.text
    assert "不支持的文件格式" in answer.text
    assert "空.txt" in answer.text
    assert "关于发放稳岗补贴的通知" in answer.text
