"""One sentence to condition nodes: atoms, alternatives as `any`, and what no field holds as `other`."""

import re
from dataclasses import dataclass

from matcher.reading.criteria.branches import join_said, list_atoms, one_node
from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.plain import Plain
from matcher.reading.reading import Node

_SHOWN = 90
"""Longest quote, in characters; a longer one is cut around the words found."""
_OR = re.compile(r"或(?!以上|以下|者?其他|多个|两个以上|更)")
_OR_PIECE = re.compile(r"^(?:或者?|或是)(?!以上|以下)")
_AND_ALSO = re.compile(r"^以及")
_AND_PIECE = re.compile(r"^(?:但|且|并|同时)")
_IDLE = re.compile(
    r"^(?:其中|具体|以下|下列|如下|同时|此外|并且?|且|等|的|符合[^，。]{0,8}条件的?|应当?(?:同时)?(?:具备|符合|满足)[^，。]{0,14}条件：?)*$"
)
_PROCEDURE = re.compile(
    r"^(?:第[一二三四五六七八九十百]+条)?(?:也|均|都|方|即|还)?可(?:以)?(?:直接)?(?:自行)?(?:(?:向|到|在|通过|由)[^，]{2,24})?(?:提出)?(?:补办|申请|申报|办理|申领)[^，]{0,16}$"
    r"|^(?![^，]*的(?:纳税人|单位|个人|企业|人员|组织))(?:应当?|须|需)?(?:在[^，]{2,20}前)?(?:由(?:本人|申请人|申报单位|企业))?(?:向|到)[^，]{2,24}(?:提出|提交|办理|申请)[^，]{0,14}$"
    r"|^(?:提交|报送|填报|及时报送|在线提交|按时提交|如实填写)|^(?![^，]*的(?:单位|个人|企业|人员|组织))[^，]*(?:提出|提交)(?:书面)?申请$|提交(?:以下|下列|相关|有关)"
    r"|^由[^，]{2,24}(?:认定|评定|组织|负责|审核|支付|承担|核发|确定|公布|发布|解释)|^每(?:年|季度|月)(?:组织|开展|认定|申报)?[一二三1-4]?[批次]$"
    r"|(?:继续|在有效期内|仍然?)(?:有效|按[^，]{1,16}执行|执行)|^继续执行|^到期后|^(?:符合|具备|满足)(?:以下|下列|上述|本)[^，]{0,10}条件的?[^，：]{0,12}(?:可以?|均可|申请|申报)[^，：]{0,8}$"
    r"|(?:真实性|合法性)[^，]{0,10}负责|^不超过\d+[名个项家人次]$|^(?:落实|支持|鼓励|推动|引导|开展)[^，]{0,10}(?:级|活动|发展|建设)$"
)
"""How it is applied for and run, which is no condition on anybody."""
_NEXT = re.compile(r"[、和]|以及|（含|（包括")
_PEOPLE = re.compile(r"人员|劳动者|居民|家庭|群众|市民|者|职工")
_PLACES = frozenset({"hukou_region", "residence_region", "nationality"})
_GROUPS = frozenset(
    {"employment", "hardship", "disabled", "veteran", "family_martyr", "education", "children", "pregnant"}
)
_KINDS_OF_PEOPLE = _PLACES | _GROUPS | {"skill_level", "graduated_within_years"}
"""Named in one row (失业人员、残疾人、退役军人) they are alternatives: each is a group of people of its own."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    found: list[Found]


def build_nodes(clause: Clause, found: list[Found], plain: Plain, *, whole: bool) -> list[Node]:
    """The nodes of a clause. `whole`: words that no field holds are conditions too and become `other`."""
    groups: list[list[Node]] = []  # what each piece said; the last for one that begins with 或
    pieces = _cut(clause.text, found)
    for number, piece in enumerate(pieces):
        words = clause.text[piece.start : piece.end]
        said = _piece_nodes(clause, piece, plain) if piece.found else _others(clause, piece, plain, needed=whole)
        if whole and piece.found and not _holds_other(said) and _says_more(clause.text, piece):
            said += _others(clause, piece, plain, needed=True)
        last = groups[-1] if groups else []
        joins = _OR_PIECE.match(words) or (
            _AND_ALSO.match(words) and any(f.field in _KINDS_OF_PEOPLE for f in piece.found)
        )
        if number and joins and (said or last):
            left = last or _others(clause, pieces[number - 1], plain, needed=True)
            right = said or _others(clause, piece, plain, needed=True)
            groups[-1] = [{"any": [one_node(left), one_node(right)]}] if left and right else left + right
        elif said and _AND_PIECE.match(words) and last and "any" in last[-1] and number > 1:
            *alternatives, end = last[-1]["any"]
            groups[-1] = [*last[:-1], {"any": [*alternatives, {"all": [*end.get("all", [end]), *said]}]}]
        else:
            groups.append(said)
    return join_said(groups)


def _holds_other(nodes: list[Node]) -> bool:
    return any(atom["field"] == "other" for node in nodes for atom in list_atoms(node))


_SAYS_MORE = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.年月日])|首次|首获|新引进|新认定|新增|新获")


def _says_more(text: str, piece: _Piece) -> bool:
    """Whether a piece holds figures or events besides what was found in it."""
    position = piece.start
    for found in [*piece.found, None]:
        end = found.start if found else piece.end
        if end > position and _SAYS_MORE.search(text, position, end):
            return True
        position = max(position, found.end) if found else end
    return False


def _cut(text: str, found: list[Found]) -> list[_Piece]:
    """The pieces between commas, those inside brackets apart; words found across a comma hold two together."""
    stops, depth = [], 0
    for position, char in enumerate(text):
        depth += (char == "（") - (char == "）" and depth > 0)
        if char == "，" and not depth and not any(f.start <= position < f.end for f in found):
            stops.append(position)
    starts = [0, *(stop + 1 for stop in stops)]
    ends = [*stops, len(text)]
    return [_Piece(a, b, [f for f in found if a <= f.start < b]) for a, b in zip(starts, ends, strict=True)]


def _piece_nodes(clause: Clause, piece: _Piece, plain: Plain) -> list[Node]:
    """The atoms of one piece; those joined by 或, or naming groups of people in a row, as alternatives."""
    row = _read_row(clause.text, piece)
    if row is None:
        return _linked(clause, piece.found, piece, plain)
    common, *members = row
    nodes = [make_atom(clause, found, plain, piece.start, piece.end) for found in common]
    return [*nodes, {"any": [one_node(_linked(clause, member, piece, plain)) for member in members]}]


def _linked(clause: Clause, found: list[Found], piece: _Piece, plain: Plain) -> list[Node]:
    """Atoms that all hold, but those that 或 links, of which one does."""
    groups: list[list[Found]] = []
    for item in found:
        if groups and _are_alternatives(clause.text, groups[-1][-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return [_group_node(clause, group, groups, piece, plain) for group in groups]


def _group_node(clause: Clause, group: list[Found], groups: list[list[Found]], piece: _Piece, plain: Plain) -> Node:
    atoms = [make_atom(clause, found, plain, piece.start, piece.end) for found in group]
    if _joins_other(clause.text, group, groups, piece):
        atoms.append(other(clause, piece.start, piece.end, plain))
    return one_node(atoms) if len(atoms) == 1 else {"any": atoms}


def _read_row(text: str, piece: _Piece) -> list[list[Found]] | None:
    """`本市户籍的低保对象、残疾人`: what all share (户籍), then the conditions of each group; None where no row is."""
    members: list[list[Found]] = []
    start = None
    for found in piece.found:
        if start is None or _NEXT.search(text, start, found.start):
            members.append([])
        members[-1].append(found)
        start = found.end
    groups = [member for member in members if any(f.field in _GROUPS for f in member)]
    if len(groups) < 2 or re.search(r"[且并]", text[piece.start : piece.end]):
        return None
    if any(f.field not in _KINDS_OF_PEOPLE and f.field != "age" for f in piece.found):
        return None
    first = members[0]
    ends = first[-1].end
    own_people = groups[0] is first or _PEOPLE.search(text[ends : members[1][0].start].split("、")[0])
    common = [f for f in first if f.field in _PLACES] if groups[0] is first or not own_people else []
    members[0] = [f for f in first if f not in common]
    return [common, *(member for member in members if member)]


def _are_alternatives(text: str, first: Found, second: Found) -> bool:
    gap = text[first.end : second.start]
    if first.field == second.field == "credit_clean" or not _OR.search(gap):
        return False
    return "、" not in gap.split("或")[0] or first.field == second.field


def _joins_other(text: str, group: list[Found], groups: list[list[Found]], piece: _Piece) -> bool:
    """Whether 或 links the group to words that no field holds: 社会保险或个人所得税."""
    if group[0].field == "credit_clean":
        return False
    first, last = group[0].start, max(found.end for found in group)
    before = text[piece.start : first].rsplit("、", 1)[-1] if group is groups[0] else ""
    after = re.split(r"[、；]", text[last : piece.end], maxsplit=1)[0] if group is groups[-1] else ""
    return bool(_OR.search(_OR_PIECE.sub("", before)) or _OR.search(after))


def make_atom(clause: Clause, found: Found, plain: Plain, start: int, end: int) -> Node:
    """An atom with the words of its piece as quote."""
    first, last = min(start, found.start), max(end, found.end)
    if last - first > _SHOWN:
        first, last = max(first, found.start - 30), min(last, found.end + 30)
    quote, offset = plain.quote(clause.start + first, clause.start + last)
    return {"field": found.field, "op": found.op, "value": found.value, "quote": quote, "start": offset}


def other(clause: Clause, start: int, end: int, plain: Plain) -> Node:
    """A condition that no field holds."""
    quote, offset = plain.quote(clause.start + start, clause.start + end)
    return {"field": "other", "op": "eq", "value": re.sub(r"\s+", "", quote)[:40], "quote": quote, "start": offset}


def _others(clause: Clause, piece: _Piece, plain: Plain, *, needed: bool) -> list[Node]:
    start, end = piece.start, piece.end
    while start < end and clause.text[start] in "，、 且并":
        start += 1
    while end > start and clause.text[end - 1] in "，、：的 ":
        end -= 1
    words = clause.text[start:end]
    if not needed or len(words) < 4 or _IDLE.match(words) or _PROCEDURE.search(words):
        return []
    return [other(clause, start, end, plain)]
