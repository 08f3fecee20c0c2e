"""When one may apply (opens, closes) and how long the policy holds (valid_until)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.reading.dates import Mention, add_months, add_years, find_day, list_dates
from matcher.reading.quantities import read_number


@dataclass(frozen=True, slots=True)
class Window:
    """Each None where the text doesn't say. A whole-year offer has no opens and no closes."""

    opens: date | None = None
    closes: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    opens: date | None
    closes: date | None
    weight: int


_APPLY = re.compile(
    r"申报|申请|提交|报送|报名|受理|征集|接收|填报|推荐|寄送|上报|递交|投稿|参评|领取(?!失业)|截止|截至|截稿|逾期"
)
_PERIOD = re.compile(
    r"期间|执行时间|实施期限|实施时间|实施时限|执行期限|时限|施行时间|活动时间|购买|购房|网签|缴纳|签订|补贴|凡|举行|举办|交易会|消费券|时间|推行|享受"
)
_STANDING = re.compile(
    r"有效期|试行期|施行之日|规划|废止|延续实施|统计|考核|建设期|项目期|研究期限|项目执行期|服务期|出生|取得|已完成|公示期|公示时间|本政策适用于|所属期|年度为|认定的"
)
_TO = re.compile(
    r"[）)]?(?:（[^）]{0,12}）)?(?:上午|下午|\d{1,2}[:：时点]\d{0,2}分?|零时|[0零]点)?(?:起|开始)?(?:至|到|—|-|~|－|―){1,2}"
)
_BY = re.compile(
    r"（?(?:周[一二三四五六日]|星期[一二三四五六日天]|含(?:当日)?)?）?(?:（[^）]{0,12}）)?(?:\d{1,2}[:：时点]\d{0,2}分?(?:整)?|下班|24时|下午)?(?:之前|以前|前|止|截止|截至|为止|结束)"
)
_UNTIL = re.compile(
    r"(?:截止|截至|截稿)(?:时间|日期|日)?(?:为|是|到|至|：|于)?$|(?:之日|之后|[布发施实]后)起?(?:至|到)$|即日起(?:至|到)$|延长(?:至|到)$|延期(?:至|到)$"
)
_FROM_NOW = re.compile(
    r"(?:发布|公布|印发|执行|实施|下发|刊登|发文|施行)(?:之)?(?:日|后)?起?(?:至|到)$|即日起(?:至|到)$"
)
_WITHIN = re.compile(
    r"自?(?:本)?(?:通知|公告|通告|指南|办法|文件|消息|政策)?(?:公布|发布|印发|公告|下发|刊登)之日起(?P<number>\d{1,3}|[一二三四五六七八九十两]{1,3})(?:个)?(?P<unit>工作日|日|天|月)(?:内|以内|之内)"
)
_VALID_TO = re.compile(
    r"(?:有效期(?:限)?(?:至|到|截至|截止到?|为至)?|执行(?:至|到)|施行(?:至|到)|试行(?:至|到)|有效期[^。；]{0,16}(?:至|到))$"
)
_VALID_YEARS = re.compile(
    r"(?:有效期(?:限)?|试行期(?:限)?|执行期限)(?:暂定)?(?:为|：)?(?P<number>\d{1,2}|[一二两三四五六七八九十])年"
)
_IN_FORCE = re.compile(r"(?:起|日)?，?(?:正式)?(?:施行|实施|执行|生效)")
_PAST = re.compile(
    r"(?:期间|内|，)?(?:[^，。；]{0,4})?(?:有效期|获得|取得|认定|新增|新认定|首次|完成|发生|实现|公示|购置并)"
)
"""What was done in a span of time: no window for applying."""
_BEFOREHAND = re.compile(r"预(?:申报|申请|报名|登记|审)")
_STARTS = re.compile(r"^(?:\d{1,2}[:：时]\d{0,2})?(?:起|开始|开放)|(?:开始|开放|启动)(?:时间|日期)?[^，。；]{0,6}$")
_NEAR = 36
"""Characters before and after a date in which words tell what it means."""
_OLDEST = 1990


def read_window(text: str, published: date | None) -> Window:
    """What the folded `text` says; relative days count from `published`, or from the date the text ends with."""
    dates = [mention for mention in list_dates(text, published) if mention.day.year >= _OLDEST]
    signed = published or _signature(text, dates)
    claims = [*_ranges(text, dates, signed), *_deadlines(text, dates, signed), *_counted(text, signed)]
    best = max(claims, key=lambda claim: claim.weight, default=None)
    chosen = _with_following(best, claims) if best and best.weight > 0 else _Claim(None, None, 0)
    return Window(chosen.opens, chosen.closes, _valid_until(text, dates, signed))


