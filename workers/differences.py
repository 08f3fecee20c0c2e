"""What is different between two targetings of a policy, in one sentence. Pure."""

from collections.abc import Iterator

from core.vocabulary.load import Vocabulary
from matcher.criteria import Demand, list_atoms
from matcher.explain import describe_atom
from matcher.models import Targeting
from matcher.targeting import demand_of
from workers.notices import chinese_date

_MOST = 3


def difference_between(before: Targeting, now: Targeting, vocabulary: Vocabulary) -> str:
    """`截止时间由…改为…；新增条件：…`; a plain word where nothing that people are judged by is different."""
    parts = list(_parts(before, now, vocabulary))
    more = f"等{len(parts)}处变化" if len(parts) > _MOST else ""
    return "；".join(parts[:_MOST]) + more if parts else "文字有修改，申请条件和时间没有变化"


def _parts(before: Targeting, now: Targeting, vocabulary: Vocabulary) -> Iterator[str]:
    if before.closes != now.closes:
        yield f"截止时间由{chinese_date(before.closes) or '未规定'}改为{chinese_date(now.closes) or '未规定'}"
    if before.region != now.region:
        yield f"适用地区由{vocabulary.region_name(before.region)}改为{vocabulary.region_name(now.region)}"
    old, new = demand_of(before, vocabulary), demand_of(now, vocabulary)
    if set(old.types) != set(new.types):
        yield f"面向的类型由{_types(old, vocabulary)}改为{_types(new, vocabulary)}"
    had, has = _conditions(old, vocabulary), _conditions(new, vocabulary)
    yield from (f"新增条件：{one}" for one in has if one not in had)
    yield from (f"取消条件：{one}" for one in had if one not in has)


def _types(demand: Demand, vocabulary: Vocabulary) -> str:
    return "、".join(vocabulary.types[code].name for code in demand.types) or "不限"


def _conditions(demand: Demand, vocabulary: Vocabulary) -> list[str]:
    return [describe_atom(atom, vocabulary) for atom in list_atoms(demand.conditions)]
