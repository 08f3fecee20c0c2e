"""The conditions of a whole document as one tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from matcher.reading.criteria.branches import (
    drop_repeats,
    join_alternatives,
    join_said,
    keep_lowest_tiers,
    list_atoms,
    one_node,
)
from matcher.reading.criteria.clause import Clause, Setting
from matcher.reading.criteria.clauses import find_conditions
from matcher.reading.criteria.heading import read_heading
from matcher.reading.criteria.nodes import build_nodes, make_atom
from matcher.reading.criteria.sentences import Sentence, list_sentences
from matcher.reading.criteria.titles import Titles
from matcher.reading.layout import Item, Part
from matcher.reading.plain import Plain
from matcher.reading.reading import Node

_LISTED = frozenset({Part.CONDITION, Part.EXCLUSION})
_SILENT = frozenset({Part.MATERIAL, Part.PROCEDURE, Part.TIME, Part.PLACE, Part.CONTACT, Part.FRAME})
_BARE_LIST = 1500
"""A short text that begins with a numbered item and grants nothing is a list of conditions."""
_DUTY = re.compile(r"\s*(?:各|严禁|严格|加强|落实|规范|强化|做好|推进|加大|加快|切实|要|对|建立|完善|不得)")
"""How an order to those who administer or are administered begins: no condition on anyone who applies."""
_GRANTS = re.compile(r"给予|奖励|补助|补贴|资助|贷款|购房|奖补")
_SCOPE = re.compile(
    r"(?:本|文中|上述|以上|该)[^，。]{0,12}(?:所指|所称|适用(?:于|对象|范围|主体)|(?:支持|奖补|扶持|奖励|补贴)(?:的)?(?:对象|范围|主体)|主要对象)"
)
_LOOSE = 8
"""A text of more measures than this that grants nothing in figures is a plan: it tells what shall be promoted."""
_HEADING = 24
"""An item no longer than this that has items below it is their heading."""
_NAME = 12
"""Longest name of an item that a sentence of its own follows (企业规模。总资产…)."""
_PEOPLE = re.compile(
    r"^[^，。；]{2,24}(?:家庭|人员|毕业生|职工|群体|企业|单位|对象|人才|居民|工人|市民|机构|博士|硕士|学生|老人|老年人|儿童|军人|农户)$"
)
_GROUP = re.compile(
    r"^(?!申请|申报|新增|其他)[^。；：\n]{6,90}?(?:家庭|人员|毕业生|职工|居民|对象|人才|老人|老年人|儿童|军人|残疾人|干部|农户|学生|大学生)的?[。；]?$"
)
_CASE = re.compile(r"(?:申请|申领|报考|从事|购买|开办|参加|接受)[^。；\n]{2,80}?的，")
"""What is asked depends on what one applies for: 申请小型汽车的，…；申请大型客车的，…."""
_OBJECT = re.compile(r"对象|范围|人群|人员")
_OFFER = re.compile(r"^[^，。；：\n]{2,20}(?:补贴|津贴|补助|奖励|救助|资助|贷款|补贴金|保教费)(?:条件)?[。：\n]")
_TIERS = re.compile(r"其中，?[^。；]{0,40}标准(?:为|分别为|按|：)?\d|其中：[^。；，]{0,16}\d")
"""A sentence that only says how much whom: the tiers of a benefit."""
_RATES = re.compile(
    r"(?:人员|老年人|老人|残疾人|家庭|儿童|对象)[：，]?(?:按|为)?(?:标准为)?每[人户名][^，。；]{0,6}(?:每[月年日])?"
)
"""How much each group gets; who may is said elsewhere."""
_REACH = re.compile(r"适用本(?:政策|办法|措施|意见|规定|细则)|享受本(?:政策|办法|措施)的[^，。；]{0,8}(?:应|须|需)")
_SHUT_OUT = re.compile(
    r"不得享受|不予(?:支持|奖励|补助|受理|扶持)|不享受(?:本|上述|以上)|不适用本|取消[^，。；]{0,6}资格"
)
_MAY_SPEAK = re.compile(r"所指|所称|适用|[支奖扶补主][^，。]{0,5}(?:对象|范围|主体)|享受|不予|资格|申请|申报|参评")
"""A cheap look at what all sentences on everyone hold, before the text is cut."""
_APPLICANT = re.compile(
    r"(?:申请人|申请者|申报人|申(?:报|请)(?:单位|企业|主体)|参评企业)(?:（[^）]{1,20}）)?(?:应当?|须|需|必须|为|是)"
    r"(?![^，。]{0,10}(?:提交|提供|登录|填|携带|办理|到|向|在[^，。]{0,12}(?:前|内)|按|对|签|配合|通过|将|保证|承诺|如实))"
)
_PREFERRED = re.compile(r"优先[^，。；]{0,6}$|^(?:优先|鼓励)")
_ABOVE_OTHERS = re.compile(r"同等[^，。；]{0,6}条件[^，。；]{0,6}优先|优先(?:资助|照顾|保障|考虑)(?:以下|下列)")
_NO_LIMIT = re.compile(
    r"^(?:无|没有)(?:受理|申请|申报|其他)?(?:条件|限制)|^无条件|^不限$|^无$|以[^，。]{0,12}通知[^，。]{0,6}为准|^按需|符合条件的?即可|规定列出(?:此事项适用)?的基本申请条件|^依据?相关法律"
    r"|同等对待|不计入[^，。；]{0,12}收入|不分[^，。；]{0,4}孩|可能(?:进行|开展)|视为放弃|不得用于|可以?(?:不评分|免于|直接认定)|可以?向[^，。；]{2,24}(?:核实|咨询|查询)"
    r"|^(?:本(?:通知|办法|政策|细则|方案|规定)|有效期|自\d{4}年)[^，]{0,20}(?:施行|实施|执行|至\d{4}年[^，]{0,8}日?)(?:，.*废止)?$"
)


@dataclass(slots=True)
class _Gathered:
    """What a document says: listed conditions and measures by the item that holds
    them, what is said of everyone, and whether any measure grants something."""

    listed: list[tuple[Item, list[Node]]] = field(default_factory=list)
    everywhere: list[list[Node]] = field(default_factory=list)
    measures: list[tuple[Item, list[Node]]] = field(default_factory=list)
    grants: bool = False
    rates: list[list[Node]] = field(default_factory=list)


class TreeBuilder:
    """Turns the laid-out text into a condition tree; one for many documents."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles

    def build(self, title: str, plain: Plain, layout: Item, setting: Setting) -> Node:
        """`{"all": […]}`: the listed conditions, then one `any` over the measures that have conditions of their own."""
        if _is_bare_list(plain.text, layout):
            for item in layout.walk():
                item.part = Part.CONDITION
        gathered = _Gathered()
        for item in layout.children:
            self._gather(item, layout, plain, setting, gathered)
        if len(gathered.measures) > _LOOSE and not gathered.listed and not gathered.grants:
            gathered.measures.clear()
        sections = [nodes for _, nodes in gathered.listed]
        holders = [parent for parent, _ in gathered.listed if parent is not layout]
        own = [nodes for parent, nodes in gathered.measures if not any(parent is holder for holder in holders)]
        said = _fields([node for nodes in sections for node in nodes])
        if said:  # in a section on amounts, groups of those described above
            own = [
                nodes
                for nodes in own
                if not any(nodes is rate for rate in gathered.rates) or not _fields(nodes) <= said
            ]
        branches = [branch for branch in keep_lowest_tiers(own) if branch]
        if _are_apart(gathered.listed, layout):
            return {"all": drop_repeats(join_said(gathered.everywhere)) + join_alternatives([*sections, *branches])}
        outer = drop_repeats(join_said([*sections, *gathered.everywhere]))
        outer += read_heading(
            title, plain.text, [*outer, *(n for branch in branches for n in branch)], setting, self._titles
        )
        if outer and not _has_fields(branches):
            branches = []
        return {"all": outer + join_alternatives(branches)}

    def _gather(self, item: Item, parent: Item, plain: Plain, setting: Setting, into: _Gathered) -> None:
        if item.part is Part.EXCLUSION:
            into.everywhere.append(self._listed(item, plain, setting, ""))
            return
        if item.part is Part.CONDITION:
            into.listed.append((parent, self._listed(item, plain, setting, "")))
            return
        into.everywhere += self._scope(item, plain, setting)
        if item.below is Part.CONDITION:
            into.grants = True
            into.measures.append((parent, self._chosen(item, plain, setting)))
            return
        if item.part not in _SILENT:
            for branch, grants in self._measures(item, plain, setting):
                into.measures.append((parent, branch))
                into.grants |= grants
                if item.part is Part.BENEFIT:
                    into.rates.append(branch)
        for child in item.children:
            self._gather(child, item, plain, setting, into)

    def _chosen(self, item: Item, plain: Plain, setting: Setting) -> list[Node]:
        """A measure for whom a list says: 对符合以下条件之一的购房人，…补贴：1.… 2.…."""
        own = [node for branch, _ in self._measures(item, plain, setting) for node in branch]
        groups = [group for child in item.children if (group := self._listed(child, plain, setting, ""))]
        if item.choice and len(groups) > 1:
            return [*own, {"any": [one_node(group) for group in groups]}]
        return own + [node for group in groups for node in group]

    def _scope(self, item: Item, plain: Plain, setting: Setting) -> Iterator[list[Node]]:
        """What is said of all who apply, wherever it stands: 本政策所称企业是指…, 申请人应当…, …的不得享受."""
        if not _MAY_SPEAK.search(plain.text, item.body, item.stop):
            return
        for sentence in list_sentences(plain.text, item.body, item.stop, split_measures=False):
            if _speaks_of_all(sentence, item) and not _limits_nobody(sentence):
                whole = bool(_APPLICANT.match(sentence.text))
                yield self._sentence(sentence, plain, setting, "", excluding=sentence.refuses, whole=whole)

    def _listed(self, item: Item, plain: Plain, setting: Setting, head: str) -> list[Node]:
        """The conditions of an item among conditions and of all below it."""
        if item.part in _SILENT:
            return []
        text = plain.text
        words = text[item.body : item.stop].strip()
        leads = bool(item.children) and words.endswith(("：", "…"))
        said: list[list[Node]] = []
        for sentence in list_sentences(text, item.body, item.stop, split_measures=False):
            if _is_name(sentence, item, text) and len(sentence.text) <= _NAME:
                continue
            if _limits_nobody(sentence):
                continue
            excluding = item.part is Part.EXCLUSION or sentence.refuses
            whole = not leads and not _names_only(words, item)
            said.append(self._sentence(sentence, plain, setting, head, excluding=excluding, whole=whole))
        below = words if leads or len(words) < 60 else head
        groups = [group for child in item.children if (group := self._listed(child, plain, setting, below))]
        if len(groups) > 1 and item.part is not Part.EXCLUSION:
            if item.choice:
                return [*join_said(said), {"any": [one_node(group) for group in groups]}]
            if _name_people(item, text):
                return [*join_said(said), *join_alternatives(groups)]
        return join_said([*said, *groups])

    def _sentence(
        self, sentence: Sentence, plain: Plain, setting: Setting, head: str, *, excluding: bool, whole: bool
    ) -> list[Node]:
        clause = Clause(sentence.text, sentence.start, head, strict=True, excluding=excluding)
        found = find_conditions(clause, sentence.subject, setting, self._titles)
        return build_nodes(clause, found, plain, whole=whole)

    def _measures(self, item: Item, plain: Plain, setting: Setting) -> Iterator[tuple[list[Node], bool]]:
        """One branch for each sentence of an item that offers something to someone described, and whether it names
        how much."""
        for sentence in list_sentences(plain.text, item.body, item.stop, split_measures=True):
            if not sentence.measure or _is_name(sentence, item, plain.text) or _TIERS.match(sentence.text):
                continue
            if item.part is Part.BENEFIT and _RATES.search(sentence.text):
                continue
            if _speaks_of_all(sentence, item) or _limits_nobody(sentence):
                continue
            clause = Clause(sentence.text, sentence.start, "", strict=False, excluding=sentence.refuses)
            found = find_conditions(clause, sentence.subject, setting, self._titles)
            if found or sentence.grants:
                front = replace(clause, text=clause.text[: sentence.subject])
                nodes = build_nodes(front if sentence.grants else clause, found, plain, whole=sentence.grants)
                behind = [f for f in found if f.field == "child_age" and f.start >= sentence.subject]
                if sentence.grants:  # …发放育儿补贴，直至孩子3周岁: how long it lasts says for whom it is
                    nodes += [make_atom(clause, f, plain, f.start, f.end) for f in behind]
                yield nodes, sentence.grants


