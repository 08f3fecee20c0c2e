"""The labelled fields over an official document, on a page (信息公开 header) or in a text file, and what they mean.

Labels as on www.gov.cn and www.beijing.gov.cn, and as 国办秘函〔2009〕6号 (core elements) names them.
"""

import re
from collections.abc import Mapping
from datetime import date

from core.errors import InputError
from policies.dates import parse_date
from policies.intake.headings import LONGEST
from policies.policy_text import PolicyText
from policies.titles import state_of

_LABELS = {
    "标题": ("标题", "名称", "文件名称", "信息名称", "文件标题"),
    "发文字号": ("发文字号", "文号", "文件编号", "发文文号"),
    "发文机关": ("发文机关", "发文机构", "发布机构", "制发机关", "印发机关", "公开主体", "发文单位", "制定机关"),
    "地区": ("地区", "适用地区"),
    "网址": ("网址", "来源网址", "原文链接", "原文网址"),
    "发布日期": ("发布日期", "公开日期", "发布时间", "公开发布日期", "日期"),
    "成文日期": ("成文日期", "签发日期", "发文日期", "生成日期", "成文时间", "印发日期"),
    "施行日期": ("施行日期", "实施日期", "生效日期", "实施时间"),
    "失效日期": ("失效日期", "废止日期", "有效期至", "终止日期"),
    "有效性": ("有效性", "时效性", "是否有效", "效力状态", "有效状态"),
    "索引号": ("索引号", "统一编号"),
    "主题分类": ("主题分类", "信息分类"),
    "主题词": ("主题词", "关键词"),
    "联合发文单位": ("联合发文单位", "联合发文机关"),
    "体裁": ("体裁", "体裁分类", "公文种类"),
}
_MEANING = {word: label for label, words in _LABELS.items() for word in words}
_LINE = re.compile(
    r"^\s*(?:(?P<label>[\u4e00-\u9fa5\s　]{2,12}?)\s*[：:]|[【\[](?P<boxed>[\u4e00-\u9fa5\s　]{2,12}?)[】\]]\s*[：:]?)"
    r"\s*(?P<value>.*)$"
)
_BLANK = re.compile(r"^[\s\-—–_/无]*$")
_A_DATE = re.compile(r"\d{4}|[〇○零一二三四五六七八九]{4}年")
_DETAILS = ("索引号", "主题分类", "主题词", "联合发文单位", "体裁", "网站")


def label_of(words: str) -> str | None:
    """The field that `words` (`发文机构：`, `文　号`) are the label of, None where they are none."""
    return _MEANING.get(re.sub(r"[\s　：:【】\[\]]", "", words))


def labelled(line: str) -> tuple[str, str] | None:
    """Field and value of a line `文 号：京政发〔2024〕1号` or `[有效性] 是`; None for any other line."""
    found = _LINE.match(line)
    label = label_of(found["label"] or found["boxed"]) if found else None
    return (label, value_of(found["value"])) if found and label else None


def value_of(words: str) -> str:
    """What a field holds, nothing where it is only dashes or 无."""
    return "" if _BLANK.match(words) else re.sub(r"\s+", " ", words).strip()


def fits(label: str, value: str) -> bool:
    """Whether a value that only stood beside a label can be its own: not empty, no label itself, a date for a date."""
    if not value or label_of(value) or labelled(value):
        return False
    return not label.endswith("日期") or _A_DATE.search(value) is not None


def policy_from(title: str, text: str, fields: Mapping[str, str], source: str) -> PolicyText:
    """A policy with these fields (their keys as `labelled` gives them).

    InputError where the title is too long for one, or a date is none.
    """
    if len(title) > LONGEST:
        raise InputError(f"标题超过 {LONGEST} 字：第一行应是标题", source)
    return PolicyText(
        title=title,
        source=source,
        text=text,
        doc_number=fields.get("发文字号", ""),
        agency=fields.get("发文机关", ""),
        region=fields.get("地区", ""),
        url=fields.get("网址", ""),
        published_date=_date(fields, "发布日期", source),
        written_date=_date(fields, "成文日期", source),
        effective_date=_date(fields, "施行日期", source),
        expires_date=_date(fields, "失效日期", source),
        state=state_of(title, fields.get("有效性", "")),
        details={label: fields[label] for label in _DETAILS if fields.get(label)},
    )


def _date(fields: Mapping[str, str], label: str, source: str) -> date | None:
    try:
        return parse_date(fields.get(label, ""))
    except ValueError as error:
        raise InputError(f"{label}有误：{error}", source) from None
