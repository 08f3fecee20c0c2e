"""Edited templates are tried before they are sent."""

import json

import pytest

from channels.notice import Purpose
from channels.proof import find_long_sentences, find_problems
from channels.sources import list_sources, read_source
from tests.channels.samples import IMPRINT

LINK = "{{ link_prefix }}${code}"


@pytest.mark.parametrize("name", list_sources())
def test_what_is_shipped_is_fine(name: str) -> None:
    assert find_problems(name, read_source(name), IMPRINT) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"《${{title}}》：${{reason}}。${{deadline}}。{LINK} 。回T退订。", ""),
        (f"《${{title}}》：${{reason}}。{LINK} 。回T退订。", "截止时间"),
        (f"《${{title}}》：${{reason}}。${{deadline}}。{LINK} 。", "怎样退订"),
        (f"《${{title}}》。{LINK} 。回T退订。", "推送理由"),
        ("《${title}》：${reason}。${deadline}。回T退订。", "链接编号"),
        ("《${title}》：${reason}。看 ${code} 。回T退订。", "网址不能放在变量里"),
        (f"《${{titel}}》：${{reason}}。{LINK} 。回T退订。", "titel"),
        ("《$ 标题》回T退订", "写错的变量"),
        (f"《${{title}}》：${{reason}}。${{deadline}}。{LINK}{{% if %}} 。回T退订。", "语法"),
        (f"《${{title}}》：${{reason}}。${{deadline}}。{LINK} 。${{question}}。回T退订。", "question"),
        (f"《${{title}}》：${{reason}}。${{deadline}}。{LINK} 。回T退订。" + "办理很方便。" * 30, "太长"),
        (f"《${{title}}》：${{reason}}。${{deadline}}。{LINK} 。回T退订。" + "很" * 41, "超过 40 个字"),
    ],
)
def test_sms(text: str, problem: str) -> None:
    found = find_problems("sms/policy.txt", text, IMPRINT)
    assert any(problem in one for one in found) if problem else found == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"policy": {"thing1": "titel"}}, "titel"),
        ({"policy": {}}, "1 到 5 个字段"),
        ({"policy": {f"thing{n}": "title" for n in range(6)}}, "1 到 5 个字段"),
        ({"policy": {"number1": "title"}}, "number1"),
        ({"policy": {"first": "title"}}, "类型不认识"),
        ({"policy": {"thing1": "title", "thing2": "reason", "thing3": "refuse"}}, "截止时间"),
        ({"stay": {"thing1": "matter", "thing2": "reason"}}, "温馨提示"),
        ({"repealed": {"thing1": "title", "thing2": "reason", "thing3": "refuse"}}, "有何变化"),
        ({"party": {"thing1": "title"}}, "JSON"),
        ({"policy": "title"}, "JSON"),
    ],
)
def test_wechat(change: dict[str, object], problem: str) -> None:
    table = {**json.loads(read_source("wechat.json")), **change}
    found = find_problems("wechat.json", json.dumps(table), IMPRINT)
    assert any(problem in one for one in found) if problem else found == []
    assert "JSON" in find_problems("wechat.json", "{", IMPRINT)[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("mail/notice.html", "<h1>", "<h1><script>1</script>", "脚本"),
        ("mail/notice.html", "<h1>", '<h1><img src="https://tracker.example/x.png">', "外部图片"),
        ("mail/notice.html", "n.issuer", "n.isuser", "语法"),
        ("mail/notice.html", "{{ lead }}", "{{ lead.__class__.__mro__ }}", "语法"),
        ("mail/notice.html", "p.unsubscribe_link", "p.link", "退订链接"),
        ("mail/notice.txt", "{% if p.reasons %}", "{% if p.items %}", "推送理由"),
        ("mail/notice.txt", "{% endfor %}", "", "语法"),
        ("mail.json", "您可能符合条件：", "您可能符合条件：" + "长" * 60, "标题"),
    ],
)
def test_mail(name: str, old: str, new: str, problem: str) -> None:
    source = read_source(name)
    assert old in source
    found = find_problems(name, source.replace(old, new), IMPRINT)
    assert any(problem in one for one in found)


@pytest.mark.parametrize(
    ("purpose", "text", "problem"),
    [
        ("stay", f"三个月没有打开，继续请点 {LINK} 。", "怎样退订"),
        ("stay", "三个月没有打开。回T退订。", "链接编号"),
        ("stay", f"三个月没有打开，继续请点 {LINK} 。回T退订。", ""),
        ("binding", "绑定了。", "怎样退订"),
        ("code", "请不要告诉别人。", "验证码"),
        ("repealed", f"《${{title}}》：${{reason}}。{LINK} 。回T退订。", "有何变化"),
    ],
)
def test_sms_of_other_purposes(purpose: str, text: str, problem: str) -> None:
    found = find_problems(f"sms/{purpose}.txt", text, IMPRINT)
    assert any(problem in one for one in found) if problem else found == []


def test_an_unknown_name_is_told() -> None:
    assert find_problems("fax.txt", "", IMPRINT) == ["没有叫 fax.txt 的模板"]


def test_sentences_are_measured_without_addresses() -> None:
    assert find_long_sentences("【政策直达】好。看 https://z.example/" + "a" * 60 + " 。") == []
    assert find_long_sentences("很" * 41 + "。短。") == ["很" * 41]


def test_every_purpose_is_served() -> None:
    assert {f"sms/{purpose}.txt" for purpose in Purpose} < set(list_sources())
