"""政策卡片: what a reader wants to know, each thing in the document's own words with the place where they stand."""

import re
from collections.abc import Iterator

from matcher.reading.layout import Item, Part
from matcher.reading.plain import Plain
from matcher.reading.reading import Benefit, Card, Span
from matcher.reading.shorttitle import shorten_title

_STOP = re.compile(r"[。；！\n]+")
_SPAN = 120
"""Longest span on a card, in characters; a longer sentence ends at a comma before."""
_HEADING = 18
"""An item no longer than this that has items below it is their heading."""
_FEW, _SOME, _MANY = 3, 6, 12
"""How many spans a card shows of one kind."""

_GRANT = re.compile(
    r"给予|予以|奖励|补助|补贴|资助|发放|减免|免征|贴息|贷款额度|上浮|可(?:申请|提取|享受)|优惠|返还|退还|每[人户名孩]每[月年]|每[人户名孩月年](?=\d)"
)
_FIGURE = re.compile(
    r"(?P<cap>最高|不超过|上限(?:为)?|至多|封顶)?(?:可达|给予|为|达|按|的)?(?P<number>\d{1,3}(?:，\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<unit>亿元|千万元|百万元|万元|万|元|%)(?!以上的企业|以上企业)"
)
_SCALE = {"亿元": 1e8, "千万元": 1e7, "百万元": 1e6, "万元": 1e4, "万": 1e4, "元": 1.0, "%": 1.0}
_WHOM = re.compile(
    r"(?:^|，|；|。|：|\n)(?:对于?|面向|凡)(?P<whom>(?!本|以上|上述)[^，。；：\n]{4,60}?)(?:的?，|给予|予以|实行|实施|发放|，)"
    r"|(?:^|。|；|\n)(?P<may>[^。；：\n]{6,110}?)的?，?可以?(?=申请|享受|申领)"
    r"|(?:^|。|；|：|\n)(?P<rated>[^。；：，\n]{4,60}(?:人员|家庭|人|企业|儿童|对象))，(?:补贴|补助|津贴)标准"
)
_NOT_WHOM = re.compile(r"进行|开展|优先|暂不|不得|根据|按照")
_NAME_ONLY = re.compile(r"[^，。；]{0,20}(?:对象|范围|条件|标准|主体|补贴|津贴|补助|救助|要求)[：？]?")
_OBJECT = re.compile(r"对象|范围|主体|人群|申请人|哪些")
_PURPOSE = re.compile(r"^(?:为|为了)[^。]{6,}")
_NOTICE = re.compile(
    r"(?:现|拟|决定)(?:正式)?(?:组织|开展|启动|面向|征集|受理|就(?=开展|组织|申报|做好))[^。；\n]{6,}?(?=，?(?:现将)?(?:有关|相关|具体)?(?:事项|事宜|要求)?(?:通知|公告)如下|[。；\n]|，有关|$)"
)
_SALUTE = re.compile(r"^(?:各|有关)[^。]{0,60}[：:]$|：$|^(?:发布|更新)(?:时间|日期)|^来源|^导语")
_PLACE = re.compile(r"https?://|网址|平台|窗口|地址|登录|网上|小程序|APP|公众号|政务服务网|办理地点|受理单位")
_DOOR = re.compile(
    r"(?:向|到|至|前往)[^，。；]{2,40}?(?:委会|居委|局|部门|中心|街道|办事处|乡镇|政府|社区|机构)[^，。；]{0,24}?(?:申请|申领|领取|提交|办理|咨询|提出)"
)
_PHONE = re.compile(r"(?<!\d)(?:0\d{2,3}[-—]?\d{7,8}|1[3-9]\d{9}|12345|\d{7,8})(?!\d)|电话|联系人")
_DATE = re.compile(r"\d{1,2}月\d{1,2}日|\d{4}年(?!度)")
_UNTIL = re.compile(
    r"截止|截至|[日底]前|(?:申报|申请|受理|报名)(?:时间|期限|日期)|之日起|有效期(?:限|至|为|到|自|\d|[一二三四五])|长期有效|(?:执行|实施|有效|施行)至"
    r"|(?:受理|申请|申报|提交|报名)[^。；]{0,60}日(?:起)?(?:至|到|[-—~])|日(?:起)?(?:至|到|[-—~])[^。；]{0,60}(?:受理|申请|申报|提交|报名)"
)
_EXAMPLE = re.compile(r"^(?:例如|比如|如：)")


def read_card(title: str, plain: Plain, layout: Item) -> Card:
    """The card of a document. Kinds of which the text says nothing are empty."""
    sentences = list(_list_sentences(plain.text, layout))
    gains = [(start, end) for part, start, end in sentences if part not in _NO_GAIN and _is_gain(plain.text[start:end])]
    spans = _Spans(plain)
    return Card(
        title=shorten_title(title),
        summary=_summary(title, sentences, gains, spans),
        audience=_audience(plain, layout, spans),
        gains=spans.make(gains[:_SOME]),
        benefits=[benefit for start, end in gains[:_SOME] for benefit in _benefits(plain, start, end)][:_MANY],
        conditions=spans.make(_of_part(sentences, Part.CONDITION, Part.EXCLUSION)[:_MANY]),
        materials=spans.make(_of_part(sentences, Part.MATERIAL)[:_MANY]),
        where=spans.make(_where(sentences, plain.text)[:_FEW]),
        until=spans.make(_until(sentences, plain.text)[:_FEW]),
        contact=spans.make(_matching(sentences, plain.text, _PHONE, (Part.CONTACT, Part.BODY, Part.FRAME))[-_FEW:]),
    )


_Sentences = list[tuple[Part, int, int]]
_NO_GAIN = frozenset({Part.MATERIAL, Part.PROCEDURE, Part.CONTACT, Part.PLACE, Part.FRAME, Part.EXCLUSION})


