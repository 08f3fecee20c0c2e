"""A policy as a page of a government website: meta tags, header table, body without navigation.

Meta tags by 国办发〔2017〕47号 (政府网站发展指引, 网页标签规范): ArticleTitle, PubDate, ContentSource, SiteName, Url.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import lxml.html
import trafilatura
from lxml.etree import ParserError

from core.errors import InputError
from policies.doc_numbers import is_doc_number
from policies.intake.decoding import clean, decode
from policies.intake.headings import is_title
from policies.intake.labels import fits, label_of, labelled, policy_from, value_of
from policies.policy_text import PolicyText

Element: TypeAlias = Any  # lxml comes without types

_CONTENT = (
    "UCAP-CONTENT", "TRS_Editor", "TRS_UEDITOR", "pages_content", "zoom", "Zoom", "mainText", "article-content",
    "article_con", "view", "xxgk_content", "content-text", "con_text", "ewb-article-info", "wenzhang", "gknr",
)  # fmt: skip
"""Ids and classes in which the content systems of government sites put the document."""

_NOISE = "//script|//style|//noscript|//nav|//header|//footer|//form|//iframe|//button|//select|//comment()"
_SITE = re.compile(r"\s*[-_|—–]+\s*[^-_|—–]*(?:网|网站|平台|门户|政府|委员会|局|厅|部)\s*$")
_BUTTONS = re.compile(r"(?:取消)?收藏|打印|分享|【?字[号体]|PDF|公报PDF|扫一扫")
_CELLS = "//td|//th|//li|//dt|//dd|//p|//span|//div|//strong|//b|//label|//em"
_LONGEST_CELL = 160
_ENOUGH = 60
"""Letters below which an extracted body is doubted and the page's own container looked at."""


def read(content: bytes, name: str) -> Iterator[PolicyText]:
    """The one policy of a page. InputError where it is no page, or has no title or no text."""
    page = decode(content, name)
    try:
        tree = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
    except (ParserError, ValueError) as error:
        raise InputError("不是有效的网页", name) from error
    if not tree.xpath("//body//*"):
        raise InputError("不是网页（没有 HTML 标签）", name)
    meta, fields = _meta(tree), _fields(tree)
    _fill(fields, meta, tree)
    title = _title(tree, meta, fields)
    if not is_title(title):
        raise InputError("网页里没有标题（ArticleTitle、标题栏、h1、title 都没有）", name)
    text = _without_header(_body(tree, page), title)
    if not text:
        raise InputError("网页里没有正文", name)
    yield policy_from(title, text, fields, name)


def _meta(tree: Element) -> dict[str, str]:
    """Meta tags by their name in lower case, the first one that holds something."""
    found: dict[str, str] = {}
    for tag in tree.xpath("//meta[@content]"):
        name = (tag.get("name") or tag.get("property") or "").lower()
        value = _flat(tag.get("content"))
        if name and value:
            found.setdefault(name, value)
    return found


def _fields(tree: Element) -> dict[str, str]:
    """The labelled fields of the header: label and value in one element, or in two that follow each other."""
    found: dict[str, str] = {}
    for cell in tree.xpath(_CELLS):
        words = _flat(cell.text_content())
        if not words or len(words) > _LONGEST_CELL:
            continue
        pair = labelled(words)
        label = label_of(words)
        if label and (following := cell.getnext()) is not None:
            pair = label, value_of(_flat(following.text_content()))
        if pair and fits(*pair):
            found.setdefault(*pair)
    return found


def _fill(fields: dict[str, str], meta: Mapping[str, str], tree: Element) -> None:
    """What the header leaves open, from the meta tags."""
    published = meta.get("pubdate", "") or meta.get("publishdate", "")
    canonical = tree.xpath("string(//link[@rel='canonical']/@href)")
    for label, value in (
        ("发布日期", published),
        ("网址", meta.get("url", "") or meta.get("og:url", "") or canonical),
        ("主题词", meta.get("keywords", "")),
        ("网站", meta.get("sitename", "")),
    ):
        if value.strip():
            fields.setdefault(label, value.strip())
    if not fields.get("网址", "").startswith(("http://", "https://")):
        fields.pop("网址", None)


def _title(tree: Element, meta: Mapping[str, str], fields: Mapping[str, str]) -> str:
    own = meta.get("articletitle") or fields.get("标题") or _flat(tree.xpath("string(//h1)")) or meta.get("og:title")
    return own or _SITE.sub("", _flat(tree.xpath("string(//title)")))


def _body(tree: Element, page: str) -> str:
    """The document's own words. Trafilatura finds them on most pages; where it doesn't, the known container does."""
    extracted = clean(trafilatura.extract(page, include_comments=False, include_tables=True, favor_recall=True) or "")
    if len(extracted) >= _ENOUGH:
        return extracted
    own = _container(tree)
    return own if len(own) > len(extracted) else extracted


def _without_header(text: str, title: str) -> str:
    """`text` without the lines at its beginning that only repeat the title or the labelled fields."""
    lines = text.split("\n")
    while lines and _is_header(lines[0], title):
        lines.pop(0)
    return "\n".join(lines)


def _is_header(line: str, title: str) -> bool:
    cells = [cell.strip(" -") for cell in line.split("|")]
    bare = "".join(cells)
    if bare in ("", title) or is_doc_number(bare) or _BUTTONS.match(bare):
        return True
    return labelled(bare) is not None or any(label_of(cell) for cell in cells)


def _container(tree: Element) -> str:
    for noise in tree.xpath(_NOISE):
        noise.drop_tree()
    test = " or ".join(f"@id='{n}' or contains(concat(' ',normalize-space(@class),' '),' {n} ')" for n in _CONTENT)
    found = tree.xpath(f"//*[{test}]") or tree.xpath("//article|//main") or tree.xpath("//body")
    fullest = max(found, key=lambda element: len(element.text_content()))
    lines = (_flat(part) for part in fullest.itertext())
    return clean("\n".join(line for line in lines if line))


def _flat(words: str | None) -> str:
    return re.sub(r"\s+", " ", clean(words or ""))
