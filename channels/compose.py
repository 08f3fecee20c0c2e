"""Makes the content of messages: compiled once per push and channel, then filled for each person."""

from string import Template as Blanks
from typing import Protocol

from channels.imprint import Imprint
from channels.message import Channel, Content, MailContent, SmsContent, WeChatContent, WeChatKind
from channels.notice import Notice, Personal, Purpose
from channels.pages import HtmlTemplate, TextTemplate, html_template, text_template
from channels.sms.variables import clean_variable, count_parts
from channels.sources import Overrides, read_source, read_table, sms_codes
from channels.wechat.fields import fit_fields
from channels.wording import Values, short_values
from core.errors import ZhidaError

MOST_PARTS = 2
"""An SMS is shortened until it takes no more parts than this."""

_SHORTER: tuple[dict[str, int], ...] = (
    {"title": 24, "reason": 20, "change": 20, "question": 20, "deadline": 16},
    {"title": 20, "reason": 16, "change": 16, "question": 16, "deadline": 14},
    {"title": 16, "reason": 12, "change": 12, "question": 12, "deadline": 11},
)
"""Longest values of SMS variables, tried in turn."""


class ComposeError(ZhidaError):
    """A message can't be made: a value is missing, or the link is not one of ours. Names no value."""


class Composer(Protocol):
    """Makes the content of one push on one channel."""

    def fill(self, personal: Personal) -> Content: ...


def make_composer(notice: Notice, channel: Channel, imprint: Imprint, overrides: Overrides | None = None) -> Composer:
    """The composer of a push. Compiling costs milliseconds, `fill` some ten microseconds (mail: a hundred)."""
    if channel is Channel.MAIL:
        return MailComposer(notice, imprint, overrides)
    if channel is Channel.SMS:
        return SmsComposer(notice, imprint, overrides)
    return WeChatComposer(notice, imprint, overrides)


def sms_template(purpose: Purpose, imprint: Imprint, overrides: Overrides | None = None) -> str:
    """The SMS text with `${…}` variables, exactly as it is to be registered with the provider."""
    source = read_source(f"sms/{purpose}.txt", overrides).strip()
    return text_template(source).render(link_prefix=imprint.link_prefix, home=imprint.home)


class SmsComposer:
    """Fills a registered SMS text."""

    def __init__(self, notice: Notice, imprint: Imprint, overrides: Overrides | None = None) -> None:
        self._notice = notice
        self._imprint = imprint
        self._blanks = Blanks(sms_template(notice.purpose, imprint, overrides))
        self._codes = sms_codes(notice.purpose, overrides)
        self._names = list(dict.fromkeys(self._blanks.get_identifiers()))

    def fill(self, personal: Personal) -> SmsContent:
        """The SMS of one person, in the order of its variables. Raises ComposeError."""
        values = short_values(self._notice, personal, _link_code(personal.link, self._imprint))
        params, text = self._write(values, _SHORTER[0])
        for limits in _SHORTER[1:]:
            if count_parts(text) <= MOST_PARTS:
                break
            params, text = self._write(values, limits)
        return SmsContent(str(self._notice.purpose), self._imprint.sign_name, params, text, self._codes)

    def _write(self, values: Values, limits: dict[str, int]) -> tuple[Values, str]:
        params = {}
        for name in self._names:
            params[name] = clean_variable(values[name], limits.get(name, 35))
            if not params[name]:
                raise ComposeError(f"短信模板 {self._notice.purpose} 需要的 {name} 没有内容")
        return params, f"【{self._imprint.sign_name}】{self._blanks.substitute(params)}"


class WeChatComposer:
    """Fills the fields of a WeChat template."""

    def __init__(self, notice: Notice, imprint: Imprint, overrides: Overrides | None = None) -> None:
        self._notice = notice
        self._template_id = imprint.wechat_templates.get(notice.purpose, "")
        self._fields = read_table("wechat.json", overrides)[notice.purpose]

    def fill(self, personal: Personal, kind: WeChatKind = WeChatKind.TEMPLATE, template_id: str = "") -> WeChatContent:
        """The notice of one person, each field within its limits. Raises ComposeError or FieldError.

        `kind` and `template_id` are what channels.wechat.grants.choose_kind answers.
        """
        values = short_values(self._notice, personal)
        for field, name in self._fields.items():
            if not values[name]:
                raise ComposeError(f"微信模板 {self._notice.purpose} 的字段 {field} 需要的 {name} 没有内容")
        data = fit_fields({field: values[name] for field, name in self._fields.items()})
        return WeChatContent(
            template_id or self._template_id, data, personal.link, kind, purpose=str(self._notice.purpose)
        )


class MailComposer:
    """Fills the text and the HTML of a mail; the styles were written into the HTML once, when it was compiled."""

    def __init__(self, notice: Notice, imprint: Imprint, overrides: Overrides | None = None) -> None:
        words = read_table("mail.json", overrides)[notice.purpose]
        self._notice = notice
        self._imprint = imprint
        self._button = words["button"]
        self._subject = text_template(words["subject"])
        self._lead = text_template(words["lead"])
        self._text: TextTemplate = text_template(read_source("mail/notice.txt", overrides))
        self._html: HtmlTemplate = html_template(
            read_source("mail/notice.html", overrides), read_source("mail/mail.css", overrides)
        )

    def fill(self, personal: Personal) -> MailContent:
        """The mail of one person."""
        common = {"n": self._notice, "p": personal, "name": self._imprint.name}
        subject = " ".join(self._subject.render(common).split())
        words = {**common, "subject": subject, "lead": self._lead.render(common), "button": self._button}
        return MailContent(
            subject=subject,
            text=self._text.render(words),
            html=self._html.render(words),
            unsubscribe_url=personal.unsubscribe_link,
            list_id=self._imprint.list_id,
        )


def _link_code(link: str, imprint: Imprint) -> str:
    if not link:
        return ""
    if not link.startswith(imprint.link_prefix):
        raise ComposeError("短信里的链接必须是本站的短链接")
    return link[len(imprint.link_prefix) :]
