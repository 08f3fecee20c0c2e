"""The public edition as a page (which prints well) or the body of one, as a feed, as a WeChat article."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from xml.etree import ElementTree as Xml

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.wechat.mass import LONGEST_CONTENT, LONGEST_TITLE, Article
from workers.digest.public import Entry, Public

MOST_ENDING = 10
"""Of what ends or was repealed an article names so many; the page names all."""

_FOLDER = Path(__file__).parent / "templates"


def render_page(public: Public) -> str:
    """A whole page of HTML, complete in itself; a browser prints it to PDF on A4 sheets."""
    return _environment().get_template("page.html").render(e=public, css=_css())


def render_body(public: Public) -> str:
    """The same without head and style, to stand inside a page of the site."""
    return _environment().get_template("body.html").render(e=public)


def render_feed(editions: Sequence[tuple[Public, datetime]], base: str) -> str:
    """RSS 2.0 of released editions, the newest first; each has its policies as a list. (www.rssboard.org)"""
    site = base.rstrip("/")
    root = Xml.Element("rss", version="2.0")
    feed = Xml.SubElement(root, "channel")
    for name, words in (
        ("title", "一月政策"),
        ("link", f"{site}/digest"),
        ("description", "每月新政策"),
        ("language", "zh-CN"),
    ):
        Xml.SubElement(feed, name).text = words
    for public, released in editions:
        item = Xml.SubElement(feed, "item")
        link = f"{site}/digest/{public.label}"
        Xml.SubElement(item, "title").text = public.title
        Xml.SubElement(item, "link").text = link
        Xml.SubElement(item, "guid").text = link
        Xml.SubElement(item, "pubDate").text = format_datetime(released)
        Xml.SubElement(item, "description").text = _listed(public)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode")


def render_article(public: Public, thumb_media_id: str, base: str) -> Article:
    """The WeChat article: styles inline, no script. What exceeds its 20,000 characters is left to the page, by link."""
    link = f"{base.rstrip('/')}/digest/{public.label}"
    return Article(
        title=public.title[:LONGEST_TITLE],
        content=_fitting(public, link),
        thumb_media_id=thumb_media_id,
        digest=public.foreword or f"{public.period}新政策{public.count}项",
        source_url=link,
    )


def _fitting(public: Public, link: str) -> str:
    """The numbers, the editor's choice, groups and topics as lists, what ends; groups cut after as many policies as
    fit."""
    first = [f"<p>{escape(part)}</p>" for part in public.foreword.splitlines() if part.strip()]
    first += [f"<p><strong>{_counted(public)}</strong></p>", *(f"<p>{escape(line)}</p>" for line in _charted(public))]
    if public.chosen:
        first += [_heading("编辑推荐"), _paragraph(public.chosen)]
    parts = []
    for group in public.groups:
        parts.append(_heading(group.name))
        for topic in group.topics:
            parts.append(f"<h3>{escape(topic.name)}</h3>")
            parts += [_paragraph(entry) for entry in topic.entries]
    last = [*_ending(public), f"<p>全部内容请点“阅读原文”：{escape(link)}</p><p>打印版：{escape(link)}.pdf</p>"]
    kept, room = [], LONGEST_CONTENT - sum(map(len, first + last)) - 1
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return "".join([*first, *kept, *last])


def _counted(public: Public) -> str:
    figures = [
        f"{public.period}新政策{public.count}项",
        f"有申报期限{public.figures['closing']}项",
        f"即将截止{len(public.soon)}项",
        f"废止{len(public.ended)}项",
    ]
    return "，".join(figures)


def _charted(public: Public) -> list[str]:
    """What the bars show, in words: WeChat's articles take no drawing of ours."""
    return [
        f"{chart.title}：" + "，".join(f"{label}{number}" for label, number in chart.values)
        for chart in public.charts
        if not chart.columns
    ]


def _ending(public: Public) -> list[str]:
    soon, ended = public.soon[:MOST_ENDING], public.ended[:MOST_ENDING]
    parts = [_heading("即将截止")] if soon else []
    parts += [f"<p>{escape(entry.title)}<strong> {entry.deadline}截止</strong></p>" for entry in soon]
    parts += [_heading("本期废止")] if ended else []
    return parts + [f"<p>{escape(gone)}（由《{escape(by)}》废止）</p>" for gone, by in ended]


def _heading(words: str) -> str:
    return f'<h2 style="border-bottom:2px solid #12507b">{escape(words)}</h2>'


def _paragraph(entry: Entry) -> str:
    until = f"<strong>{entry.deadline}截止</strong>" if entry.deadline else ""
    return f"<p><strong>{escape(entry.title)}</strong><br>{escape(entry.sentence)}{until}</p>"


def _listed(public: Public) -> str:
    entries = [entry for group in public.groups for topic in group.topics for entry in topic.entries]
    return (
        "<ul>"
        + "".join(f'<li><a href="{escape(e.link)}">{escape(e.title)}</a>：{escape(e.sentence)}</li>' for e in entries)
        + "</ul>"
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=True, trim_blocks=True)


@lru_cache(maxsize=1)
def _css() -> str:
    return (_FOLDER / "page.css").read_text(encoding="utf-8")
