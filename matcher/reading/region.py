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
_RELAYED = re.compile(r"转发|批转|推广|对接|交易会|博览会|举办|高速|铁路|公路|引水|机场")
_FREE = re.compile(r"(?:^|[^\u4e00-\u9fff]|关于|支持|推进|建设|加快|印发|促进|培育|同意|在|与|和)$")
_ABROAD = ("71", "81", "82")
_MORE = re.compile(r"(?:、[\u4e00-\u9fff]{2,6})?等")
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
    return _narrow(title, home, gazetteer) or _narrow_by_text(document, title, home, gazetteer) or home


def _issuer(document: Document, title: str, gazetteer: Gazetteer) -> str:
    """The area of the agency; without one, of the first place that the title (or the text's beginning) names."""
    for words in (fold(document.agency[:_HEAD]), title, fold(document.text[:_HEAD])):
        if not words:
            continue
        if _STATE.match(words):
            return COUNTRY
        if place := next(iter(gazetteer.list_places(words, COUNTRY)), None):
            return place.code
    return gazetteer.find_town(title) or COUNTRY


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


def _narrow_by_text(document: Document, title: str, home: str, gazetteer: Gazetteer) -> str | None:
    """For a title without a Chinese word: the city that it or the agency spells, else one the text keeps naming."""
    if home == COUNTRY or re.search(r"[\u4e00-\u9fff]", title):
        return None
    spelt = [gazetteer.find_code(name) for name in list_cities(f"{title} {document.agency[:_HEAD]}")]
    inside = {code for code in spelt if code and code != home and region_covers(home, code)}
    if len(inside) == 1:
        return inside.pop()
    text = fold(document.text[:_SAMPLE])
    counts = Counter(
        p.code for p in gazetteer.list_places(text, home) if p.code != home and region_covers(home, p.code)
    )
    if not counts:
        return None
    (code, times), *others = counts.most_common(2)
    return code if times >= 3 and all(2 * other <= times for _, other in others) else None