def _with_following(best: _Claim, claims: list[_Claim]) -> _Claim:
    """`best` up to the end of the windows that follow it without a gap: 8月3日-15日…；8月16日-31日…."""
    closes = best.closes
    for claim in claims:
        if claim.weight == best.weight and closes and claim.closes and claim.opens == closes + timedelta(days=1):
            closes = claim.closes
    return _Claim(best.opens, closes, best.weight)


def _signature(text: str, dates: list[Mention]) -> date | None:
    if dates and len(text) - dates[-1].end < 12 and not dates[-1].bare:
        return dates[-1].day
    return None


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """The words before and after within the sentence."""
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    *lines, own = re.split(r"[。；\n]", before)
    if len(own) < 4 and lines and before[-len(own) - 1] == "\n":
        own = f"{lines[-1][-16:]}：{own}"  # the heading above: 申报时间
    return own, re.split(r"[。；\n]", after)[0]


def _ranges(text: str, dates: list[Mention], signed: date | None) -> Iterator[_Claim]:
    for number, first in enumerate(dates):
        link = _TO.match(text, first.end)
        if link is None:
            continue
        following = dates[number + 1] if number + 1 < len(dates) else None
        if following is not None and following.start == link.end():
            last, end = following.day, following.end
        elif found := find_day(text, link.end(), first.day):
            last, end = found
        else:
            continue
        if last < first.day and following is not None and following.bare:
            last = add_months(last, 12)
        if last > first.day and not (signed and last < signed):
            yield _Claim(first.day, last, _weigh_range(text, first.start, end))


def _weigh_range(text: str, start: int, end: int) -> int:
    before, after = _around(text, start, end)
    weight = 1
    if _APPLY.search(before[-16:]) or _APPLY.search(after[:16]):
        weight += 4
    if _PERIOD.search(before[-16:] + "｜" + after[:16]):
        weight += 3
    if _BEFOREHAND.search(before[-12:]):
        weight -= 1
    if _STANDING.search(before[-14:]) or _PAST.match(after) or before.endswith("每年"):
        weight -= 8
    return weight if weight > 1 else 0


def _deadlines(text: str, dates: list[Mention], signed: date | None) -> Iterator[_Claim]:
    for number, mention in enumerate(dates):
        before, after = _around(text, mention.start, mention.end)
        until = _UNTIL.search(before)
        by = _BY.match(after)
        if _VALID_TO.search(before) or not (until or by):
            continue
        opens = signed if _FROM_NOW.search(before) and signed and signed < mention.day else None
        opens = opens or _start_before(text, dates[number - 1 : number], mention)
        weight = (
            1
            + (2 if until else 0)
            + (1 if _FROM_NOW.search(before) else 0)
            + (2 if "逾期" in after or "必须" in before else 0)
        )
        if _APPLY.search(before[-20:]) or _APPLY.search(after[:20]):
            weight += 2
        if re.match(r"[^，。]{0,4}(?:将|把|报|向|登录|通过|完成申报|提交|邮寄|寄)", after):
            weight += 2 if _APPLY.search(after, 20) else 1
        if _STANDING.search(before[-14:]) or re.search(r"起施行|废止", after[:16]):
            weight -= 4
        yield _Claim(opens, mention.day, weight if weight > 2 else 0)


def _start_before(text: str, last: list[Mention], end: Mention) -> date | None:
    """The day named just before a deadline as the one from which on: 4月1日起受理，4月30日截止."""
    for mention in last:
        if 0 < end.start - mention.end < _NEAR and mention.day < end.day:
            before, after = _around(text, mention.start, mention.end)
            if _STARTS.search(after) or _STARTS.search(before):
                return mention.day
    return None


def _counted(text: str, signed: date | None) -> Iterator[_Claim]:
    """公布之日起30日内: counted from the day of publication."""
    for match in _WITHIN.finditer(text):
        number = int(read_number(match["number"]) or 0)
        before, after = _around(text, match.start(), match.end())
        if signed is None or not number or match["unit"] == "工作日" or not _APPLY.search(before + after):
            continue
        last = add_months(signed, number) if match["unit"] == "月" else signed + timedelta(days=number)
        yield _Claim(signed, last, 4)


def _valid_until(text: str, dates: list[Mention], signed: date | None) -> date | None:
    for mention in dates:
        if _VALID_TO.search(_around(text, mention.start, mention.end)[0]):
            return mention.day
    term = _VALID_YEARS.search(text)
    if term is None:
        return None
    start = _in_force(text, dates, term.start()) or signed
    return add_years(start, int(read_number(term["number"]) or 0)) if start else None


def _in_force(text: str, dates: list[Mention], position: int) -> date | None:
    """The day from which it holds: the last `自…起施行` before the term."""
    for mention in reversed(dates):
        if mention.start < position and position - mention.start < 80 and _IN_FORCE.match(text, mention.end):
            return mention.day
    return None
