"""Who issued a document, and of which place, as far as title, signature and name tell."""

import re
from collections import Counter
from functools import lru_cache

from core.vocabulary.load import load_vocabulary
from policies.dates import find_signed

_BODY = (
    r"(?:人民政府|政府|办公厅|办公室|委员会|总局|管理局|局|部|厅|署|总行|银行|中心|国务院|中共中央|市委|区委|省委|县委|党委|"
    r"发展改革委|国资委|卫生健康委|管委会|政府办|指挥部|领导小组|联席会议|法院|检察院|税务局|分局|监管局|监管总局|委|办|院|会|处|社|协会|联合会)"
)
_AND_OTHERS = r"(?:等[一二三四五六七八九十\d]*个?(?:部门|单位|委局)?)?"
_BEFORE_MATTER = re.compile(
    rf"^(?!关于|印发|转发|批转|发布)(?P<who>[\u4e00-\u9fa5、，,\s（）()·]{{1,120}}?{_BODY})\s*{_AND_OTHERS}\s*"
    r"(?=关于|印发|转发|批转|公告|通告|令|发布|命令)"
)
_LABEL = re.compile(r"^【([^】]{2,80})】")
_NAME = re.compile(rf"^[\u4e00-\u9fa5、\s（）()·]{{2,60}}{_BODY}$")
_ENDS_IN_BODY = re.compile(rf"{_BODY}$")

_OVER_PLACES = re.compile(r"^(?:中共|国家税务总局|中国人民银行|国家金融监督管理总局|国家外汇管理局)(?=.)")
_NATIONAL = re.compile(
    r"^(?:中共中央|国务院|全国|国家|中国|中华人民共和国|最高人民|财政部|教育部|科技部|科学技术部|工业和信息化部|公安部|民政部|司法部|"
    r"人力资源社会保障部|人力资源和社会保障部|自然资源部|生态环境部|住房城乡建设部|住房和城乡建设部|交通运输部|水利部|农业农村部|商务部|"
    r"文化和旅游部|退役军人(?:事务)?部|应急管理?部|税务总局|市场监管总局|海关总署|金融监管总局|人民银行|中国人民银行|医保局$|"
    r"中央|央行|住建部|发展改革委$)"
)


def agency_in_title(title: str) -> str:
    """`北京市人民政府办公厅关于…` → `北京市人民政府办公厅`; also from a label in front: `【温州市财政局】关于…`."""
    label = _LABEL.match(title)
    if label:
        return label[1] if _ENDS_IN_BODY.search(label[1]) else agency_in_title(title[label.end() :])
    found = _BEFORE_MATTER.match(title)
    return _joined(found["who"]) if found else ""


def agency_in_signature(text: str) -> str:
    """The lines over the date under the text, as far as they are names of bodies; several are joined by 、."""
    signed = find_signed(text)
    if signed is None:
        return ""
    names: list[str] = []
    for line in reversed(text.splitlines()[max(0, signed[0] - 6) : signed[0]]):
        if not line.strip():
            continue
        if not is_agency(line):
            break
        names.insert(0, _joined(line.strip()))
    return "、".join(names)


def is_agency(words: str) -> bool:
    """Whether `words` are the name of one body, or of several joined by 、, and nothing else."""
    return _NAME.match(words.strip()) is not None


def place_of(agency: str) -> str:
    """The place whose body `agency` is: `北京市海淀区`, `浙江省杭州市`; 全国 for a body of the state; else nothing."""
    first = agency.split("、")[0].removeprefix("【")
    rest = _OVER_PLACES.sub("", first)
    place = ""
    while name := _place_in_front(rest, short=not place):
        place += _place_names()[name]
        rest = rest[len(name) :]
    return place or ("全国" if _NATIONAL.match(first) else "")


def _place_in_front(words: str, *, short: bool) -> str:
    names = _place_names()
    fronts = (words[:length] for length in range(12, 1, -1))
    return next((front for front in fronts if front in names and (short or names[front] == front)), "")


@lru_cache(maxsize=1)
def _place_names() -> dict[str, str]:
    """Every name of a place → its full name; `杭州` stands for 杭州市 where that is the only place so called."""
    places = [r for r in load_vocabulary().regions.values() if r.level and not r.flag]
    names = {r.name: r.name for r in places}
    short = Counter(_short(r.name) for r in places)
    return {_short(n): n for n in names if n[-1] in "市省" and short[_short(n)] == 1 and len(n) > 2} | names


def _short(name: str) -> str:
    return name[:-1]


def _joined(names: str) -> str:
    return "、".join(part for part in re.split(r"[、，,\s]+", names) if part)
