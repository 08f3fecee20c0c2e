"""Messages as people read them: every purpose on every channel."""

import re
from dataclasses import replace

import pytest

from channels.compose import ComposeError, make_composer, sms_template
from channels.examples import example_notice, example_personal
from channels.imprint import imprint_of
from channels.message import Channel, MailContent, SmsContent, WeChatContent
from channels.notice import Notice, Personal, Purpose
from channels.proof import find_long_sentences
from channels.simulators.wechat_rules import find_violation
from channels.sms.variables import check_variables, count_parts
from channels.sources import list_sources
from core.settings import Settings
from tests.channels.samples import IMPRINT, PERSONAL, content, notice

ABOUT_POLICIES = [purpose for purpose in Purpose if purpose not in (Purpose.STAY, Purpose.CODE, Purpose.BINDING)]
"""Those that tell of policies; the others are read as they are made by `example_notice`."""


def sms(purpose: Purpose, personal: Personal = PERSONAL, about: Notice | None = None) -> SmsContent:
    made = make_composer(about or notice(purpose), Channel.SMS, IMPRINT).fill(personal)
    assert isinstance(made, SmsContent)
    return made


def mail(purpose: Purpose, personal: Personal = PERSONAL) -> MailContent:
    made = make_composer(notice(purpose), Channel.MAIL, IMPRINT).fill(personal)
    assert isinstance(made, MailContent)
    return made


@pytest.mark.parametrize("purpose", Purpose)
def test_an_sms_is_plain(purpose: Purpose) -> None:
    made = sms(purpose)
    check_variables(made.params)
    assert "${" not in made.text
    assert "{{" not in made.text
    assert count_parts(made.text) <= 2
    sentences = re.split(r"[。！？]", re.sub(r"http\S+ ", "", made.text.removeprefix("【政策直达】")))
    assert max(len(sentence) for sentence in sentences) <= 40


@pytest.mark.parametrize("purpose", ABOUT_POLICIES)
def test_an_sms_says_what_why_where_and_how_to_refuse(purpose: Purpose) -> None:
    text = sms(purpose).text
    assert text.startswith("【政策直达】")
    assert "设备更新" in text
    assert "小型制造业企业" in text
    assert PERSONAL.link in text
    assert text.endswith("不想再收请回T。")
    assert "2026年12月31日" in text or purpose is Purpose.REPEALED


@pytest.mark.parametrize(
    ("purpose", "sms_words", "wechat_words", "mail_words"),
    [
        (
            Purpose.STAY,
            ["三个月没有打开", IMPRINT.link_prefix + "Ab3dE9x", "不点以后只发月报", "不想再收请回T"],
            ["还要继续接收政策消息吗", "您有三个月没有打开消息", "退订"],
            ["三个月没有打开", "只给您发月报", "继续接收：", "退订网址"],
        ),
        (
            Purpose.BINDING,
            ["已和账号绑定", "不是您本人操作", IMPRINT.home + "mine", "不想再收请回T"],
            ["绑定成功", "您刚刚绑定了账号", "退订"],
            ["已和账号绑定", "查看我的设置：", "退订网址"],
        ),
    ],
)
def test_what_is_not_about_a_policy_says_the_same(
    purpose: Purpose, sms_words: list[str], wechat_words: list[str], mail_words: list[str]
) -> None:
    about, personal = example_notice(purpose), example_personal(purpose, IMPRINT.link_prefix)
    made = [make_composer(about, channel, IMPRINT).fill(personal) for channel in Channel]
    wechat, text, letter = made
    assert isinstance(wechat, WeChatContent)
    assert isinstance(text, SmsContent)
    assert isinstance(letter, MailContent)
    assert [word for word in sms_words if word not in text.text] == []
    assert [word for word in wechat_words if not any(word in value for value in wechat.data.values())] == []
    assert [word for word in mail_words if word not in letter.text] == []
    assert "主管部门" not in letter.text + letter.html
    assert find_long_sentences(text.text) == []


def test_a_list_ends_when_its_first_policy_does() -> None:
    about = replace(notice(Purpose.DIGEST), deadline="", title="")
    assert "如《小微企业贷款贴息》。推送理由：" in sms(Purpose.DIGEST, about=about).text
    assert "截止：2026年12月31日。" in sms(Purpose.DIGEST, about=about).text
    wechat = make_composer(about, Channel.WECHAT, IMPRINT).fill(PERSONAL)
    assert isinstance(wechat, WeChatContent)
    assert list(wechat.data.values())[:1] == ["10月，2项可能适合您"]
    assert "2026年12月31日" in wechat.data.values()


