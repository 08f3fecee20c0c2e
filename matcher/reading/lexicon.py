"""A classifier of words alone: topics by the vocabulary's keywords, the form of a document by its title.

It needs no training and no file. It reads where no trained artifact is there, and it reads first where one is.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from math import exp

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.classification import Classification
from matcher.document import Document
from matcher.reading.script import fold

_HEAD = 600
"""Characters of the text (and of a title) that speak of the topic; the rest repeats or digresses."""
_TITLE_KEYWORD, _TITLE_STEM, _TEXT_KEYWORD, _TEXT_STEM = 3.0, 1.6, 0.7, 0.4
_MOST_IN_TEXT = 2.1
_LEAST, _SHARE, _MOST_TOPICS = 1.4, 0.55, 3
_GRANTS = "E0403"

_INTERNAL = re.compile(
    r"应急预案|工作要点|任务分工|分工方案|重点工作(?:任务)?(?:分解|安排|的)|年度(?:工作)?计划|督查|考核|领导小组|议事协调|联席会议|指挥部|委员会(?:组成|成员)|任免|任职|免职|"
    r"同志|人事|职务|财政事权|支出责任划分|数字政府|政务信息化|普查|提案|建议.{0,8}(?:答复|复函)|表彰|通报表扬|嘉奖|记功|先进(?:集体|个人|工作者)|获奖|中标|成交结果|行政区划|地名|档案|"
    r"志书|年鉴|机构编制|内设机构|三定|清理结果|废止.{0,6}(?:部分|一批|\d+件)|失效.{0,10}文件|工作报告|预算|决算|统计公报|国土空间总体规划|国民经济和社会发展|(?:十[一二三四五]五)规划纲要|新型城镇化|"
    r"气象|宗教|民族(?:乡|工作)|军事设施|会议纪要|讲话|值班|采购公告|招聘公告|公示名单|查询$|进度查询|结果查询|政策查询"
)
_NAMED_PROJECT = re.compile(r"批复$|的复函$|批复的通知$|同意.{2,30}(?:命名|设立|调整|更名|规划)")
_PILOT = re.compile(r"试点|先行|综合改革|扩大开放|自由贸易|条例|办法|跨境电子商务")
_LIST = re.compile(
    r"(?:名单|名录|目录清单)的(?:通知|公告|公示|通报)$|(?:拟|入选|入围|认定).{0,20}名单|公示$|结果(?:的)?(?:公告|公示|通报)$"
)
_FOR_FIRMS = re.compile(r"企业|公司|单位|市场主体|经营主体|产业|园区|项目|工商户|合作社|机构|行业|纳税人|商户|建设单位")
_FOR_PEOPLE = re.compile(
    r"个人|居民|职工|家庭|群众|人员|学生|毕业生|老年人|残疾人|儿童|妇女|农民|购房|公积金|户籍|人才|缴存|参保|考生|教师|军人|公民|市民|旅客|患者|子女|执业|签证|驾驶"
)
_GRANT_WORDS = re.compile(r"申报|奖补|奖励|资助|专项资金|补助|扶持|兑现|补贴|评选|认定")


class LexiconClassifier:
    """Says what a document is about from the words of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._sides = {topic.code: topic.side for topic in vocabulary.topics.values()}
        self._keywords: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for topic in vocabulary.topics.values():
            for word in topic.keywords:
                self._keywords[word].append(topic.code)
            for stem in topic.stems:
                self._stems[stem].append(topic.code)
        for phrase in vocabulary.colloquial:
            for word in phrase.official:
                if len(word) > 2 and phrase.topic not in self._keywords[word]:
                    self._keywords[word].append(phrase.topic)
        self._terms = {kind.code: (kind.side, kind.terms) for kind in vocabulary.types.values()}

    def classify(self, document: Document) -> Classification:
        """Topics, sides, types and whether a subscriber would want it; scores are 0 to 1, not calibrated."""
        title, head = fold(document.title[:_HEAD]), fold(document.text[:_HEAD])
        weights = self._weigh(title, head)
        topics = _choose(weights)
        wanted = _is_wanted(title, head)
        sides = self._read_sides(title, head, topics) if wanted else []
        if wanted and _needs_grant_topic(title, head, sides, topics):
            topics = [*topics[: _MOST_TOPICS - 1], _GRANTS]
        return Classification(
            pushable=wanted,
            sides=sides,
            topics=topics,
            types=list(self._read_types(title, head, sides)),
            scores={code: round(1 - exp(-weight / 3), 4) for code, weight in weights.items()},
            pushable_probability=0.8 if wanted else 0.2,
        )

    def _weigh(self, title: str, head: str) -> dict[str, float]:
        in_title: dict[str, float] = defaultdict(float)
        in_text: dict[str, float] = defaultdict(float)
        for words, title_weight, text_weight in (
            (self._keywords, _TITLE_KEYWORD, _TEXT_KEYWORD),
            (self._stems, _TITLE_STEM, _TEXT_STEM),
        ):
            for word, codes in words.items():
                if word in title:
                    for code in codes:
                        in_title[code] += title_weight * (1 + 0.1 * len(word)) / len(codes) ** 0.5
                elif word in head:
                    for code in codes:
                        in_text[code] += text_weight / len(codes) ** 0.5
        return {
            code: in_title[code] + min(in_text[code], _MOST_IN_TEXT) for code in dict.fromkeys([*in_title, *in_text])
        }

    def _read_sides(self, title: str, head: str, topics: list[str]) -> list[Side]:
        spoken = {self._sides[code] for code in topics}
        firms, people = len(_FOR_FIRMS.findall(title)) * 3, len(_FOR_PEOPLE.findall(title)) * 3
        firms += len(_FOR_FIRMS.findall(head))
        people += len(_FOR_PEOPLE.findall(head))
        if not spoken:
            return [Side.INDIVIDUAL] if people > firms else [Side.ENTERPRISE]
        if spoken == {Side.ENTERPRISE} and people >= 3 * max(firms, 1):
            spoken.add(Side.INDIVIDUAL)
        return [side for side in Side if side in spoken]

    def _read_types(self, title: str, head: str, sides: list[Side]) -> Iterator[str]:
        """The types that the title names; of a text, those addressed at its beginning."""
        for code, (side, terms) in self._terms.items():
            if side in sides and any(term in title for term in terms):
                yield code


def _choose(weights: dict[str, float]) -> list[str]:
    ranked = sorted((code for code in weights if code != _GRANTS), key=lambda code: (-weights[code], code))
    if not ranked or weights[ranked[0]] < _LEAST:
        return []
    best = weights[ranked[0]]
    return [code for code in ranked[:_MOST_TOPICS] if weights[code] >= max(_LEAST, _SHARE * best)]


def _is_wanted(title: str, head: str) -> bool:
    if not re.search(r"[\u4e00-\u9fff]", title + head):
        return False
    title = title.split("关于", 1)[-1]  # the issuer's name says nothing of the matter
    if _NAMED_PROJECT.search(title) and not _PILOT.search(title):
        return False
    return not (_INTERNAL.search(title) or _LIST.search(title))


def _needs_grant_topic(title: str, head: str, sides: list[Side], topics: list[str]) -> bool:
    if Side.ENTERPRISE not in sides or _GRANTS in topics:
        return False
    return bool(_GRANT_WORDS.search(title)) or len(re.findall(r"给予.{0,12}(?:奖励|补助|补贴|资助)|万元", head)) >= 2
