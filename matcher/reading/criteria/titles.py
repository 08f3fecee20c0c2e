"""Qualifications: those of the vocabulary by every name, and honours that a policy names by level (省级、市级…称号)."""

import re
from collections.abc import Iterator

from core.vocabulary.load import Vocabulary
from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.criteria.words import join_lists

_MORE_NAMES = {
    "规上": "规模以上企业",
    "规模以上": "规模以上企业",
    "限上": "限额以上企业",
    "限额以上": "限额以上企业",
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
_LEVEL = r"(?:国家|全国|省|自治区|市|区|县|部|世界)(?:级)?"
_LEVELS = rf"{_LEVEL}(?:(?:、|和|或|及|（含）|以上|以下)*{_LEVEL})*(?:及?以上|以上)?"
_GOT = r"(?:(?:新|首次?|初次|已|当年度?|成功)*(?:获得?|获评|荣获|取得|认定为?|评为|被评(?:选|定)?为|评(?:定|选)为|列入|列为|入选|通过|授予|命名为|创建(?:为|成)?|建成|创成|备案为))(?:的)?"
_HONOUR = re.compile(
    rf"{_GOT}(?P<levels>{_LEVELS})?(?P<name>[\u4e00-\u9fffA-Za-z“”（）·+]{{2,30}}?(?:示范|重点|龙头|先进|标杆|试点|优秀|品牌|特色|骨干|领军|知名|冠军|瞪羚|独角兽)?"
    r"(?:企业|基地|中心|园区|项目|平台|工作站|工作室|工厂|车间|单位|机构|产品|商标|工法|载体|孵化器|实验室|研究院|合作社|农场|街区|景区|民宿))(?:称号|荣誉(?:称号)?|认定|资质|的|，|；|。|$|、)"
)
_PLAIN_LEVEL = re.compile(rf"{_LEVEL}")
_ACTION = re.compile(
    r"设立|实施|新建|承担|投资|购买|开展|参加|企业在|的企业|项目在|自主|贷款|核定|审核|验收|备案(?!为)|立项|融资|计划"
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
        yield from join_lists(clause.text, [*known, *named])

    def _list_known(self, clause: Clause) -> Iterator[Found]:
        text = clause.text
        for match in self._known.finditer(text):
            before = text[max(0, match.start() - 12) : match.start()]
            if _NOT_OWN.search(before) and not _BECOME.search(before):
                continue
            if re.match(
                r"(?:管理办法|认定管理|培育|申报|评审|研发中心|研究开发中心|认定(?:条件|标准|办法))",
                text[match.end() : match.end() + 8],
            ):
                continue
            yield Found("qualification", "in", [self._keys[match[0]]], match.start(), match.end())

    def _list_named(self, clause: Clause) -> Iterator[Found]:
        for match in _HONOUR.finditer(clause.text):
            name = match["name"].strip("“”的")
            if _ACTION.search(name) or len(name) < 4:
                continue
            levels = list(dict.fromkeys(_level(m[0]) for m in _PLAIN_LEVEL.finditer(match["levels"] or "")))
            yield Found(
                "qualification", "in", [level + name for level in levels] or [name], match.start(), match.end("name")
            )


def _level(word: str) -> str:
    return word if word in ("全国", "世界") or word.endswith("级") else word + "级"
