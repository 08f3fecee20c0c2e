"""Is a template that staff have edited fit to be sent? Tried with the example of every purpose that it serves."""

import json
import re
from collections.abc import Iterator
from string import Template as Blanks

from jinja2 import TemplateError

from channels.compose import MOST_PARTS, ComposeError, make_composer
from channels.examples import example_notice, example_personal
from channels.imprint import Imprint
from channels.message import Channel, MailContent, SmsContent
from channels.notice import Purpose
from channels.sms.variables import VariableError, check_variables, count_parts
from channels.sources import Overrides
from channels.wechat.fields import FieldError
from channels.wording import LABELS, NAMES, TITLES

LONGEST_SENTENCE = 40
MOST_FIELDS = 5

_POLICY = ("title", "reason", "deadline")
_NEEDED: dict[Purpose, tuple[str, ...]] = {
    Purpose.REPEALED: ("title", "reason", "change"),
    Purpose.STAY: (),
    Purpose.CODE: ("passcode",),
    Purpose.BINDING: (),
}
"""What a message must say beside the way to refuse and, where there is more to read, the link."""
_WITHOUT_LINK = (Purpose.CODE, Purpose.BINDING)
_ACTIVE = re.compile(r"<(script|iframe|object|embed|form)\b|\son\w+\s*=|javascript:", re.IGNORECASE)
_REMOTE = re.compile(r"<(img|link)\b[^>]*https?:", re.IGNORECASE)


def find_problems(name: str, text: str, imprint: Imprint, others: Overrides | None = None) -> list[str]:
    """What is wrong with `text` as template `name` (as in channels.sources), one Chinese sentence each; [] is fine.

    `others` are the edited texts that it would be used with.
    """
    overrides = {**(others or {}), name: text}
    if name.startswith("sms/"):
        return list(_sms(Purpose(name.removeprefix("sms/").removesuffix(".txt")), text, imprint, overrides))
    if name == "wechat.json":
        return list(_wechat(text, imprint, overrides))
    if name.startswith("mail"):
        return list(_mail(imprint, overrides))
    return [f"没有叫 {name} 的模板"]


def find_long_sentences(text: str) -> list[str]:
    """The sentences that are too long to be understood at one reading; addresses don't count."""
    plain = re.sub(r"https?://\S+|^【[^】]*】", "", text)
    return [one for one in re.split(r"[。！？；\n]", plain) if len(one.strip()) > LONGEST_SENTENCE]


def _sms(purpose: Purpose, text: str, imprint: Imprint, overrides: dict[str, str]) -> Iterator[str]:
    blanks = Blanks(text)
    if not blanks.is_valid():
        yield "有写错的变量：变量要写成 ${名字}"
        return
    names = set(blanks.get_identifiers())
    if unknown := sorted(names - NAMES):
        yield f"没有这些变量：{'、'.join(unknown)}"
        return
    if "code" in names and not re.search(r"\{\{ *link_prefix *\}\}\$\{code\}", text):
        yield "链接要写成 {{ link_prefix }}${code}：网址不能放在变量里"
    needed = _NEEDED.get(purpose, _POLICY) + (() if purpose in _WITHOUT_LINK else ("code",))
    yield from (f"没有写{LABELS[one]}（${{{one}}}）" for one in needed if one not in names)
    if purpose is not Purpose.CODE and not re.search(r"回复?[“\"]?[TR]|退订", text):
        yield "没有写怎样退订，如：不想再收请回T。"
    yield from _tried_sms(purpose, imprint, overrides)


def _tried_sms(purpose: Purpose, imprint: Imprint, overrides: dict[str, str]) -> Iterator[str]:
    personal = example_personal(purpose, imprint.link_prefix)
    try:
        made = make_composer(example_notice(purpose), Channel.SMS, imprint, overrides).fill(personal)
        assert isinstance(made, SmsContent)  # noqa: S101 - tells mypy
        check_variables(made.params)
    except (ComposeError, VariableError, TemplateError) as error:
        yield _told(purpose, error)
        return
    if count_parts(made.text) > MOST_PARTS:
        yield f"太长：按示例要 {count_parts(made.text)} 条短信，最多 {MOST_PARTS} 条"
    yield from (f"这一句超过 {LONGEST_SENTENCE} 个字：{sentence}" for sentence in find_long_sentences(made.text))


def _wechat(text: str, imprint: Imprint, overrides: dict[str, str]) -> Iterator[str]:
    try:
        table = json.loads(text)
        layouts = {Purpose(purpose): dict(fields) for purpose, fields in table.items()}
    except (ValueError, TypeError, AttributeError):
        yield "不是约定的 JSON：每个用途一组“字段: 变量”"
        return
    for purpose in Purpose:
        fields = layouts.get(purpose, {})
        if not 1 <= len(fields) <= MOST_FIELDS:
            yield f"{TITLES[purpose]}：要有 1 到 {MOST_FIELDS} 个字段"
        elif unknown := sorted({str(value) for value in fields.values()} - NAMES):
            yield f"{TITLES[purpose]}：没有这些变量：{'、'.join(unknown)}"
        else:
            needed = _NEEDED.get(purpose, _POLICY) + (() if purpose is Purpose.CODE else ("refuse",))
            missing = [one for one in needed if one not in fields.values()]
            yield from (f"{TITLES[purpose]}：没有{LABELS[one]}（{one}）" for one in missing)
            yield from _tried(purpose, Channel.WECHAT, imprint, overrides)


def _tried(purpose: Purpose, channel: Channel, imprint: Imprint, overrides: dict[str, str]) -> Iterator[str]:
    personal = example_personal(purpose, imprint.link_prefix)
    try:
        made = make_composer(example_notice(purpose), channel, imprint, overrides).fill(personal)
    except (ComposeError, FieldError, TemplateError, KeyError, ValueError) as error:
        yield _told(purpose, error)
        return
    if isinstance(made, MailContent):
        reasons = personal.reasons[:1] or tuple(item.reason for item in personal.items)
        yield from _read_mail(purpose, made, (*reasons, personal.link, personal.unsubscribe_link))


def _mail(imprint: Imprint, overrides: dict[str, str]) -> Iterator[str]:
    for purpose in Purpose:
        yield from _tried(purpose, Channel.MAIL, imprint, overrides)


def _read_mail(purpose: Purpose, made: MailContent, needed: tuple[str, ...]) -> Iterator[str]:
    if not made.subject or len(made.subject) > 60:
        yield f"{TITLES[purpose]}：标题要有 1 到 60 个字"
    for body, where in ((made.text, "纯文本"), (made.html, "网页")):
        if any(value not in body for value in needed):
            yield f"{TITLES[purpose]}：{where}部分缺少推送理由、链接或退订链接"
    if _ACTIVE.search(made.html):
        yield f"{TITLES[purpose]}：网页部分不能有脚本、表单或嵌入内容"
    if _REMOTE.search(made.html):
        yield f"{TITLES[purpose]}：网页部分不能引用外部图片或样式"


def _told(purpose: Purpose, error: Exception) -> str:
    reason = str(error) if isinstance(error, (ComposeError, VariableError, FieldError)) else f"模板语法有误（{error}）"
    return f"{TITLES[purpose]}：{reason}"
