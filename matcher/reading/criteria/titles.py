"""Qualifications: those of the vocabulary by every name, and honours that a policy names by level (省级、市级…称号)."""

import re
from collections.abc import Iterator

from core.vocabulary.load import Vocabulary
from matcher.reading.criteria.clause import Clause, Found

_MORE_NAMES = {
    "规上": "规模以上企业",
    "规模以上": "规模以上企业",
    "限上": "限额以上企业",
    "限额以上": "限额以上企业",
    "限上商贸": "限额以上商贸企业",
    "限额以上商贸": "限额以上商贸企业",
    "新三板挂牌": "新三板挂牌企业",
    "“四上”企业": "规模以上企业",
    "众创空间": "众创空间",
    "科技企业孵化器": "科技企业孵化器",
    "单项冠军": "single-champion",
    "小巨人": "little-giant",
}
_NOT_OWN = re.compile(
    r"(?:申报|申请|培育|认定|推荐|评选|创建|组织|建设|打造|引进|入库|成为|向|参与)(?:国家|省级?|市级?|区级?|级|为|的|、){0,4}$"
)
_BECOME = re.compile(
    r"(?:新|首次|首|已|初次|当年|重新)(?:被|获|通过)?(?:认定|评定|获评|获|列入|入选|获得)|(?:被|经|已)(?:[^，。；]{0,6})?认定"
)
_AWARDED = re.compile(
    r"[“”、和或及与企业中小]{0,16}(?:的?(?:申报|申请|认定|评定|评价)?(?:条件|标准)|的?(?:梯度)?培育"
    r"|(?:由|经)[^，。；]{2,24}(?:认定|评定|公布|组织)|的?(?:认定|评定|复核))"
)
"""What follows names of which the document says how they are awarded: they are not asked of who applies."""
_LEVEL = r"(?:国家|全国|省|自治区|市|区|县|部|世界)(?:级)?"
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,4}[省市区县](?!级)")
_AGAIN = re.compile(r"^(?:被|获)?(?:评定为|评为|认定为|获得|列入)")
_ONE_LEVEL = re.compile(_LEVEL)
_LEVELS = re.compile(rf"{_LEVEL}(?:(?:、|和|或|及|/)*{_LEVEL})*(?:[及]?以上)?")
_GOT = re.compile(
    r"(?:[首新]?获(?!准|批准)得?(?:评)?|荣获|取得|认定为|认定的|评为|被评(?:选|定)?为|评(?:定|选)为|列入|列为|入选|通过|授予|命名为|创建(?:为|成)(?!功)|建成|创成|备案为)(?:的)?"
    r"|给予(?=(?:国家|省|市|区|县)级[、和])"
)
_RUN = re.compile(r"[^，。；：给\n]{4,80}")
_END = re.compile(
    r"(?:的(?:荣誉)?称号|荣誉称号|称号|荣誉|认定(?!示范)|的(?:[^，。、的]{0,4}(?:企业|单位|机构|组织|农户))?$|的[^，。、的]{0,4}(?:企业|单位|机构)[，、]|分别|一次性|在[^，。]{1,6}内|奖励|不少于|最高|，)"
)
_NOUN = re.compile(
    r"(?:企业|基地|中心|园区|项目|平台|工作站|工作室|工厂|车间|单位|机构|产品|商标|工法|载体|孵化器|实验室|研究院|合作社|合作组织|农场|街区|景区|民宿|工地|行业|楼宇|学校|示范点|试点|资质|强企|服务商)"
    r"(?:（[^）]{1,8}）)?”?$"
)
_VAGUE = re.compile(r"相应|这些|该|上述|有关|具有|为|[^、“]{0,8}(?:高度|显著|一流|影响力)")
"""Words that begin what is no name of an honour (具有国际影响力的中心)."""
_ANY_FIRM = re.compile(r"(?:农业|工业|商贸|建筑|服务业|涉农|本地|相关)企业")
_ACTION = re.compile(
    r"管理机构|主管|设立|实施|新建|承担|投资|购买|开展|参加|企业在|项目在|自主(?!评价)|贷款|核定|审核|验收|立项|融资|计划|省级以上|入驻|成功的|以上的"
)


