"""Items under one another, and what each part speaks of."""

import pytest

from matcher.reading.layout import Item, Part, read_layout


def outline(text: str) -> list[tuple[str, Part]]:
    return [(text[item.start : item.stop].strip(), item.part) for item in read_layout(text).walk() if item.stop]


def find(text: str, words: str) -> Item:
    return next(item for item in read_layout(text).walk() if text[item.start : item.stop].strip().startswith(words))


def test_items_take_the_part_of_their_heading() -> None:
    text = "一、申报条件\n（一）在本市注册；\n（二）成立满一年。\n二、申报材料\n1.营业执照；\n三、联系方式\n电话。"
    assert outline(text) == [
        ("一、申报条件", Part.CONDITION),
        ("（一）在本市注册；", Part.CONDITION),
        ("（二）成立满一年。", Part.CONDITION),
        ("二、申报材料", Part.MATERIAL),
        ("1.营业执照；", Part.MATERIAL),
        ("三、联系方式", Part.CONTACT),
        ("电话。", Part.CONTACT),
    ]


def test_items_inside_a_line_are_items() -> None:
    text = "【受理条件】符合下列条件之一的，可申请变更： 1、跨市转所的； 2、设立新所的。\n【办理材料】申请表"
    lead = find(text, "【受理条件】")
    assert lead.choice
    assert [child.part for child in lead.children] == [Part.CONDITION, Part.CONDITION]
    assert find(text, "【办理材料】").part is Part.MATERIAL


def test_who_may_not_is_told_apart() -> None:
    text = "（一）有下列情形之一的，不予支持：\n1.被列入失信名单；\n2.项目已获补助。"
    assert find(text, "（一）").part is Part.EXCLUSION


def test_a_paragraph_leads_in_the_list_below_it() -> None:
    text = "（二）购房补贴\n对符合以下条件之一的购房人，给予补贴2万元。\n1.现役军人。\n2.社区工作者。"
    lead = find(text, "对符合以下条件")
    assert (lead.below, lead.choice, len(lead.children)) == (Part.CONDITION, True, 2)


def test_a_decimal_is_no_item() -> None:
    assert len(read_layout("增长1.5倍。2.5亿元以上").children) == 1


@pytest.mark.parametrize("heading", ["➤技能补贴申请条件有哪些？", "公租房申请条件", "二孩家庭补贴对象"])
def test_a_line_that_names_conditions_leads_in_the_items_below_it(heading: str) -> None:
    text = f"{heading}\n（一）年满18周岁。\n（二）在本市无房。"
    assert [find(text, marker).part for marker in ("（一）", "（二）")] == [Part.CONDITION, Part.CONDITION]


def test_the_next_question_ends_a_list() -> None:
    text = "➤申请条件有哪些？\n（一）年满18周岁。\n➤怎么申请？\n到窗口办理。"
    assert find(text, "➤怎么申请").part is Part.PROCEDURE


def test_what_is_granted_is_no_procedure_whatever_its_name() -> None:
    text = "一、重新认定。企业通过重新认定的，给予5万元奖励。\n二、评审\n由专家评审。"
    assert (find(text, "一、").part, find(text, "二、").part) == (Part.BODY, Part.PROCEDURE)


def test_a_letter_s_question_is_no_condition() -> None:
    assert find("来信内容：我家老人年满80岁，想问补贴。\n回复内容：如下。", "来信内容").part is Part.FRAME


def test_a_short_name_leads_in_no_list() -> None:
    text = "各单位：按照《管理工作指引》（以下简称《指引》）有关要求，现将有关事项通知如下：\n一、申报时间\n4月。"
    assert find(text, "各单位").part is Part.BODY
    assert find(text, "一、").part is Part.TIME


def test_a_condition_may_be_named_after_good_order() -> None:
    assert find("一、申报条件\n1.管理规范。经营满3年。\n2.其他。", "1.").part is Part.CONDITION
