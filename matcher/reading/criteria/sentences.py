"""A part's text cut into sentences, and what of a sentence speaks of the applicant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_STOP = re.compile(r"[。；！\n]+")
_NEXT_MEASURE = re.compile(r"(?<=[元励助贴%受持])，(?=(?:对|对于|凡|首次|新|被|获|同时|其中)[^，。；]{2,60})")
_BENEFIT = re.compile(
    r"给予|予以|奖励|补助|补贴|资助|发放|享受|减免|免征|奖补|贴息|配套支持|最高(?:贷款|可贷|不超过|奖)|额度"
)
_MEASURE = re.compile(
    r"给予|予以|奖励|补助|补贴|资助|发放|享受|减免|免征|奖补|贴息|支持|鼓励|允许|优先|可|贷款|提取|优惠|购买|执行|上浮|认定|申请|申报|购房|落户|入户|引导|推动|适用|面向|是指|指|提供[^，。；]{0,12}(?:免费|服务)|免费"
)
_PREAMBLE = re.compile(
    r"^(?:为|根据|按照|依据|近日|日前|近年|各[^，。：]{1,30}：?$|来源|责任单位|[（]?牵头单位|〔)|现(?:将|就)有关|制定本|特制定|通知如下|责任单位|负责解释|同时废止|自(?:印发|发布|公布)之日起施行"
)
_REFUSAL = re.compile(
    r"不(?:予|得(?:申|购|享|批准|发放|向|超过\d套)|享受|再(?:享受|受理|给予)|适用本|[纳列]入|能申|在[^，。；]{0,10}范围)|停止(?:发放|受理)|暂停(?:受理|发放|购)|暂不(?:得|申报|受理|接受|纳入)|除外(?!）)|均不得|不给予"
)
_RECEIVER = re.compile(
    r"[^，。；\d]{0,40}?(?:企业|协会|机构|单位|组织|公司|合作社|基地|工作室|中心|平台|园区)(?=[^，。；\d]{0,4}\d|一次性|最高|不少于|不超过)"
)
_LONGEST = 1200
"""A sentence longer than this is no sentence; it is read in pieces, so that work stays linear."""
_TERMS = re.compile(r"，(?:由|按|可|将|分别|一次性|再|另|均|每)[^，]*$")
"""How it is granted, not to whom: …，按30%（给予补贴）."""
_WHOM = re.compile(
    r"(?:\d+[.、．]|[（(]?[一二三四五六七八九十]+[）)、]|第[一二三四五六七八九十]+条)?(?:对|凡|支持|鼓励|[^，。]{2,40}的[，企单机人家项])"
)
_FIGURE = re.compile(r"\d[^，。；]{0,6}(?:元|%|倍|个月)|全额|同等")
_PAPERS = re.compile(
    r"^(?:需|须|应|还应|还需|同时)?(?:要)?(?:提供|提交|出具|携带|填写|上传|附)|(?:复印件|原件|扫描件|身份证明)"
)


_NAMES = re.compile(r"《[^《》]{2,80}》")
_TITLE = re.compile(
    r"[^，。；：]{6,110}(?:申报指南|实施细则|管理办法|实施办法|实施方案|暂行办法|若干措施|政策措施|的通知)(?:（[^（）]{1,8}）)?"
)
"""The title of the document or of one attached to it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` at `start` of the plain text; `subject`: how much of it speaks of who may, before what they
    get. `grants`: it names both whom and how much."""

    text: str
    start: int
    subject: int
    refuses: bool
    measure: bool
    grants: bool


def list_sentences(text: str, start: int, stop: int, *, split_measures: bool) -> Iterator[Sentence]:
    """The sentences of `text[start:stop]` that can speak of applicants."""
    position = start
    for stop_mark in [*_STOP.finditer(text, start, stop), None]:
        end = stop_mark.start() if stop_mark else stop
        if end > position:
            full = text.find("。", position, stop)
            measure = bool(_MEASURE.search(text, position, min(full if full >= 0 else stop, position + 600)))
            yield from _cut(text, position, end, split_measures, measure)
        position = stop_mark.end() if stop_mark else stop


def _cut(text: str, start: int, end: int, split_measures: bool, measure: bool) -> Iterator[Sentence]:
    cuts = (
        [start, *(m.start() for m in _NEXT_MEASURE.finditer(text, start, end)), end] if split_measures else [start, end]
    )
    pieces = pairwise(cuts) if end - start <= _LONGEST else pairwise([*range(start, end, _LONGEST), end])
    for first, last in pieces:
        while first < last and text[first] in "，、 ":
            first += 1
        words = text[first:last]
        if len(words) < 4 or _PREAMBLE.search(words[:60]) or _PAPERS.match(words) or _TITLE.fullmatch(words):
            continue
        refuses = bool(_REFUSAL.search(words))
        subject = _subject(words)
        grants = subject < len(words) and bool(_WHOM.match(words)) and bool(_FIGURE.search(words, subject))
        yield Sentence(words, first, subject, refuses, measure or bool(_MEASURE.search(words)), grants and not refuses)


def _subject(words: str) -> int:
    """How far a sentence tells who may: to the benefit, and past its verb where the receiver follows (给予…企业)."""
    benefit = _BENEFIT.search(_NAMES.sub(lambda name: "■" * len(name[0]), words), 2)
    if benefit is None:
        return len(words)
    receiver = _RECEIVER.match(words, benefit.end())
    if receiver:
        return receiver.end()
    terms = _TERMS.search(words, 0, benefit.start())
    return terms.start() if terms else benefit.start()