@pytest.mark.parametrize("purpose", ABOUT_POLICIES)
def test_the_longest_sms_still_has_two_parts(purpose: Purpose) -> None:
    long = "很长" * 60
    about = replace(notice(purpose), title=long, deadline=long, change=long)
    made = sms(purpose, replace(PERSONAL, reasons=(long,), question=long), about)
    assert count_parts(made.text) == 2
    check_variables(made.params)


@pytest.mark.parametrize("purpose", Purpose)
def test_the_registered_text_holds_the_address_and_the_variable_only_its_code(purpose: Purpose) -> None:
    text = sms_template(purpose, IMPRINT)
    made = sms(purpose)
    assert list(made.params) == list(dict.fromkeys(re.findall(r"\$\{(\w+)}", text)))
    if "code" in made.params:
        assert IMPRINT.link_prefix + "${code}" in text
        assert made.params["code"] == "Ab3dE9x"


def test_a_foreign_link_does_not_go_into_an_sms() -> None:
    with pytest.raises(ComposeError, match="短链接"):
        sms(Purpose.POLICY, replace(PERSONAL, link="https://other.example/s/1"))


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WECHAT])
def test_a_missing_value_is_named(channel: Channel) -> None:
    with pytest.raises(ComposeError, match="question"):
        make_composer(notice(Purpose.MISSING), channel, IMPRINT).fill(replace(PERSONAL, question=""))


@pytest.mark.parametrize("purpose", Purpose)
def test_wechat_takes_every_field(purpose: Purpose) -> None:
    made = content(Channel.WECHAT, purpose)
    assert isinstance(made, WeChatContent)
    assert [find_violation(field, value) for field, value in made.data.items()] == [None] * len(made.data)
    assert made.url == PERSONAL.link
    assert made.template_id == f"TPL-{purpose.upper()}"
    if purpose in ABOUT_POLICIES:
        assert any("退订" in value for value in made.data.values())
        assert any("小型制造业企业" in value for value in made.data.values())


@pytest.mark.parametrize("purpose", ABOUT_POLICIES)
def test_both_parts_of_a_mail_are_complete(purpose: Purpose) -> None:
    made = mail(purpose)
    for body in (made.text, made.html):
        assert "中小微企业设备更新贷款贴息办法（试行）" in body
        assert "为什么推送给您" in body
        assert "贵公司是广州市的小型制造业企业" in body
        assert "2026年12月31日" in body
        assert PERSONAL.link in body
        assert PERSONAL.unsubscribe_link in body
    assert made.unsubscribe_url == PERSONAL.unsubscribe_link


@pytest.mark.parametrize("purpose", Purpose)
def test_mail_html_needs_no_style_sheet_and_no_picture(purpose: Purpose) -> None:
    html = mail(purpose).html
    assert 'lang="zh-CN"' in html
    assert not re.search(r"<style|<link|<img|<script|\{\{|\{%", html)
    assert {int(size) for size in re.findall(r"font-size: ?(\d+)px", html)} >= {17}
    assert min(int(size) for size in re.findall(r"font-size: ?(\d+)px", html)) >= 16
    assert min(float(height) for height in re.findall(r"line-height: ?([\d.]+)", html)) >= 1.4


def test_values_are_escaped_in_html_only() -> None:
    made = mail(Purpose.POLICY, replace(PERSONAL, reasons=('<script>alert("1")</script>',)))
    assert "<script>" not in made.html
    assert '- <script>alert("1")</script>' in made.text


def test_the_plain_text_has_no_holes() -> None:
    bare = mail(Purpose.POLICY, Personal(link=PERSONAL.link))
    assert "\n\n\n" not in bare.text
    assert "退订" not in bare.text


def test_staff_may_replace_a_template() -> None:
    edited = {"sms/policy.txt": "新政策${title}，看 {{ link_prefix }}${code} 。不想再收请回T。"}
    made = make_composer(notice(), Channel.SMS, IMPRINT, edited).fill(PERSONAL)
    assert isinstance(made, SmsContent)
    assert list(made.params) == ["title", "code"]


def test_a_notice_survives_json() -> None:
    assert Notice.from_json(notice().to_json()) == notice()


def test_template_ids_come_from_the_settings() -> None:
    settings = Settings(
        _env_file=None, wechat_template_policy="A1", wechat_templates={"digest": "B2"}, public_url="https://z.cn/"
    )
    imprint = imprint_of(settings)
    assert imprint.wechat_templates[Purpose.POLICY] == "A1"
    assert imprint.wechat_templates[Purpose.DIGEST] == "B2"
    assert imprint.link_prefix == "https://z.cn/s/"


def test_every_purpose_has_its_templates() -> None:
    assert {f"sms/{purpose}.txt" for purpose in Purpose} <= set(list_sources())
