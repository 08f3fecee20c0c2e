"""Where a firm is registered and pays its taxes."""

import re
from collections.abc import Iterator

from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.places import Place

_REGISTER = r"(?:注册|登记|设立|工商|成立|落户)"
_AFTER = re.compile(
    rf"(?:（[^）]{{0,24}}）)?(?:本[市区县省])?(?:[^，。；]{{0,3}}(?:行政区域|行政区划|行政区|辖区|区域|范围|境|地区|市域|区)+(?:范围)?(?:以?内)?)?(?:以?内)?(?:依法|合法|新|首次|正式|办理|进行|已|工商)*(?:{_REGISTER})(?!税|地点|商标|会计|建造)"
)
_LISTED = r"(?:[^，。；]{0,20}[、和及])?[：“]?$"
_BEFORE = re.compile(
    rf"(?:经营地|经营场所)(?:址|点)?(?:在|位于|为)$|(?:{_REGISTER})[^，。；]{{0,24}}(?:在|位于|于|为|属于?|地){_LISTED}"
)
_OWN = re.compile(
    r"(?:的|内|内的|辖区内|区域内)?(?:(?!示范|重点|龙头|先进|试点|品牌|优秀|体育|服务业)[^，。；、的企]){0,8}?(?:企业|公司|法人单位|市场主体|经营主体|建筑业企业)(?!家|迁|对)"
)
_OPERATES = re.compile(
    r"(?:辖区|范围|区域)?内?(?:实际)?(?:开展|从事|依法)?[^，。；]{0,6}(?:经营活动|生产经营)的?[^，。；]{0,8}(?:企业|单位|主体)"
)
_TAX_BEFORE = re.compile(
    r"(?:纳税|税务|税收|财政收入|财政片区|税源|缴税)[^，。；]{0,20}(?:在|位于|于|为|属于?|归属)"
    r"(?:[^，。；]{0,20}[、和及])?$|归属$"
)
_TAX_AFTER = re.compile(
    r"[^，。；]{0,16}(?:依法|正常|合法)?(?:纳税|缴税|税务(?:登记|关系|征管)|税收(?:征管|关系|解缴))(?!额|信用|情况|记录|超|达|申报|人|总|\d)"
)
_TAX_HERE = re.compile(r"(?:依法|正常|合法)?纳税的?(?!额)")
_TAX_IN_LIST = re.compile(r"税务|税收|纳税|财政(?:收入|关系)")
_NOT_OURS = re.compile(r"(?:外|以外|区外|市外|省外|向|经|由|到|赴|来|至|非)$")
_WORKS_THERE = re.compile(r"(?:企业|单位|公司)?[^，。；]{0,16}(?:工作|就业|缴纳|任职|存在劳动关系)")


def find_seat(clause: Clause, places: list[Place]) -> Iterator[Found]:
    """Registered seat and tax seat, each one of the `places` that the clause names."""
    text = clause.text
    seats: list[Found] = []
    for place in places:
        before = text[max(0, place.start - 44) : place.start]
        if _NOT_OURS.search(before) or text[place.end : place.end + 1] == "外":
            continue
        seats.extend(_seats(clause, place, before))
    yield from _merge(seats)


def _seats(clause: Clause, place: Place, before: str) -> Iterator[Found]:
    text = clause.text
    after = _AFTER.match(text, place.end)
    registered = bool(after or _BEFORE.search(before) or (clause.strict and _OPERATES.match(text, place.end)))
    if registered and _WORKS_THERE.match(text, after.end() if after else place.end) and not clause.strict:
        return
    owned = not registered and _OWN.match(text, place.end)
    if registered or (
        owned and not re.search(r"[^对的、，；：]$", before[-1:]) and not _WORKS_THERE.match(text, place.end)
    ):
        yield Found("region", "in", [place.code], place.start, after.end() if after else place.end)
    taxed = (
        _TAX_BEFORE.search(before)
        or _TAX_AFTER.match(text, place.end)
        or (registered and _BEFORE.search(before) and _TAX_IN_LIST.search(before))
    )
    if taxed and (registered or clause.strict or _TAX_HERE.match(text, place.end)):
        yield Found("tax_region", "in", [place.code], place.start, place.end)


def _merge(seats: list[Found]) -> Iterator[Found]:
    """One condition a field: the first, with the places of the same clause that follow it in a list."""
    for field in ("region", "tax_region"):
        same = [found for found in seats if found.field == field]
        if same:
            codes = list(dict.fromkeys(code for found in same for code in found.value))
            yield Found(field, "in", codes[:1] if len(same) == 1 else codes, same[0].start, same[-1].end)
