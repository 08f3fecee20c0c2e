"""What an operator has to register with the providers before the first message: texts, fields, addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.compose import sms_template
from channels.imprint import Imprint
from channels.notice import Purpose
from channels.sources import Overrides, read_table
from channels.wording import LABELS, TITLES

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class SmsText:
    """One SMS text in the spelling of each provider; `variables` are ours in the order of Tencent's numbers."""

    purpose: Purpose
    aliyun: str
    tencent: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeChatLayout:
    """One template of the service account: field and the keyword to choose for it."""

    purpose: Purpose
    fields: tuple[tuple[str, str], ...]


def list_sms_texts(imprint: Imprint, overrides: Overrides | None = None) -> list[SmsText]:
    """The texts of all purposes; without signature, which providers put in front themselves."""
    return [_sms_text(purpose, sms_template(purpose, imprint, overrides)) for purpose in Purpose]


def list_wechat_layouts(overrides: Overrides | None = None) -> list[WeChatLayout]:
    """The templates of all purposes."""
    table = read_table("wechat.json", overrides)
    return [
        WeChatLayout(purpose, tuple((field, LABELS[name]) for field, name in table[purpose].items()))
        for purpose in Purpose
    ]


def list_callbacks(public_url: str, secret: str) -> list[tuple[str, str]]:
    """Who posts to us, and where to."""
    base = public_url.rstrip("/")
    return [
        ("微信公众号·服务器地址（URL）", f"{base}/hooks/wechat"),
        ("阿里云短信·回执 SmsReport", f"{base}/hooks/aliyun/{secret}/report"),
        ("阿里云短信·上行 SmsUp", f"{base}/hooks/aliyun/{secret}/up"),
        ("腾讯云短信·下发状态", f"{base}/hooks/tencent/{secret}/report"),
        ("腾讯云短信·短信回复", f"{base}/hooks/tencent/{secret}/up"),
    ]


def write_sheet(imprint: Imprint, public_url: str, secret: str, overrides: Overrides | None = None) -> str:
    """All of it as Markdown."""
    return "\n".join(_lines(imprint, public_url, secret, overrides)) + "\n"


def _lines(imprint: Imprint, public_url: str, secret: str, overrides: Overrides | None) -> Iterator[str]:
    yield from ("### 短信模板", "", f"签名：{imprint.sign_name}。类型：通知短信（验证码一条选验证码）。", "")
    for text in list_sms_texts(imprint, overrides):
        yield f"**{TITLES[text.purpose]}**（`{text.purpose}`）"
        yield from ("", "```text", f"阿里云：{text.aliyun}", f"腾讯云：{text.tencent}", "```", "")
        numbered = "，".join(f"{{{number}}} {LABELS[name]}" for number, name in enumerate(text.variables, 1))
        yield from ((f"变量：{numbered}", "") if numbered else ())
    yield from ("### 微信模板", "", "| 用途 | 字段与关键词 |", "|---|---|")
    for layout in list_wechat_layouts(overrides):
        fields = "，".join(f"`{field}` {label}" for field, label in layout.fields)
        yield f"| {TITLES[layout.purpose]}（`{layout.purpose}`） | {fields} |"
    yield from ("", "### 回调地址", "", "| 在哪里填 | 地址 |", "|---|---|")
    yield from (f"| {who} | `{address}` |" for who, address in list_callbacks(public_url, secret))


def _sms_text(purpose: Purpose, text: str) -> SmsText:
    names = tuple(dict.fromkeys(_VARIABLE.findall(text)))
    numbered = _VARIABLE.sub(lambda found: f"{{{names.index(found[1]) + 1}}}", text)
    return SmsText(purpose, text, numbered, names)
