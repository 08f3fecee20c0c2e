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
    """Groups and topics as a list, cut after as many policies as fit."""
    parts = [f"<p>{escape(public.foreword)}</p>"] if public.foreword else []
    parts += [f"<p><strong>{public.period}新政策{public.count}项</strong></p>"]
    end = f"<p>全部内容请点“阅读原文”：{escape(link)}</p><p>打印版：{escape(link)}.pdf</p>"
    for group in public.groups:
        parts.append(f'<h2 style="border-bottom:2px solid #12507b">{escape(group.name)}</h2>')
        for topic in group.topics:
            parts.append(f"<h3>{escape(topic.name)}</h3>")
            parts += [_paragraph(entry) for entry in topic.entries]
    kept, room = [], LONGEST_CONTENT - len(end) - 1
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return "".join(kept) + end


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
