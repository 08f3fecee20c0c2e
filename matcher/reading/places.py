"""Names of places in a text and the codes they stand for."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from operator import add

from core.vocabulary.codes import region_covers, region_prefix
from core.vocabulary.load import Vocabulary

COUNTRY = "000000"
_SUFFIX = re.compile(
    r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|[\u4e00-\u9fff]{1,5}族(?:[\u4e00-\u9fff]{1,4}族)*自治[州县]|地区|[省市盟])$"
)
_KINDS = re.compile(r"新区|开发区|产业园|保税区|特区")
_ZONES = {
    "雄安新区": "130600",
    "横琴": "440400",
    "前海": "440300",
    "南沙新区": "440115",
    "博鳌乐城": "469002",
    "洋浦": "460400",
    "张江": "310115",
    "西海岸新区": "370211",
    "两江新区": "500000",
    "天府新区": "510100",
    "西咸新区": "610100",
    "兰州新区": "620100",
    "贵安新区": "520100",
    "湘江新区": "430100",
    "赣江新区": "360100",
    "滇中新区": "530100",
    "舟山群岛新区": "330900",
    "江北新区": "320100",
    "中关村": "110108",
    "北京经济技术开发区": "110115",
    "苏州工业园区": "320500",
    "中新广州知识城": "440112",
}
"""Zones without a code of their own: the smallest place of GB/T 2260 that holds them (their founding documents)."""
_ALSO_WORDS = frozenset(
    {"东方市", "永安市", "江山市", "新民市", "天门市", "长乐市", "平度市", "高平市", "合作市", "安宁市"}
)
"""County-level cities whose short names are words, or names of much else, too."""
_LOCAL = re.compile(
    r"(?:本|我|全)(?P<kind>省|自治区|市|区|县|州|盟|旗)(?!域|分)|(?P<here>本地|当地|属地)|(?P<land>中华人民共和国关?境内|中国境内|我国境内|国内|全国)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place named at `text[start:end]`."""

    code: str
    start: int
    end: int


