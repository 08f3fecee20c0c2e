"""Messages as staff word them: looked at, proven, kept in versions, undone, and used by what is sent afterwards."""

from datetime import timedelta

from sqlalchemy import select

from channels.message import Channel
from channels.notice import Purpose
from channels.simulators.providers import Providers
from channels.simulators.sms_registry import register
from channels.wording import TITLES
from core.database import Sessions
from tests.web.forms import Page
from tests.web.rows import Rows
from tests.web.staff.conftest import Clock, Staff, read
from web.models import AuditEntry
from workers.models import TemplateOverride

POLITE = (
    "您好！《${title}》可能适合您。推送理由：${reason}。截止：${deadline}。"
    "详情看 {{ link_prefix }}${code} 。不想再收请回T。"
)
SMS = "/staff/templates/sms-policy"


def typed(page: Page, given: dict[str, str], press: str) -> Page:
    return page.submit(given, press=("act", press))


def versions(sessions: Sessions) -> list[tuple[str, int, bool]]:
    with sessions() as session:
        query = select(TemplateOverride).order_by(TemplateOverride.name, TemplateOverride.version)
        return [(one.name, one.version, one.text is not None) for one in session.scalars(query)]


def acts(sessions: Sessions) -> list[tuple[str, str]]:
    with sessions() as session:
        query = select(AuditEntry).where(AuditEntry.act.startswith("template")).order_by(AuditEntry.id)
        return [(entry.act, entry.subject) for entry in session.scalars(query)]


def test_every_message_of_every_purpose_is_shown_on_every_channel(staff: Staff) -> None:
    browser = staff("releaser")
    for purpose in Purpose:
        page = read(browser, f"/staff/templates?purpose={purpose}")
        assert TITLES[purpose] in page.words
        assert len(page.root.find_class("phone")) == len(Channel), purpose
        assert "做不出来" not in page.words


def test_an_sms_is_previewed_and_saved_with_its_code(staff: Staff, sessions: Sessions, clock: Clock) -> None:
    page = read(staff("editor", name="王编辑"), SMS)
    tried = typed(page, {"text": POLITE}, "preview")
    assert "检查通过，还没有保存" in tried.words
    assert "您好！《中小微企业设备更新贷款贴息办法（试行）》可能适合您" in tried.words
    assert "您好！《${title}》可能适合您" in tried.words  # what is to be registered
    assert versions(sessions) == []
    refused = typed(tried, {"text": POLITE}, "save")
    assert refused.answer.status_code == 422
    assert "请先在阿里云报备这段文字" in refused.words
    assert refused.root.xpath("string(//textarea)").strip() == POLITE
    saved = typed(refused, {"text": POLITE, "code_aliyun": "SMS_1"}, "save")
    assert saved.root.xpath("//input[@name='code_aliyun']/@value") == ["SMS_1"]
    assert versions(sessions) == [("sms/policy.txt", 1, True)]
    assert "王编辑" in saved.words
    assert "没有保存" in typed(saved, {}, "save").words
    assert acts(sessions) == [("template.edit", "template sms-policy")]


def test_what_would_go_wrong_is_told_and_not_saved(staff: Staff, sessions: Sessions) -> None:
    page = read(staff("editor"), SMS)
    for press, status in (("preview", 200), ("save", 422)):
        told = typed(page, {"text": "《${titel}》", "code_aliyun": "SMS_1"}, press)
        assert told.answer.status_code == status
        assert "没有这些变量：titel" in told.words
    assert versions(sessions) == []


def test_versions_are_undone_one_by_one(staff: Staff, sessions: Sessions, clock: Clock) -> None:
    browser = staff("editor")
    for number, hello in enumerate(("您好", "你好"), 1):
        clock.now += timedelta(minutes=1)
        typed(read(browser, SMS), {"text": POLITE.replace("您好", hello), "code_aliyun": f"SMS_{number}"}, "save")
    clock.now += timedelta(minutes=1)
    page = read(browser, SMS)
    page = page.submit({}, form=1, press=("version", "1"))
    assert "您好" in page.root.xpath("string(//textarea)")
    assert page.root.xpath("//input[@name='code_aliyun']/@value") == ["SMS_1"]
    clock.now += timedelta(minutes=1)
    page = page.submit({}, form=3, press=("version", "0"))
    assert "您可能符合一项政策的条件" in page.root.xpath("string(//textarea)")
    assert versions(sessions) == [("sms/policy.txt", n, n < 4) for n in (1, 2, 3, 4)]
    assert acts(sessions)[-1] == ("template.restore", "template sms-policy")
    refused = browser.post(
        f"{SMS}/restore", data={"csrf": page.root.xpath("//input[@name='csrf']/@value")[0], "version": 9}
    )
    assert refused.status_code == 422


