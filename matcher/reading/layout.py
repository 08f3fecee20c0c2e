"""How a policy is laid out: numbered items under one another, and what each part is for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto


class Part(Enum):
    """What a part of the text speaks of."""

    BODY = auto()  # says nothing of itself
    CONDITION = auto()
    EXCLUSION = auto()  # who may not
    BENEFIT = auto()
    MATERIAL = auto()
    PROCEDURE = auto()
    TIME = auto()
    PLACE = auto()
    CONTACT = auto()
    FRAME = auto()  # aims, duties, supervision, organisation: no condition on anyone who applies


@dataclass(slots=True)
class Item:
    """A numbered (or unnumbered) item: `text[start:stop]` is its own, `children` come after it.

    `body` is where its words begin behind the marker. `choice`: of its children one is enough. `below`: what the
    children are where that differs from the item itself.
    """

    rank: float
    start: int
    body: int
    stop: int
    part: Part = Part.BODY
    choice: bool = False
    below: Part | None = None
    children: list["Item"] = field(default_factory=list)

    def walk(self) -> Iterator["Item"]:
        """The item and all below it, in the order of the text."""
        stack = [self]
        while stack:
            item = stack.pop()
            yield item
            stack.extend(reversed(item.children))


_N = "一二三四五六七八九十百"
_MARKER = re.compile(
    rf"(?P<chapter>第[{_N}\d]{{1,4}}[章节])|(?P<article>第[{_N}\d]{{1,4}}条)|(?P<label>【[^】\n]{{2,12}}】)"
    rf"|(?P<one>[{_N}]{{1,3}}[、.](?!\d))|(?P<two>（[{_N}]{{1,3}}）|(?<=\n)[{_N}]{{1,3}}）)"
    r"|(?P<three>\d{1,2}(?:[、]|\.(?!\d)|\.(?=\d{2}(?:[-—至~]\d{2})?(?:周?岁|年|家))|\.(?=(?:19|20)\d{2}年)))|(?P<four>（\d{1,2}）|\d{1,2}）)|(?P<five>[①-⑳])"
    r"|(?<=[。；])(?P<inline>[\u4e00-\u9fff]{2,8})(?=：)"
)
_RANKS = {"chapter": 1, "article": 2, "label": 2, "one": 3, "two": 4, "three": 5, "four": 6, "five": 7, "inline": 8}
_BULLET = re.compile(r"(?:——|[●•·■◆○▪➤►▶★※])\s*")
_LINE = 8
_BEFORE = frozenset("\n。；：！ 】")

_PARTS: list[tuple[Part, re.Pattern[str]]] = [
    (
        Part.MATERIAL,
        re.compile(
            r"(?:申报|申请|办理|提交|提供|所需|报送|受理)?(?:材料|资料|要件)(?:要求|清单|目录|内容)?$|(?:提交|提供|报送|携带)[^，。]{0,12}(?:材料|资料|证件)"
        ),
    ),
    (
        Part.TIME,
        re.compile(
            r"(?:申报|申请|受理|报名|办理|兑现|执行|实施|有效|提取)?(?:时间|期限|时限|日期|截止时间)(?:安排|要求|和方式)?$|(?:什么时候|何时|多久)[^，。]{0,6}(?:申请|申领|申报|到账|办)"
        ),
    ),
    (Part.CONTACT, re.compile(r"联系(?:人|方式|电话|我们)|咨询(?:电话|方式)|服务电话|联系单位")),
    (
        Part.PLACE,
        re.compile(r"(?:办理|受理|申报|申请|报送|报名|咨询)(?:地点|地址|窗口|渠道|入口|网址|平台|途径|方式)|办理机构"),
    ),
    (
        Part.EXCLUSION,
        re.compile(
            r"(?:不予|不得|不再|不能|不适用|不属于|不享受|负面清单)[^。]{0,16}(?:情形|范围|条件|之一|对象|：)|排除|除外情形"
        ),
    ),
    (
        Part.FRAME,
        re.compile(
            r"总则|附则|总体(?:要求|思路|目标|布局)|指导思想|基本原则|工作(?:目标|要求|原则|任务|安排)|(?:主要|重点)(?:目标|任务)|发展目标"
            r"|(?:保障|组织)(?:措施|实施|保障|领导)|监督|管理(?:要求|与|和|规范)|绩效|责任|职责|背景|意义|依据|名词解释|加强组织|强化组织|附件|宣传|考核|评估"
            r"|来信(?:内容|标题|时间)|(?:咨询|留言|提问|问题)内容|信息公开|资金(?:管理|来源|使用|拨付)|验收|变更|终止|退出|撤销|法律责任|罚则"
        ),
    ),
    (
        Part.CONDITION,
        re.compile(
            r"(?<!符合)条件(?!的)|对象|(?<!法人)资格|适用范围|适用(?:人群|主体|企业)|申报(?:范围|主体|单位|门槛)|支持范围|(?:补贴|补助|奖励|资助|保障|覆盖|受理|发放|享受)(?:范围|人员|人群)"
            r"|(?:申报|申请|入选|认定|基本|准入|遴选|报名|参评|评选)(?:要求|标准|人)|申请人|(?:申报|申请)(?:企业|单位|主体)(?:应|须|需)|哪些(?:人|企业|单位)"
        ),
    ),
    (
        Part.PROCEDURE,
        re.compile(
            r"程序|流程|步骤|方式|(?:怎么|如何|怎样)(?:申请|申领|办理|领取|申报|办)|(?:申报|审核|审批|评审|受理|推荐|申请|办理|认定|遴选)(?:办法|与)?$|审核|评审|公示|报送|须知|注意事项|操作"
        ),
    ),
    (
        Part.BENEFIT,
        re.compile(
            r"(?:支持|补贴|补助|奖励|资助|扶持|优惠|贷款|提取|待遇|发放|贴息|减免)(?:标准|内容|方式|措施|政策|额度|力度|项目|方向|强度|重点)|标准$|额度|怎么补|补多少"
        ),
    ),
]
_LEAD = re.compile(
    r"(?:以下(?!简称|称|统称)|下列|如下|下述|上述)[^。，；：]{0,16}(条件|情形|要求|对象|标准|情况|范围|人员|单位|企业|材料|资料|证件)[^。；：]{0,60}：?$"
)
_LEAD_INSIDE = re.compile(
    r"(?:符合|具备|满足|属于)(?:以下|下列)[^。，；：]{0,8}(?:条件|情形)(?:之一)?的[^，。；]{0,12}[，。]"
)
_HEADING = 24
"""An item whose first sentence is no longer than this is taken to name itself by it."""
_LABEL_LINE = re.compile(r"[\u4e00-\u9fff、与和及]{2,10}[：:]")


def read_layout(text: str) -> Item:
    """The items of `text` under one root that spans nothing itself. Linear in the length of the text."""
    root = Item(0, 0, 0, 0)
    path = [root]
    marks: list[tuple[float, int, int]] = list(_list_marks(text))
    if not marks or marks[0][1] > 0:
        marks.insert(0, (_LINE + 1, 0, 0))
    for number, (rank, start, body) in enumerate(marks):
        stop = marks[number + 1][1] if number + 1 < len(marks) else len(text)
        if rank == _LINE and number + 1 < len(marks) and marks[number + 1][0] < _LINE and _leads_in(text[body:stop]):
            rank = marks[number + 1][0] - 0.5  # it leads in what follows
        item = Item(rank, start, body, stop)
        while len(path) > 1 and path[-1].rank >= rank:
            path.pop()
        _name(item, path[-1], text)
        path[-1].children.append(item)
        path.append(item)
    return root


def _list_marks(text: str) -> Iterator[tuple[float, int, int]]:
    """Rank, start and body of every item in order: markers at the start of lines or sentences, and plain lines."""
    position = 0
    for line in text.split("\n"):
        start, end = position, position + len(line)
        position = end + 1
        found = [m for m in _MARKER.finditer(text, start, end) if _opens(text, m, start)]
        if not found or found[0].start() > start:
            body = _after_bullet(text, start)
            yield _line_rank(text[body:end]), start, body
        for mark in found:
            yield _RANKS[str(mark.lastgroup)], mark.start(), mark.start("inline") if mark["inline"] else mark.end()


def _opens(text: str, mark: re.Match[str], line_start: int) -> bool:
    if mark.lastgroup == "inline":
        return _find_part(mark["inline"]) is not None
    if mark.start() == line_start:
        return True
    return mark.lastgroup not in ("article", "chapter", "label") and text[mark.start() - 1] in _BEFORE


def _line_rank(line: str) -> int:
    """A short line that names a part or asks (怎么申请？) stands above numbered items; any other line below them."""
    name = line.rstrip("：:")
    if name.endswith("？") and len(name) <= _HEADING:
        return 2
    return 2 if 2 <= len(name) <= 10 and _find_part(name) is not None else _LINE


def _after_bullet(text: str, start: int) -> int:
    bullet = _BULLET.match(text, start)
    return bullet.end() if bullet else start


def _name(item: Item, parent: Item, text: str) -> None:
    """Settle what the item speaks of: by its own name, else as its parent does."""
    words = text[item.start : item.stop] if item.rank == 2 and text[item.start] == "【" else text[item.body : item.stop]
    head = re.split(r"[。：\n】]", words.lstrip("【"), maxsplit=1)[0]
    item.part = parent.below or parent.part
    lead = _LEAD.search(words.rstrip("\n "))
    item.choice = bool(lead and "之一" in words[lead.start() :])
    if not lead and item.rank % 1 and (inside := _LEAD_INSIDE.search(words)):
        item.below, item.choice = Part.CONDITION, "之一" in inside[0]
        return
    if lead:
        item.part = _lead_part(words, lead)
    elif len(head) <= _HEADING or (item.rank >= _LINE and _LABEL_LINE.match(words)):
        named = _find_part(head)
        alone = len(head) == len(words.rstrip("。；\n"))
        if named is Part.PROCEDURE and not alone and _GRANTED.search(words):
            return  # 一、首次通过认定。…给予20万元: what is granted, whatever it is called
        if named is Part.FRAME and parent.part is Part.CONDITION and _IN_ORDER.search(head):
            return
        if named is not None and not (parent.part in _FIRM and (alone or named is Part.CONDITION)):
            item.part = named


_IN_ORDER = re.compile(r"管理(?:规范|有序|健全|良好|要求)$")
"""1.管理规范。从事经营3年以上…: among conditions the name of one of them."""
_GRANTED = re.compile(r"(?:给予|予以|奖励|补助|补贴)[^。；]{0,30}?\d[^。；]{0,6}元")
_FIRM = frozenset({Part.CONDITION, Part.EXCLUSION, Part.MATERIAL, Part.PROCEDURE})
"""Parts whose items are what they list, whatever words they hold."""


def _leads_in(words: str) -> bool:
    name = words.rstrip("\n ")
    if name.endswith("：") or _LEAD_INSIDE.search(words):
        return True
    return len(name) <= _HEADING and not _STOPS.search(name) and _find_part(name) is Part.CONDITION


_STOPS = re.compile(r"[，。；、]|[和及与](?:标准|材料|流程|程序|方式|额度)|通知|公告|指南|办法|细则|方案|《")
"""What the name of a section does not hold; a line with it is a sentence or the title of the document."""


def _lead_part(words: str, lead: re.Match[str]) -> Part:
    if lead[1] in ("材料", "资料", "证件"):
        return Part.MATERIAL
    if re.search(r"不得|不予|不能|不享受|不适用|暂停|停止|禁止|限制|取消|终止|撤销|追回|处罚|责令", words):
        return (
            Part.EXCLUSION
            if re.search(
                r"不得(?:申|参|享|购|报|作)|不予(?:受理|支持|补|奖|办|认|核)|不(?:享受|适用|能申)|(?:暂停|停止|限制|禁止)向",
                words,
            )
            else Part.FRAME
        )
    return Part.CONDITION


_ACTION = re.compile(
    r"^(?!(?:支持|扶持)(?:的)?(?:对象|范围|条件|方向|内容|标准|方式|政策|措施|额度|重点|主体))(?:加强|支持|鼓励|推进|推动|引导|加大|促进|加快|培育|打造|提升|深化|扶持|优化|放宽|调整|完善|改善|创造|强化|落实|降低|取消|改进)"
)
"""A heading that begins so names a measure (加强企业认定), or what government does (加强监督), and no other part."""


_ASKED = re.compile(r"(?:(?:都)?(?:有|是|需要?|包括|要)?(?:哪些|什么|多少))?[呢吗啊]?？$")


def _find_part(head: str) -> Part | None:
    head = _ASKED.sub("", head)
    found = next((part for part, pattern in _PARTS if pattern.search(head)), None)
    return found if found is Part.FRAME or not _ACTION.match(head) else None
