"""Conditions on where a person belongs and lives: hukou, residence, home of one's own."""

import re
from collections.abc import Iterator

from matcher.reading.criteria.clause import Clause, Found, Setting
from matcher.reading.places import Place

_HUKOU = re.compile(
    r"(?:市区|城区|主城区|城镇|农村|农业|非农业|常住|居民)*(?:户籍|户口)(?!制度|管理|所在地证|簿|登记|改革|证明|迁移|准入|政策)"
)
_NO_MATTER = re.compile(r"(?:办理|迁入|落|入|登记|申报|转为|不限|不受|取消|无论|不论|不分)(?:[^，。；]{0,4})?$")
_OUTSIDE = re.compile(r"(?:非|外|外地|外[市省县区]|[市省县区]外|异地)$")
_NOT = re.compile(r"(?:非|不具有|不是|没有|不属于)$")
_TOWN = re.compile(r"(?:市区|城区|主城区|县城|当地|本地)[^，。；]{0,8}(?:户籍|户口)$")
_IN = re.compile(r"[在为于]$")
_RESIDE = re.compile(
    r"(?:行政区域|范围|辖区)?(?:内)?(?:合法|稳定|长期|常年|持有|有效|的)*(?:常住(?!户)|居民(?!委员会|身份|家庭购|收入|住宅|消费)|居住(?!区|小区|用地|条件|权|证明)|市民(?!中心|政|服务))"
)
_HOMELESS = re.compile(
    r"(?:无|没有?(?:拥有)?|未拥有|不拥有|未购)(?:任何|自有|产权|自有产权|商品|成套|其他)*(?:住房|房产|住宅|房屋(?!产权证)|房(?=[，。；、的且家户居或]|$))|名下无[^，。；]{0,10}(?:房|住宅)|无(?:住宅|住房)类?房?屋?(?:记录|登记|信息)|无房(?!屋登记|源)(?:家庭|职工|户|居民)?"
)
_FIRST = re.compile(
    r"(?:首套|第一套|首次购(?:买|房))(?:家庭|自住|新建|普通|商品|改善|刚需|刚性|唯一|房屋)*(?:住房|商品房|住宅|房)(?!贷款|利率|信贷|政策|首付|认定|标准|、二套|和二套|或二套|及二套|或第二套|最低)?|首次购(?:买)?房(?=[（，。；的]|$)"
)
_FIRST_NOT = re.compile(
    r"(?:按|执行|认定(?:为|标准)?|视为|享受|统一|非|调整|存量|降低|区分|优化|落实|利率|视同|确定)(?:[^，。；]{0,6})?$"
)
_FIRST_AFTER = re.compile(
    r"(?:贷款)?(?:利率|信贷|政策|首付|认定|最低|、二套|和二套|或二套|及二套|或第二套|或者|标准|贷款(?:最低|利率|首付))"
)


def find_home(clause: Clause, places: list[Place], setting: Setting) -> Iterator[Found]:
    """Hukou, residence and whether one owns a home; `places` are those the clause names."""
    for match in _HUKOU.finditer(clause.text):
        if not _NO_MATTER.search(clause.text[max(0, match.start() - 14) : match.start()]):
            yield from _hukou(clause.text, match, places, setting.home)
    if clause.strict:
        yield from _residence(clause.text, places)
    yield from _find_owner(clause.text)


def _hukou(text: str, match: re.Match[str], places: list[Place], home: str) -> Iterator[Found]:
    place = _place_of(text, match, places)
    start = min(place.start, match.start()) if place else match.start()
    foreign = _OUTSIDE.search(text[max(0, match.start() - 4) : match.start()]) or (
        place and (_NOT.search(text[max(0, place.start - 4) : place.start]) or text[place.end : place.end + 1] == "外")
    )
    if place or foreign or _TOWN.search(text[max(0, match.start() - 8) : match.end()]):
        code = place.code if place else home
        yield Found("hukou_region", "not_in" if foreign else "in", [code], start, match.end())


def _place_of(text: str, match: re.Match[str], places: list[Place]) -> Place | None:
    """The place just before 户籍, or the one 户籍在 …."""
    before = [place for place in places if 0 <= match.start() - place.end <= 6]
    if before:
        return before[-1]
    after = [place for place in places if 0 <= place.start - match.end() <= 4]
    return after[0] if after and _IN.search(text[match.end() : after[0].start]) else None


def _residence(text: str, places: list[Place]) -> Iterator[Found]:
    for place in places:
        if (match := _RESIDE.match(text, place.end)) and "户籍居民" not in text[place.start : match.end() + 2]:
            yield Found("residence_region", "in", [place.code], place.start, match.end())
            return


def _find_owner(text: str) -> Iterator[Found]:
    for match in _HOMELESS.finditer(text):
        if re.search(r"视为|视同|认定为|虽$|非$|虽|不属于", text[max(0, match.start() - 8) : match.start()]):
            continue
        yield Found("owns_home", "eq", False, match.start(), match.end())
        return
    for match in _FIRST.finditer(text):
        if _FIRST_NOT.search(text[max(0, match.start() - 10) : match.start()]) or _FIRST_AFTER.match(text, match.end()):
            continue
        yield Found("owns_home", "eq", False, match.start(), match.end())
        return
