"""The pages of an official document → a policy: red head, 文号, title, then the text.

GB/T 9704-2012 7.2, 7.3: copy number, secrecy and urgency at the upper left; the issuer's name with 文件 in large
letters; under it the 文号 (and 签发人); the title in larger letters, centred, over one to several lines; the
addressees; the text. A letter has the bare name over a line; a page that was printed has none of this but the title.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.errors import InputError
from policies.agencies import agency_in_title, is_agency
from policies.doc_numbers import PATTERN
from policies.intake.headings import is_title, title_from_text
from policies.intake.labels import labelled, policy_from
from policies.intake.pages import Line, Page, joined, require_text
from policies.intake.paragraphs import Printed, paragraphs_of, printed_lines
from policies.policy_text import PolicyText

_HEAD = 40
"""Lines within which a title begins; a red head has up to twenty (joint issuers)."""

_MARK = re.compile(
    r"\d{6}|(?:绝密|机密|秘密)(?:[★*].*)?|内部.{0,4}|特急|加急|平急|特提|急件|签发人[:：].*|附件\s*\d{0,2}\s*[:：]?"
)
_RED_HEAD = re.compile(r"(?!.*关于)([\u4e00-\u9fa5（）()、\s]{2,60}?)文件")
_ASIDE = re.compile(r"[（(].*(?:\d{4}年.*日|通过|公布).*[）)]|[\d年月日\-/.:：\s]+")
_LIKE_TITLE = re.compile(
    r"关于|(?:通知|办法|意见|规定|方案|细则|公告|通告|决定|条例|措施|指南|指引|批复|答复|规划|计划|政策|解读|目录|问答|令)"
    r"(?:[（(].*[）)])?$"
)
_TEXT = re.compile(r"[。；]|[：:]$")
_SPACED = re.compile(r"(?<![\u4e00-\u9fa5])[\u4e00-\u9fa5](?:\s+[\u4e00-\u9fa5])+(?![\u4e00-\u9fa5])")
"""Letters set wide: `通　知`."""


@dataclass(slots=True)
class _Head:
    """What stands over the text: fields as in `labels`, lines of the red head, runs of lines that may be the title.

    Lines are spoken of by their numbers; those in `no_text` are taken up by a field or mean nothing.
    """

    fields: dict[str, str] = field(default_factory=dict)
    issuers: list[int] = field(default_factory=list)
    runs: list[list[int]] = field(default_factory=list)
    no_text: set[int] = field(default_factory=set)


def policy_of_pages(pages: Sequence[Page], name: str, sort: str) -> PolicyText:
    """The one policy on these pages; `sort` is what the file is called in messages (PDF, OFD).

    Pages without text among others leave a line that says so. InputError for scans, for empty ones, and where no line
    reads like a title.
    """
    require_text(pages, name, sort)
    lines = printed_lines(_with_gaps_told(pages))
    head = _head(lines[:_HEAD])
    run = _title_run(head, lines)
    before = [number for other in head.runs if run and other[0] < run[0] for number in other]
    over = head.no_text.union(before, run)
    text = "\n".join(paragraphs_of([one for number, one in enumerate(lines) if number not in over]))
    title = _joined(lines, run) or title_from_text(text)
    if not title:
        raise InputError(f"这份 {sort} 里看不出标题：请上传 Word 或文本，第一行写标题", name)
    if not agency_in_title(title):
        head.fields.setdefault("发文机关", _issuer([lines[n].line.text for n in sorted(before + head.issuers)]))
    return replace(policy_from(title, text, head.fields, name), derived_title=not run)


def _head(lines: Sequence[Printed]) -> _Head:
    """Looks at lines until the first one that can only be text."""
    head, going_on = _Head(), False
    for number, one in enumerate(lines):
        if _take_known(head, number, one.line.text, going_on):
            head.no_text.add(number)
            going_on = False
        elif _ASIDE.fullmatch(one.line.text):
            going_on = False
        elif _may_be_title(lines, number):
            if going_on and abs(lines[number - 1].line.size - one.line.size) < 0.1 * one.line.size:
                head.runs[-1].append(number)
            else:
                head.runs.append([number])
            going_on = True
        elif head.runs or _TEXT.search(one.line.text) or one.block.spans(one.line):
            break
    return head


def _take_known(head: _Head, number: int, text: str, in_run: bool) -> bool:
    """Take the fields of a line that is known by its words: 文号, label, red head, mark."""
    if doc_number := _number_in(text):
        head.fields.setdefault("发文字号", doc_number)
    elif pair := labelled(text):
        head.fields.setdefault(*pair)
    elif not in_run and _RED_HEAD.fullmatch(text):
        head.issuers.append(number)
    else:
        return _MARK.fullmatch(text) is not None
    return True


def _may_be_title(lines: Sequence[Printed], number: int) -> bool:
    """Large letters, or the middle of the page; or full lines whose last one stands in the middle."""
    for one in lines[number : number + 5]:
        if _TEXT.search(one.line.text) or one.line.size < 0.9 * lines[number].line.size:
            return False
        if one.block.is_big(one.line) or one.block.is_centred(one.line):
            return True
        if one.block.indent(one.line) > 1 or not one.block.spans(one.line):
            return False
    return False


def _title_run(head: _Head, lines: Sequence[Printed]) -> list[int]:
    """The first run that reads like a title, else the one in the largest letters."""
    titles = [(run, words) for run in head.runs if is_title(words := _joined(lines, run))]
    like = next((run for run, words in titles if _LIKE_TITLE.search(words)), None)
    return like or max((run for run, _ in titles), key=lambda run: lines[run[0]].line.size, default=[])


def _joined(lines: Sequence[Printed], run: Sequence[int]) -> str:
    """The title of these lines; bodies that issue together, one a line, stay apart by a blank."""
    words = ""
    for text in (_SPACED.sub(lambda wide: re.sub(r"\s", "", wide[0]), lines[number].line.text) for number in run):
        bodies = "关于" not in words and is_agency(words) and not re.match(r"关于|印发|转发|批转", text)
        words = f"{words} {text}" if bodies else joined(words, text)
    return words


def _issuer(lines: Sequence[str]) -> str:
    """The bodies that a red head names, joined by 、; nothing where it names no body."""
    names: list[str] = []
    for words in (re.sub(r"\s|^文件$", "", line) for line in lines):
        if names and not is_agency(names[-1]):
            names[-1] += words  # a long name over two lines
        elif words:
            names.append(words)
        names[-1:] = [name.removesuffix("文件") for name in names[-1:]]
    return "、".join(names) if all(map(is_agency, names)) else ""


def _number_in(text: str) -> str:
    """The 文号 of a line that is nothing but one, alone or before 签发人."""
    found = re.fullmatch(rf"[（(]?\s*({PATTERN.pattern})\s*[）)]?\s*(?:签发人.*)?", text)
    return found[1] if found else ""


def _with_gaps_told(pages: Sequence[Page]) -> list[Page]:
    """A page that is only an image says so in the text, so that nobody takes the rest for the whole."""
    told = []
    for number, page in enumerate(pages, 1):
        if page.drawn and not page.lines:
            note = Line(f"［第{number}页是图像，没有文字，未读入］", 0.0, 0.0, page.height / 2, 0.0)
            page = replace(page, lines=[note])
        told.append(page)
    return told
