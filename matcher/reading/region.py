"""Where a policy holds: the issuer's area, or the smaller place that title or text limits it to."""

import re
from collections import Counter

from core.vocabulary.codes import region_covers
from matcher.document import Document
from matcher.reading.latin import list_cities
from matcher.reading.places import COUNTRY, Gazetteer, Place
from matcher.reading.script import fold

_STATE = re.compile(
    r"国务院|中共中央|全国人大|国家[\u4e00-\u9fff]{1,8}(?:局|委|部)|中国人民银行(?:关于|办公厅|$)|[\u4e00-\u9fff]{0,8}总局|(?!.{0,8}[省市县区])[\u4e00-\u9fff]{2,8}部(?:办公厅|关于|等|$)"
)
_TOP = re.compile(r"(?:国务院|中共中央)(?!参事)")
_BRANCH = re.compile(
    r"(?:国家|中国|中华人民共和国)[^，。；\s]{0,10}?(?:总局|银行|局|海关)"
    r"(?=[^，。；\s]{2,12}?(?:税务局|分局|监管局|管理局|分行|支行|调查队|海关))|中华人民共和国(?=[^，。；\s]{2,6}海关)"
)
"""A national body whose branch in a place speaks: 国家税务总局苏州工业园区税务局."""
_ACROSS = re.compile(r"长三角|长江三角洲|京津冀|粤港澳大湾区|成渝|长江经济带|黄河流域|泛珠三角|长江中游|东北地区")
"""Areas of several provinces, which no code stands for."""
_EVERYWHERE = re.compile(r"^\s*各省、自治区、直辖市")
_SALUTATION = re.compile(r"^(?:各|[^。；，：\n]{2,12}、)(?![^\n]{0,300}如下)[^。；\n]{2,300}：$", re.MULTILINE)
"""To whom a text is written: the places it names are not where it comes from."""
_OWN = re.compile(r"[我全本](省|自治区|市|州|县|区|旗)(?!域|分|别|内外)")
_AUTONOMOUS = frozenset({"15", "45", "54", "64", "65"})
_LEVELS = {"省": 1, "自治区": 1, "市": 2, "州": 2, "县": 3, "区": 3, "旗": 3}
_RELAYED = re.compile(r"转发|批转|推广|对接|交易会|博览会|举办|高速|铁路|公路|引水|机场")
_FREE = re.compile(r"(?:^|[^\u4e00-\u9fff]|关于|支持|推进|建设|加快|印发|促进|培育|同意|在|与|和)$")
_ABROAD = ("71", "81", "82")
_MORE = re.compile(r"(?:、[\u4e00-\u9fff]{2,6})?等")
_PROVINCIAL = re.compile(r"Provinc|Autonomous Region|Municipal People")
_HEAD = 400
"""Characters in which a title or text names its issuer."""
_SAMPLE = 4000
"""Characters in which places are counted."""


def read_region(document: Document, gazetteer: Gazetteer) -> str:
    """The six-digit code of the area in which `document` holds; `000000` for the country or where nothing says."""
    title = fold(document.title[:_HEAD])
    if _TOP.match(title):
        return _narrow(title, COUNTRY, gazetteer) or COUNTRY
    home = gazetteer.find_code(fold(document.region[:_HEAD])) or _issuer(document, title, gazetteer)
    return (
        _narrow(title, home, gazetteer)
        or _narrow_by_text(document, title, home, gazetteer)
        or _own_district(title + fold(document.text[:_SAMPLE]), home, gazetteer)
        or home
    )


def _issuer(document: Document, title: str, gazetteer: Gazetteer) -> str:
    """The area of the agency; without one, of the first place that the title (or the text's beginning) names."""
    for words in (fold(document.agency[:_HEAD]), title):
        if not words:
            continue
        branch = _BRANCH.search(words)
        if _STATE.match(words) and not branch:
            return COUNTRY
        if place := next(iter(gazetteer.list_places(words, COUNTRY)), None):
            return place.code
    if town := gazetteer.find_town(title):
        return town
    return COUNTRY if _ACROSS.search(title) else _speaker(fold(document.text[:_SAMPLE]), gazetteer)


def _speaker(text: str, gazetteer: Gazetteer) -> str:
    """The area from which a text without agency speaks: of the level that it calls its own (全市, 我县), if any."""
    if not text or _STATE.match(text) or _EVERYWHERE.search(text):
        return COUNTRY
    text = _SALUTATION.sub(lambda line: "■" * len(line[0]), text[:_SAMPLE])
    levels = Counter(_LEVELS[kind] for kind in _OWN.findall(text))
    places = list(gazetteer.list_places(text, COUNTRY))
    if places and places[0].code[:2] in _AUTONOMOUS:
        levels[3] = 0  # 我区 may be the autonomous region
    if levels.total():
        level = levels.most_common(1)[0][0]
        if place := next((p for p in places if gazetteer.level(p.code) == level), None):
            return place.code
    return next((place.code for place in places if place.start < _HEAD), COUNTRY)


def _narrow(title: str, home: str, gazetteer: Gazetteer) -> str | None:
    """The one smaller place that the title is about, if there is one."""
    places = [p for p in gazetteer.list_places(title, home) if p.code != home and region_covers(home, p.code)]
    if not places or len({place.code for place in places}) != 1 or _RELAYED.search(title):
        return None
    place = places[0]
    if place.code.startswith(_ABROAD) or not _stands_free(title, place) or _MORE.match(title, place.end):
        return None
    return place.code


def _stands_free(title: str, place: Place) -> bool:
    """Whether the name is a name and no piece of other words (复合肥, 省立中山图书馆)."""
    name = title[place.start : place.end]
    if title[place.start - 1 : place.start] == "立":
        return False
    return name[-1] in "市区县州盟旗" or len(name) > 3 or bool(_FREE.search(title[: place.start]))


def _own_district(text: str, home: str, gazetteer: Gazetteer) -> str | None:
    """The district of the city `home` that speaks: the text calls a district its own (全区, 我县) and names it."""
    levels = Counter(_LEVELS[kind] for kind in _OWN.findall(text))
    if gazetteer.level(home) != 2 or levels[3] < 2 or levels[3] <= levels[2]:
        return None
    counts = Counter(
        p.code
        for p in gazetteer.list_places(text, home)
        if gazetteer.level(p.code) == 3 and region_covers(home, p.code)
    )
    (code, times), *others = counts.most_common(2) or [("", 0)]
    return code if times >= 2 and all(3 * other <= times for _, other in others) else None


def _narrow_by_text(document: Document, title: str, home: str, gazetteer: Gazetteer) -> str | None:
    """For a title without a Chinese word: the city that it or the agency spells, else one the text keeps naming."""
    if home == COUNTRY or re.search(r"[\u4e00-\u9fff]", title):
        return None
    spelt = [gazetteer.find_code(name) for name in list_cities(f"{title} {document.agency[:_HEAD]}")]
    inside = {code for code in spelt if code and code != home and region_covers(home, code)}
    if len(inside) == 1:
        return inside.pop()
    if _PROVINCIAL.search(f"{title} {document.agency[:_HEAD]}"):
        return None
    text = fold(document.text[:_SAMPLE])
    counts = Counter(
        p.code for p in gazetteer.list_places(text, home) if p.code != home and region_covers(home, p.code)
    )
    if not counts:
        return None
    (code, times), *others = counts.most_common(2)
    return code if times >= 3 and all(2 * other <= times for _, other in others) else None