def test_one_message_of_a_table_is_edited_and_undone_alone(staff: Staff, sessions: Sessions, clock: Clock) -> None:
    browser = staff("editor")
    page = typed(read(browser, "/staff/templates/mail-policy"), {"lead": "王女士您好，有一项政策。"}, "save")
    assert "王女士您好" in page.words
    clock.now += timedelta(minutes=1)
    page = typed(read(browser, "/staff/templates/mail-digest"), {"button": "打开全部"}, "save")
    clock.now += timedelta(minutes=1)
    page = read(browser, "/staff/templates/mail-policy").submit({}, form=1, press=("version", "0"))
    assert "有一项政策，您可能符合条件" in page.words
    assert read(browser, "/staff/templates/mail-digest").root.xpath("//input[@name='button']/@value") == ["打开全部"]
    clock.now += timedelta(minutes=1)
    read(browser, "/staff/templates/mail-digest").submit({}, form=1, press=("version", "0"))
    assert versions(sessions)[-1] == ("mail.json", 4, False)


def test_wechat_fields_are_chosen_from_what_there_is(staff: Staff, sessions: Sessions) -> None:
    page = read(staff("editor"), "/staff/templates/wechat-policy")
    told = typed(page, {"field4": "thing4", "value4": "days"}, "preview")
    assert "days 没有内容" in told.words
    saved = typed(page, {"field4": "", "value4": ""}, "save")
    assert "点开看怎么办" not in saved.words
    assert versions(sessions) == [("wechat.json", 1, True)]


def test_a_mail_is_shown_with_its_styles_and_can_do_nothing(staff: Staff) -> None:
    browser = staff("editor")
    page = read(browser, "/staff/templates/layout-notice-html")
    answer = browser.get("/staff/templates/mail-policy/look")
    assert "font-size" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    csrf = page.root.xpath("//input[@name='csrf']/@value")[0]
    changed = page.root.xpath("string(//textarea)").replace("<h1>", "<h1>试")
    draft = browser.post("/staff/templates/layout-notice-html/look", data={"csrf": csrf, "text": changed})
    assert ">试中小微企业" in draft.text
    for text in ("{{ nobody }}", "{% if %}"):
        broken = browser.post("/staff/templates/layout-notice-html/look", data={"csrf": csrf, "text": text})
        assert broken.status_code == 422
    assert browser.get(f"{SMS}/look").status_code == 404
    assert "脚本" in typed(page, {"text": changed.replace("<h1>", "<script>1</script><h1>")}, "preview").words


def test_a_push_is_priced_before_it_is_made(staff: Staff, rows: Rows) -> None:
    rows.policy()
    rows.subscriber()
    rows.subscriber(name="北京近水制造有限公司")
    words = read(staff("editor"), "/staff/targetings/1/push").words
    assert "按 2 条计费，每人约 0.09 元；能收短信的有 2 人，都用短信约 0.18 元" in words


def test_an_editor_writes_and_others_look(staff: Staff) -> None:
    page = read(staff("admin"), SMS)
    assert "您可能符合一项政策的条件" in page.words
    assert not page.root.xpath("//main//form")


def test_one_that_is_none_is_told(staff: Staff) -> None:
    assert read(staff("editor"), "/staff/templates/fax-policy").answer.status_code == 404


def test_the_preview_of_a_push_and_a_code_use_the_edited_words(
    staff: Staff, rows: Rows, simulators: Providers, clock: Clock
) -> None:
    rows.policy()
    browser = staff("editor")
    typed(read(browser, SMS), {"text": POLITE, "code_aliyun": "SMS_1"}, "save")
    code = "您的验证码是${passcode}，${minutes}分钟内有效。"
    typed(read(browser, "/staff/templates/sms-code"), {"text": code, "code_aliyun": "SMS_2"}, "save")
    clock.now += timedelta(seconds=1)
    assert "您好！《" in read(browser, "/staff/targetings/1").words
    assert "您好！《" in read(browser, "/staff/targetings/1/push").words
    simulators.aliyun.templates["SMS_2"] = register(code)
    parts = browser.app.state.parts  # type: ignore[attr-defined]  # the app is FastAPI's
    parts.passcodes.send("browser", Channel.SMS, "13800000000", "10.0.0.1")
    assert "您的验证码是" in simulators.world.list_accepted("sms")[0]["content"]["text"]