def _limits_nobody(sentence: Sentence) -> bool:
    """Whether it waives, warns or dates, or says who goes first: a preference is no condition."""
    words = sentence.text
    return any(pattern.search(words) for pattern in (_NO_LIMIT, _ABOVE_OTHERS, _PREFERRED))


def _speaks_of_all(sentence: Sentence, item: Item) -> bool:
    words = sentence.text
    if _SCOPE.search(words[:30]) or _REACH.search(words) or (sentence.refuses and _SHUT_OUT.search(words)):
        return True
    return item.part not in _SILENT and _APPLICANT.match(words) is not None


def _are_apart(listed: list[tuple[Item, list[Node]]], layout: Item) -> bool:
    """Whether several measures each have their own section of conditions."""
    parents = {id(parent): parent for parent, nodes in listed if nodes}
    return (
        len(parents) > 1 and layout not in parents.values() and len({parent.rank for parent in parents.values()}) == 1
    )


def _is_bare_list(text: str, layout: Item) -> bool:
    if len(text) > _BARE_LIST or _GRANTS.search(text) or not layout.children:
        return False
    if any(item.part not in (Part.BODY, Part.CONDITION) for item in layout.walk()):
        return False
    numbered = [item for item in layout.children if item.rank < 8]
    if 2 * sum(bool(_DUTY.match(text, item.body)) for item in numbered) >= len(numbered):
        return False
    return bool(numbered) and numbered[0].start == 0 and len(numbered) > 1 and numbered[0].rank >= 3