class _Spans:
    """Spans of one document, cut to what a card holds."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain

    def one(self, start: int, end: int) -> Span:
        if end - start > _SPAN:
            comma = self._plain.text.rfind("，", start + _SPAN // 2, start + _SPAN)
            end = comma if comma > 0 else start + _SPAN
        quote, offset = self._plain.quote(start, end)
        return Span(quote, offset)

    def find(self, pattern: re.Pattern[str], start: int, end: int) -> Span | None:
        match = pattern.search(self._plain.text, start, end)
        return self.one(match.start(), match.end()) if match else None

    def make(self, places: list[tuple[int, int]]) -> list[Span]:
        return [self.one(start, end) for start, end in places]


def _list_sentences(text: str, layout: Item) -> Iterator[tuple[Part, int, int]]:
    for item in layout.walk():
        position = item.body
        if item.children and item.stop - item.body <= _HEADING and "。" not in text[item.body : item.stop]:
            continue
        for stop in [*_STOP.finditer(text, item.body, item.stop), None]:
            end = stop.start() if stop else item.stop
            if len(text[position:end].strip()) >= 4:
                yield item.part, position, end
            position = stop.end() if stop else item.stop


def _is_gain(words: str) -> bool:
    return bool(_GRANT.search(words)) and bool(_FIGURE.search(words))


def _summary(title: str, sentences: _Sentences, gains: list[tuple[int, int]], spans: _Spans) -> Span | None:
    """The first gain; else what is called for; else what it is for; else its first sentence; of a bare title, that."""
    if gains:
        return spans.one(*gains[0])
    for _, start, end in sentences[:_SOME]:
        if notice := spans.find(_NOTICE, start, end):
            return notice
    told = [spans.one(start, end) for _, start, end in sentences[:_SOME]]
    told = [span for span in told if not _SALUTE.search(span.text.replace(":", "："))] or told
    for span in told:
        if _PURPOSE.match(span.text):
            return span
    if told:
        return told[0]
    return Span(title, 0, "title") if title else None


def _audience(plain: Plain, layout: Item, spans: _Spans) -> list[Span]:
    """The section that names whom it is for; else whom single measures address (对…的企业)."""
    found: list[Span] = []
    for item in layout.walk():
        if item.part is Part.CONDITION and _OBJECT.search(plain.text, item.body, min(item.stop, item.body + 16)):
            for inner in item.walk():
                first = next(
                    (s for s in _list_sentences(plain.text, _own(inner)) if _tells(plain.text[s[1] : s[2]])), None
                )
                if first:
                    found.append(spans.one(first[1], first[2]))
            break
    if not found:
        named = [(m, str(m.lastgroup)) for m in _WHOM.finditer(plain.text)]
        found = [spans.one(m.start(group), m.end(group)) for m, group in named if not _NOT_WHOM.search(m[group])]
    if not found:
        listed = (
            s for s in _list_sentences(plain.text, layout) if s[0] is Part.CONDITION and _tells(plain.text[s[1] : s[2]])
        )
        found = [spans.one(start, end) for _, start, end in listed]
    return found[:_FEW]


def _tells(words: str) -> bool:
    """Whether a sentence says who, more than the name of its section does."""
    return len(words) > 8 and not _NAME_ONLY.fullmatch(words.strip()) and not _NOT_WHOM.search(words[:12])


def _own(item: Item) -> Item:
    return Item(item.rank, item.start, item.body, item.stop, item.part)


def _benefits(plain: Plain, start: int, end: int) -> Iterator[Benefit]:
    """The figures behind the verb that grants: amounts and caps in 元, ratios in %."""
    grant = _GRANT.search(plain.text, start, end)
    if grant is None:
        return
    basis = plain.text.rfind("按", start, grant.start())  # 按投入的30%给予补助
    for match in _FIGURE.finditer(plain.text, grant.start() if basis < 0 else basis, end):
        unit = "%" if match["unit"] == "%" else "元"
        kind = "cap" if match["cap"] else "ratio" if unit == "%" else "amount"
        value = float(match["number"].replace("，", "")) * _SCALE[match["unit"]]
        quote, offset = plain.quote(match.start(), match.end())
        yield Benefit(kind, round(value, 2), unit, Span(quote, offset))


def _of_part(sentences: _Sentences, *parts: Part) -> list[tuple[int, int]]:
    """The sentences of a kind of part that are more than its heading."""
    return [(start, end) for part, start, end in sentences if part in parts and end - start > 3]


def _matching(
    sentences: _Sentences, text: str, pattern: re.Pattern[str], parts: tuple[Part, ...]
) -> list[tuple[int, int]]:
    return [(start, end) for part, start, end in sentences if part in parts and pattern.search(text, start, end)]


def _where(sentences: _Sentences, text: str) -> list[tuple[int, int]]:
    """Sentences on where and how; else those that name a door to go to (到户籍所在地居委会申请)."""
    told = _matching(sentences, text, _PLACE, (Part.PLACE, Part.PROCEDURE, Part.MATERIAL))
    return told or _matching(sentences, text, _DOOR, (Part.PLACE, Part.PROCEDURE, Part.BODY, Part.CONDITION))


def _until(sentences: _Sentences, text: str) -> list[tuple[int, int]]:
    """Sentences on time: those of a section on it first, then those that give a date with a deadline's words."""
    named = [(start, end) for part, start, end in sentences if part is Part.TIME and _DATE.search(text, start, end)]
    dated = [
        (start, end)
        for part, start, end in sentences
        if part is not Part.TIME
        and _DATE.search(text, start, end)
        and _UNTIL.search(text, start, end)
        and not _EXAMPLE.match(text[start:end])
    ]
    return named + dated
