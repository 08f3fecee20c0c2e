"""What the narrow places of messages take: WeChat fields, SMS variables, one line of text."""

import pytest

from channels.simulators.wechat_rules import find_violation
from channels.sms.variables import VariableError, check_variables, clean_variable, count_parts
from channels.text import one_line, shorten
from channels.wechat.fields import FieldError, fit_fields


@pytest.mark.parametrize(
    ("field", "given", "sent"),
    [
        ("thing1", "设备更新贷款贴息", "设备更新贷款贴息"),
        ("thing2", "关于印发支持中小微企业设备更新贷款贴息实施办法的通知", "关于印发支持中小微企业设备更新贷款贴息…"),
        ("thing3", "第一行\n第二行 🎉", "第一行 第二行"),
        ("thing4", "", "无"),
        ("number5", "14", "14"),
        ("time6", "2026年11月21日 15:01", "2026年11月21日 15:01"),
        ("date7", "2026-11-21", "2026-11-21"),
        ("amount8", "¥100.50元", "¥100.50元"),
        ("phrase9", "符合条件！", "符合条件"),
        ("phrase10", "一二三四五六七", "一二三四五"),
        ("name11", "广州市工业和信息化局办公室", "广州市工业和信息化…"),
        ("character_string12", "482913", "482913"),
        ("phone_number13", "020-12345", "020-12345"),
        ("car_number14", "粤A12345", "粤A12345"),
        ("letter15", "abc", "abc"),
        ("symbol16", "!", "!"),
        ("const17", "已受理", "已受理"),
    ],
)
def test_a_field_is_made_to_fit(field: str, given: str, sent: str) -> None:
    fitted = fit_fields({field: given})
    assert fitted == {field: sent}
    assert fit_fields(fitted) == fitted
    assert find_violation(field, sent) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number1", "十四"),
        ("time2", "下个月"),
        ("date3", ""),
        ("phrase4", "abc"),
        ("name5", ""),
        ("character_string6", "有汉字"),
        ("amount7", "很多钱"),
        ("first", "旧模板的字段"),
        ("9", "没有名字"),
    ],
)
def test_what_no_shortening_saves_is_refused_without_naming_the_value(field: str, value: str) -> None:
    with pytest.raises(FieldError, match=field) as caught:
        fit_fields({field: value})
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("value", ["", " ", "a\nb", "字" * 21, "好🎉"])
def test_the_simulators_rules_refuse_what_wechat_refuses(value: str) -> None:
    assert find_violation("thing1", value)


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("【通知】设备更新", "（通知）设备更新"),
        ("「专精特新」①★申报", "“专精特新”申报"),
        ("详见 https://www.gz.gov.cn/a/b 第二章", "详见 第二章"),
        ("登录gdzwfw.gov.cn办理", "登录 办理"),
        ("第一行\r\n第二行😀", "第一行 第二行"),
        ("甲→乙", "甲至乙"),
    ],
)
def test_a_variable_is_cleaned(given: str, clean: str) -> None:
    cleaned = clean_variable(given)
    check_variables({"title": cleaned})
    assert cleaned.replace(" ", "") == clean.replace(" ", "")


def test_a_long_variable_is_shortened_to_what_the_carrier_takes() -> None:
    cleaned = clean_variable("关于" + "很" * 60 + "的通知")
    check_variables({"title": cleaned})
    assert len(cleaned) == 35
    assert cleaned.endswith("…")


@pytest.mark.parametrize("value", ["", "看www.a.cn吧", "【甲】", "好🎉", "字" * 36, "两\n行"])
def test_an_unclean_variable_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(VariableError, match="reason"):
        check_variables({"title": "好", "reason": value})


@pytest.mark.parametrize(("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (500, 8)])
def test_parts_are_counted_as_billed(length: int, parts: int) -> None:
    assert count_parts("字" * length) == parts


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [
        ("短", 5, "短"),
        ("中小微企业贷款贴息实施细则（2026年修订）", 18, "中小微企业贷款贴息实施细则…"),
        ("符合条件的企业，可以申请补助", 10, "符合条件的企业…"),
        ("一二三四五六七八九十", 5, "一二三四…"),
    ],
)
def test_a_text_is_cut_where_it_reads_well(text: str, longest: int, short: str) -> None:
    assert shorten(text, longest) == short


def test_one_line_keeps_rare_characters_of_names() -> None:
    assert one_line("𠮷林\u200b省\u3000长春 市🎉\t！") == "𠮷林省 长春 市 ！"
