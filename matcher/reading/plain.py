"""The text as it is read: folded, wrapped lines joined, stray blanks gone, every position leading back."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from matcher.reading.script import fold

LONGEST = 40_000
"""Characters of a text that are read: more than any policy has; the rest of a 2 MB dump says nothing new."""

_BLANK = re.compile(r"[ \t]*\n[\s]*(?:[—-] ?\d{1,3} ?[—-][ \t]*\n\s*)?|[ \t\r\f\v]+")
_MARKER = re.compile(
    r"第[一二三四五六七八九十百\d]{1,4}[章节条]|[一二三四五六七八九十]{1,3}[、.]|（?[一二三四五六七八九十]{1,3}）|\d{1,2}[.、）]"
    r"|（\d{1,2}）|[①-⑳【●•·■◆○]|附件|——"
)
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
_ENDS = frozenset("。；：！？…】》”\"'|")
_LEANS_BACK = frozenset("，、。；：）的了和与及或者%")
_LEANS_ON = frozenset("，、（的在和与及或于为对将应第每被由向从")
_TITLE_ENDS = re.compile(r"(?:的通知|申报指南|实施细则|(?:管理|实施|暂行)办法|实施方案|若干措施)$")
"""A line that ends so is the title of a document."""
_BOUND = re.compile(r"(?:及|或)?以[上下内](?!是|为|条件|内容|材料)")
"""What belongs to the figure before it, wherever the line breaks."""
_WRAPPED = 20
"""A line without a stop is taken as wrapped from this length on; a shorter one is a heading or a table cell."""


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` is what rules read; `source` the original words. Positions of `text` map to `source`, in characters."""

    text: str
    source: str
    _starts: tuple[int, ...]
    _shifts: tuple[int, ...]

    def at(self, position: int) -> int:
        """Where the character at `position` of `text` stands in `source`."""
        return position + self._shifts[bisect_right(self._starts, position) - 1]

    def quote(self, start: int, end: int) -> tuple[str, int]:
        """The original words of `text[start:end]` and where they start."""
        first, last = self.at(start), self.at(end - 1) + 1
        return self.source[first:last], first


def read_plain(source: str) -> Plain:
    """`source` made readable. Only its first `LONGEST` characters count; the work is linear in their number."""
    folded = fold(source[:LONGEST])
    pieces: list[str] = []
    starts, shifts = [0], [0]
    length = position = line_start = 0
    for gap in _BLANK.finditer(folded):
        begin, end = gap.span()
        if begin > position:
            pieces.append(folded[position:begin])
            length += begin - position
        kept = _join(folded, line_start, begin, end)
        pieces.append(kept)
        length += len(kept)
        if kept == "\n":
            line_start = end
        starts.append(length)
        shifts.append(end - length)
        position = end
    pieces.append(folded[position:])
    return Plain("".join(pieces), source, tuple(starts), tuple(shifts))


_PAIRS = (
    "申报申请企业单位机构条件材料注册登记成立营业收入销售研发投入费用纳税税收投资资产职工员工人员社会保险"
    "缴纳户籍户口居住居民家庭学历学位本科硕士博士毕业失业就业创业残疾退役军人住房无房首套购买补贴奖励资助"
    "补助给予认定高新技术科技创新中小专精资质信用失信违法法人独立财务制度项目产业行业制造服务建筑农业金融"
    "不低低于少于不少超过不超以上以下以内万元亿元年度近三三年时间截止日期办理提交审核公示主管部门政府人民"
    "管理规定办法通知年满周岁子女配偶未婚已婚低保特困困难对象范围标准政策支持专项资金示范应用测试车辆道路"
    "网络安全数据能力"
)
_WORDS = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
"""Words that policies use all the time: a line break inside one was made by a scanner."""


def _splits_word(text: str, begin: int, end: int) -> bool:
    """Whether the break `text[begin:end]` stands inside a word."""
    return text[begin - 1] + text[end] in _WORDS


def _join(text: str, line_start: int, begin: int, end: int) -> str:
    """What stands for the blanks `text[begin:end]`: a line break, a blank, or nothing."""
    if begin == 0 or end >= len(text):
        return ""
    gap = text[begin:end]
    if "\n" in gap and _breaks(text, line_start, begin, end):
        return "\n"
    if "\n" not in gap and len(gap) > 1 and "\t" in gap:
        return "\n"  # a cell of a table ends
    before, after = text[begin - 1], text[end]
    return " " if (before + after).isascii() and before.isalpha() and after.isalpha() else ""


def _breaks(text: str, line_start: int, begin: int, end: int) -> bool:
    """Whether the line break `text[begin:end]` was meant by the author."""
    before, after = text[begin - 1], text[end]
    if before in _ENDS or _MARKER.match(text, end):
        return True
    if after in _LEANS_BACK or before in _LEANS_ON or (before.isdigit() and after.isdigit()):
        return False
    if before + after in _WORDS or _BOUND.match(text, end):
        return False
    if (
        _TITLE_ENDS.search(text, max(line_start, begin - 8), begin)
        and "《" not in text[max(line_start, begin - 40) : begin]
    ):
        return True
    heading = _WRAPPED + 4 if _MARKER.match(text, line_start) else _WRAPPED
    return begin - line_start < heading or _EMPTY_LINE.search(text, begin, end) is not None
