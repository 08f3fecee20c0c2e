"""The templates in the pieces that staff edit: one message of one channel, or a layout that all mails share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from channels.message import Channel
from channels.notice import Purpose
from channels.sources import Overrides, read_source, read_table
from channels.wording import TITLES

MOST_FIELDS = 5
_LAYOUTS = {"notice.html": "邮件版式：网页部分", "notice.txt": "邮件版式：纯文本部分", "mail.css": "邮件版式：样式"}
_TABLES = {Channel.WECHAT: "wechat.json", Channel.MAIL: "mail.json"}

Fields = dict[str, str]
"""What a form holds: `text`; or for WeChat `field1`, `value1` … `value5`; or for mail `subject`, `lead`, `button`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """`source` names the template that holds it (channels.sources); a layout serves no single purpose."""

    slug: str
    title: str
    channel: Channel
    source: str
    purpose: Purpose | None = None

    def read(self, overrides: Overrides | None = None) -> Fields:
        """The piece as a form."""
        if self.purpose is None or self.channel is Channel.SMS:
            return {"text": read_source(self.source, overrides).strip()}
        part = read_table(self.source, overrides)[self.purpose]
        if self.channel is Channel.MAIL:
            return dict(part)
        fields: Fields = {}
        for number, (field, value) in enumerate(part.items(), 1):
            fields |= {f"field{number}": field, f"value{number}": value}
        return fields

    def write(self, fields: Mapping[str, str], overrides: Overrides | None = None) -> str:
        """The whole template with this piece as the form has it, and its other pieces as they are."""
        if self.purpose is None or self.channel is Channel.SMS:
            return fields.get("text", "").replace("\r\n", "\n").strip() + "\n"
        table = read_table(self.source, overrides)
        table[self.purpose] = self._part(fields)
        lines = (f"  {json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in table.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def _part(self, fields: Mapping[str, str]) -> Fields:
        given = {name: value.strip() for name, value in fields.items()}
        if self.channel is Channel.MAIL:
            return {name: given.get(name, "") for name in ("subject", "lead", "button")}
        pairs = [(given.get(f"field{n}", ""), given.get(f"value{n}", "")) for n in range(1, MOST_FIELDS + 1)]
        return {field: value for field, value in pairs if field or value}


def _list_pieces() -> list[Piece]:
    messages = [
        Piece(f"{channel}-{purpose}", TITLES[purpose], channel, _TABLES.get(channel, f"sms/{purpose}.txt"), purpose)
        for purpose in Purpose
        for channel in Channel
    ]
    layouts = [
        Piece(f"layout-{name.replace('.', '-')}", title, Channel.MAIL, f"mail/{name}")
        for name, title in _LAYOUTS.items()
    ]
    return messages + layouts


PIECES: dict[str, Piece] = {piece.slug: piece for piece in _list_pieces()}
"""All pieces by their slug: `sms-policy`, `wechat-digest`, `mail-code`, `layout-notice-html` …"""
