"""The text as it is read: folded, wrapped lines joined, stray blanks gone; every position leads back to the original."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from matcher.reading.script import fold

LONGEST = 40_000
"""Characters of a text that are read: more than any policy with its annexes; the rest of a 2 MB dump says nothing new."""

_BLANK = re.compile(r"[ \t]*\n[\s]*(?:[—-] ?\d{1,3} ?[—-][ \t]*\n\s*)?|[ \t\r\f\v]+")
_MARKER = re.compile(
    r"第[一二三四五六七八九十百\d]{1,4}[章节条]|[一二三四五六七八九十]{1,3}[、.]|（?[一二三四五六七八九十]{1,3}）|\d{1,2}[.、）]"
    r"|（\d{1,2}）|[①-⑳【●•·■◆○]|附件|——"
)
_ENDS = frozenset("。；：！？…】》”\"'|")
_LEANS_BACK = frozenset("，、。；：）的了和与及或者%")
_LEANS_ON = frozenset("，、（的在和与及或于为对将应第每被由向从")
_WRAPPED = 20
"""A line that ends without a stop is taken as wrapped from this length on; a shorter one is a heading or a table cell."""


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


_WORDS = frozenset(
    "申报 申请 企业 单位 机构 条件 材料 注册 登记 成立 营业 收入 销售 研发 投入 费用 纳税 税收 投资 资产 职工 员工 人员 社会 保险 缴纳"
    " 户籍 户口 居住 居民 家庭 学历 学位 本科 硕士 博士 毕业 失业 就业 创业 残疾 退役 军人 住房 无房 首套 购买 补贴 奖励 资助 补助 给予"
    " 认定 高新 技术 科技 创新 中小 专精 资质 信用 失信 违法 法人 独立 财务 制度 项目 产业 行业 制造 服务 建筑 农业 金融 不低 低于 少于"
    " 不少 超过 不超 以上 以下 以内 万元 亿元 年度 近三 三年 时间 截止 日期 办理 提交 审核 公示 主管 部门 政府 人民 管理 规定 办法 通知"
    " 年满 周岁 子女 配偶 未婚 已婚 低保 特困 困难 对象 范围 标准 政策 支持 专项 资金 示范 应用 测试 车辆 道路 网络 安全 数据 能力".split()
)
"""Words that policies use all the time: a line break inside one was made by a scanner."""


def _splits_word(text: str, begin: int, end: int) -> bool:
    """Whether the break `text[begin:end]` stands inside a word."""
    return text[begin - 1] + text[end] in _WORDS


def _join(text: str, line_start: int, begin: int, end: int) -> str:
    """What stands for the blanks `text[begin:end]`: a line break, a blank, or nothing."""
    if begin == 0 or end >= len(text):
        return ""
    before, after = text[begin - 1], text[end]
    if "\n" not in text[begin:end]:
        if end - begin > 1 and "\t" in text[begin:end]:
            return "\n"
        return " " if before.isascii() and after.isascii() and before.isalpha() and after.isalpha() else ""
    if before in _ENDS or _MARKER.match(text, end):
        return "\n"
    if after in _LEANS_BACK or before in _LEANS_ON or (before.isdigit() and after.isdigit()):
        return ""
    if _splits_word(text, begin, end):
        return ""
    if _MARKER.match(text, line_start) and begin - line_start < _WRAPPED + 4:
        return "\n"
    if "\n\n" in text[begin:end].replace(" ", "") or begin - line_start < _WRAPPED:
        return "\n"
    return " " if before.isascii() and after.isascii() and before.isalpha() and after.isalpha() else ""