class Titles:
    """Finds qualifications; built once from the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._keys = {**_MORE_NAMES, **vocabulary.qualification_keys}
        names = sorted((n for n in self._keys if re.search(r"[\u4e00-\u9fff]", n)), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, names)))

    def find(self, clause: Clause) -> Iterator[Found]:
        """The qualifications that `clause` asks of an applicant."""
        known = list(self._list_known(clause))
        named = [f for f in self._list_named(clause) if not any(k.start < f.end and f.start < k.end for k in known)]
        yield from _join_names(clause.text, sorted([*known, *named], key=lambda f: f.start))

    def _list_known(self, clause: Clause) -> Iterator[Found]:
        text = clause.text
        for match in self._known.finditer(text):
            before = text[max(0, match.start() - 12) : match.start()]
            if _NOT_OWN.search(before) and not _BECOME.search(before):
                continue
            if self._keys[match[0]] == "agri-leading" and not re.search(r"农业|农产品|产业化", before + match[0]):
                continue
            if re.match(
                r"(?:管理办法|认定管理|培育|申报|评审|研发中心|研究开发中心|认定(?:条件|标准|办法|申报|系统|工作|管理)|”?(?:企业)?(?:申报(?:事项|须知|工作)|指标|认定(?:需|工作|和[^，。；]{0,4}复核))|[^，。；]{0,6}是指)",
                text[match.end() : match.end() + 8],
            ):
                continue
            if _AWARDED.match(self._known.sub("", text[match.end() : match.end() + 60])):
                continue
            yield Found("qualification", "in", [self._keys[match[0]]], match.start(), match.end())

    def _list_named(self, clause: Clause) -> Iterator[Found]:
        for got in _GOT.finditer(clause.text):
            run = _RUN.match(clause.text, got.end())
            if run is None:
                continue
            end = _END.search(run[0])
            words = run[0][: end.start()] if end else run[0]
            names = _read_names(words)
            if names:
                yield Found("qualification", "in", names, got.start(), got.end() + len(words))


_ROW = re.compile(
    r"(?:(?![，。；且并对获]|给予|奖|万元|认定)[\s\S]){0,14}[、或和](?:(?![，。；且并、对获]|给予)[\s\S]){0,10}"
)


def _join_names(text: str, found: list[Found]) -> Iterator[Found]:
    """Qualifications in one row are alternatives."""
    held: Found | None = None
    for item in found:
        if held and _ROW.fullmatch(text, held.end, max(held.end, item.start)):
            held = Found(held.field, held.op, list(dict.fromkeys([*held.value, *item.value])), held.start, item.end)
            continue
        if held:
            yield held
        held = item
    if held:
        yield held


def _read_names(words: str) -> list[str]:
    """`国家级、省级示范园区或重点企业` → 国家级示范园区, 省级示范园区, 重点企业; nothing where a part is no honour."""
    names: list[str] = []
    rest, place = words, ""
    if _VAGUE.match(words):
        return []
    while rest:
        levels = _LEVELS.match(rest)
        body = (rest[levels.end() :] if levels else rest).removeprefix("的")
        stop = _split(body)
        name = _unquote(body[:stop])
        if len(name) < 4 or _ANY_FIRM.fullmatch(name) or not _NOUN.search(name) or _ACTION.search(name):
            return []
        named = _PLACE.match(name)
        names += [mark + name for mark in _marks(levels[0])] if levels else [name if named else place + name]
        place = named[0] if named and body[stop : stop + 1] == "或" else ""
        rest = _AGAIN.sub("", body[stop:].lstrip("、或和及以与"))
    return names


def _unquote(name: str) -> str:
    """`“小巨人”` without its marks; `“互联网+”示范项目` as it stands."""
    return name.strip("“”") if name.startswith("“") and name.find("”") in (-1, len(name) - 1) else name


def _marks(levels: str) -> list[str]:
    """`国家、省级` → 国家级, 省级; a single 省 stays as it stands."""
    marks = list(dict.fromkeys(match[0] for match in _ONE_LEVEL.finditer(levels)))
    return marks if len(marks) == 1 else [_level(mark) for mark in marks]


def _split(body: str) -> int:
    """Where the first name of a list ends: before a joint that follows a noun of honour."""
    for joint in re.finditer(r"[、或和及与]", body):
        if _NOUN.search(body[: joint.start()]) and len(body) - joint.end() >= 4:
            return joint.start()
    return len(body)


def _level(word: str) -> str:
    return word if word in ("全国", "世界") or word.endswith("级") else word + "级"