class Gazetteer:
    """All places of the vocabulary by their full names, and provinces and cities by their short ones as well."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._regions = vocabulary.regions
        self._names: dict[str, list[str]] = defaultdict(list)
        self._lengths: dict[str, list[int]] = defaultdict(list)
        for region in vocabulary.regions.values():
            if region.flag == "pseudo" or region.level == 0:
                continue
            self._add(region.name, region.code)
            for short in _shorten(region.name, region.level):
                self._add(short, region.code)
        self._towns = {
            region.name.removesuffix("市"): region.code
            for region in vocabulary.regions.values()
            if region.level == 3 and region.name.endswith("市") and region.name not in _ALSO_WORDS
        }
        for town, code in self._towns.items():
            for area in self._above(code):
                for short in _shorten(self._regions[area].name, self._regions[area].level):
                    self._add(short + town, code)
        for name, code in _ZONES.items():
            if name not in self._names:
                self._add(name, code)
        for key, lengths in self._lengths.items():
            self._lengths[key] = sorted(set(lengths), reverse=True)

    def _add(self, name: str, code: str) -> None:
        if code not in self._names[name]:
            self._names[name].append(code)
            self._lengths[name[:2]].append(len(name))

    def find_code(self, name: str) -> str | None:
        """The code of a whole name (`浙江省温州市鹿城区`, `北京`, `全国`, `330302`); None if it names no place."""
        name = name.strip()
        if re.fullmatch(r"\d{6}", name):
            return name if name in self._regions else None
        if not name:
            return None
        if name in ("全国", "国家", "中国", "中央"):
            return COUNTRY
        places = list(self.list_places(name, COUNTRY))
        return places[0].code if places else None

    def level(self, code: str) -> int:
        """1 a province, 2 a city, 3 a county or district; 0 what has no code."""
        return self._regions[code].level if code in self._regions else 0

    def find_town(self, title: str) -> str | None:
        """The code of the county-level city that `title` begins with by its short name: 宜都人才购房补贴."""
        return next((code for length in (4, 3, 2) if (code := self._towns.get(title[:length]))), None)

    def list_places(self, text: str, within: str) -> Iterator[Place]:
        """The places `text` names, a chain (浙江省温州市) as its last; of places of one name that in `within`."""
        chain: Place | None = None
        for start, end, codes in self._hits(text):
            inside = chain.code if chain and chain.end == start else within
            code = self._choose(codes, inside, COUNTRY if chain and chain.end == start else within)
            if chain and chain.end == start and code and code != chain.code and region_covers(chain.code, code):
                chain = Place(code, chain.start, end)
                continue
            if chain:
                yield chain
            chain = Place(code, start, end) if code else None
        if chain:
            yield chain

    def _hits(self, text: str) -> Iterator[tuple[int, int, list[str]]]:
        behind = 0
        lengths, names = self._lengths, self._names
        for position, pair in enumerate(map(add, text, text[1:])):
            if pair not in lengths or position < behind:
                continue
            for length in lengths[pair]:
                codes = names.get(text[position : position + length])
                if codes and not _KINDS.match(text, position + length):
                    behind = position + length
                    yield position, behind, codes
                    break

    def _choose(self, codes: list[str], inside: str, within: str) -> str | None:
        for area in (inside, within, *self._above(within)):
            held = [code for code in codes if region_covers(area, code)]
            if len(held) == 1:
                return held[0]
            if held and area == COUNTRY:
                return held[0] if len(region_prefix(held[0])) == 2 else None
            if held:
                top = min(held, key=lambda code: len(region_prefix(code)))
                return top if sum(len(region_prefix(c)) == len(region_prefix(top)) for c in held) == 1 else None
        return None

    def _above(self, code: str) -> Iterator[str]:
        while code in self._regions and (parent := self._regions[code].parent):
            yield parent
            code = parent

    def list_all(self, text: str, home: str) -> list[Place]:
        """The places that `text` names or means (本市, 我区, 中华人民共和国境内) when an issuer of `home` speaks."""
        named = list(self.list_places(text, home))
        local = [
            p for p in self._list_local(text, home) if not any(n.start <= p.end and p.start <= n.end for n in named)
        ]
        return sorted([*named, *local], key=lambda place: place.start)

    def _list_local(self, text: str, home: str) -> Iterator[Place]:
        for match in _LOCAL.finditer(text):
            meant = COUNTRY if match["land"] else home if match["here"] else self._own(match["kind"], home)
            if meant:
                yield Place(meant, match.start(), match.end())
        region = self._regions.get(home)
        if region is not None and region.level == 3 and len(short := region.name[:-1]) >= 2:
            yield from (Place(home, m.start(), m.end()) for m in re.finditer(f"{re.escape(short)}(?![区县市旗])", text))

    def _own(self, kind: str, home: str) -> str | None:
        """The nearest place at or above `home` that is called a `kind`: 本市 said by 鹿城区 is 温州市."""
        for code in (home, *self._above(home)):
            region = self._regions.get(code)
            if region is None or region.flag == "pseudo" or code == COUNTRY:
                continue
            if region.name.endswith(kind) or (kind == "区" and "自治区" in region.name and code == home):
                return code
        return None


def _shorten(name: str, level: int) -> list[str]:
    """`内蒙古自治区` → 内蒙古, `温州市` → 温州, `恩施土家族苗族自治州` → 恩施, 恩施州; counties keep their names."""
    if level > 2:
        return []
    short = _SUFFIX.sub("", name)
    if name.endswith("自治州"):
        stem = re.match(
            r"[\u4e00-\u9fff]{2,4}?(?=(?:蒙古|藏|回|彝|壮|傣|白|苗|侗|羌|朝鲜|布依|土家|哈尼|傈僳|景颇|柯尔克孜|哈萨克)族)|[\u4e00-\u9fff]{2,4}?(?=(?:蒙古|哈萨克|柯尔克孜)自治州)",
            name,
        )
        short = stem[0] if stem else short
        return [short, short + "州"] if len(short) >= 2 else []
    return [short] if len(short) >= 2 and short != name else []