def _names_only(words: str, item: Item) -> bool:
    """Whether the item is but a heading."""
    if item.children and len(words) <= _HEADING:
        return True
    return bool(re.fullmatch(r"[^，。；]{2,14}(?:条件|对象|范围|要求|资格|标准)[：:]?", words))


def _name_people(item: Item, text: str) -> bool:
    """Whether the items below each name a group of people or firms, or an offer, with conditions of its own."""
    named = [child for child in item.children if child.children]
    if len(named) > 1 and all(_PEOPLE.search(text[child.body : child.stop].rstrip("。：\n ")) for child in named):
        return True
    below = [text[child.body : child.stop].strip() for child in item.children]
    if len(below) > 1 and all(map(_CASE.match, below)):
        return True
    if len(below) > 1 and all(_OFFER.match(words + "\n") for words in below):
        return True
    heading = text[item.body : item.stop].strip()
    return len(heading) <= _HEADING and bool(_OBJECT.search(heading)) and sum(map(bool, map(_GROUP.match, below))) > 1


def _is_name(sentence: Sentence, item: Item, text: str) -> bool:
    """Whether a sentence is the name of its item (9.鼓励商贸企业做大做强。) rather than a measure."""
    end = sentence.start + len(sentence.text)
    return (
        sentence.start == item.body
        and len(sentence.text) <= 30
        and "，" not in sentence.text
        and text[end : item.stop].strip("。；\n ") != ""
    )


def _fields(nodes: list[Node]) -> set[str]:
    return {atom["field"] for node in nodes for atom in list_atoms(node)} - {"other"}


def _has_fields(branches: list[list[Node]]) -> bool:
    return any(atom["field"] != "other" for branch in branches for atom in list_atoms({"all": branch}))
