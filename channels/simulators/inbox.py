"""`/_sim/inbox`: what people would see on their phones and in their mailboxes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.simulators.opened import open_mail
from channels.simulators.world import World
from channels.sms.variables import count_parts
from channels.sources import read_table
from channels.wording import LABELS, TITLES
from core.clock import local_time

LIMIT = 30

_WECHAT = ("wechat_answer", "wechat", "wechat_mass")

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def render_inbox(world: World, address: str = "") -> str:
    """The page: the newest messages of each channel, of one address if asked for."""
    return _PAGES.get_template("inbox.html").render(
        address=address,
        limit=LIMIT,
        counts={channel: world.counts[channel] for channel in ("wechat", "sms", "mail")},
        wechat=[_bubble(one) for one in _newest_of(world, _WECHAT, address)],
        sms=[_sms(one) for one in _newest(world, "sms", address)],
        mail=[{**_head(one), **open_mail(one["content"])} for one in _newest(world, "mail", address)],
    )


def _newest(world: World, channel: str, address: str) -> list[dict[str, Any]]:
    return world.list_accepted(channel, address, LIMIT)


def _newest_of(world: World, channels: tuple[str, ...], address: str) -> list[dict[str, Any]]:
    """Messages, answers and articles in the order in which they came, as in a conversation."""
    found = [one for channel in channels for one in _newest(world, channel, address)]
    return sorted(found, key=lambda one: -one["number"])[:LIMIT]


def _head(one: Mapping[str, Any]) -> dict[str, Any]:
    moment = local_time(datetime.fromtimestamp(one["at"], UTC))
    return {"address": one["address"], "time": moment.strftime("%m月%d日 %H:%M")}


def _bubble(one: Mapping[str, Any]) -> dict[str, Any]:
    content = one["content"]
    if content["kind"] == "mass":
        count = f"发给 {content['sent']} 人" if "sent" in content else "预览"
        return {**_head(one), "title": content["title"], "html": content["html"], "count": count, "url": ""}
    if content["kind"] == "custom":
        return {**_head(one), "title": "", "said": content["text"], "fields": [], "url": ""}
    purpose = content["template_id"].removeprefix("TPL-").lower()
    names = read_table("wechat.json").get(purpose, {})
    fields = [(LABELS.get(names.get(field, ""), field), value) for field, value in content["data"].items()]
    return {**_head(one), "title": TITLES.get(purpose, content["template_id"]), "fields": fields, "url": content["url"]}


def _sms(one: Mapping[str, Any]) -> dict[str, Any]:
    text = one["content"]["text"]
    return {**_head(one), "text": text, "parts": count_parts(text)}
