"""A line of an import file, checked as a whole."""

from typing import Any

import pytest

from core.errors import InputError
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from subscribers.rows import RowReader
from tests.subscribers.conftest import TODAY

FIRM = {"kind": "enterprise", "reference": "r-1"}
PERSON = {"kind": "individual", "reference": "r-1"}
OPENID = "oAbCdEfGhIjKlMnOpQrStUvWxYz0"


@pytest.fixture
def reader(vocabulary: Vocabulary) -> RowReader:
    return RowReader(vocabulary, TODAY)


def test_a_full_line_of_a_table(reader: RowReader) -> None:
    draft = reader.read(
        3,
        {
            "kind": "企业",
            "reference": "r-1",
            "name": "演示公司",
            "credit_code": "91110108551385082q",
            "employees": "1,200",
            "qualification": "高企；瞪羚企业",
            "topics": "E0404；税费优惠与办税、P0401、户籍、居住证与落户",
            "wechat_openid": OPENID,
            "phone": "+86 138-0000-0000",
            "email": "Info@Example.cn",
            "channels": "短信、微信",
            "recommend": "是",
            "consent": "sms",
        },
    )
    assert (draft.line, draft.side, draft.reference, draft.name) == (3, Side.ENTERPRISE, "r-1", "演示公司")
    assert draft.credit_code == "91110108551385082Q"
    assert draft.facts == {
        "employees": 1200,
        "qualification": ["high-tech-enterprise", "gazelle"],
    }
    assert draft.implied == {"legal_form": "company"}
    assert draft.topics == ["E0404", "E0301", "P0401"]
    assert draft.addresses == {"wechat": OPENID, "sms": "13800000000", "mail": "info@example.cn"}
    assert (draft.channels, draft.consents, draft.recommend) == (["sms", "wechat"], ["sms"], True)


def test_a_typed_line(reader: RowReader) -> None:
    cells = {**PERSON, "reference": 7, "phone": 13800000000, "topics": ["P0701"], "recommend": False, "veteran": True}
    draft = reader.read(1, {**cells, "channels": None, "consent": []})
    assert (draft.reference, draft.addresses, draft.channels) == ("7", {"sms": "13800000000"}, ["sms"])
    assert (draft.topics, draft.recommend, draft.consents, draft.facts) == (["P0701"], False, [], {"veteran": True})


def test_what_a_line_does_not_speak_of_is_left_open(reader: RowReader) -> None:
    draft = reader.read(1, PERSON)
    assert (draft.topics, draft.recommend, draft.channels, draft.facts, draft.addresses) == (None, None, None, {}, {})


def test_people_are_kept_without_their_name(reader: RowReader) -> None:
    assert reader.read(1, {**PERSON, "name": "张三"}).name == ""


def test_a_code_without_a_known_form(reader: RowReader) -> None:
    assert reader.read(1, {**FIRM, "credit_code": "N2110108MF00000017"}).implied == {}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({}, "主体类型应为"),
        ({"kind": ["企业"], "reference": "1"}, "主体类型应为文字"),
        ({"kind": "individual"}, "^缺少编号$"),
        ({"kind": "enterprise", "name": "x"}, "^缺少编号或统一社会信用代码$"),
        ({**PERSON, "reference": "13800000000"}, "编号不能是手机号"),
        ({**PERSON, "reference": "11010119900101123X"}, "编号不能是手机号、证件号码"),
        ({**PERSON, "reference": "r" * 101}, "编号过长"),
        ({**PERSON, "reference": "a\x00b"}, "不可见字符"),
        ({**FIRM, "name": "\ud800"}, "名称过长或含有不可见字符"),
        ({**PERSON, "credit_code": "91110108551385082Q"}, "个人没有统一社会信用代码"),
        ({**FIRM, "credit_code": "91110108551385082A"}, "统一社会信用代码的校验位不对"),
        ({**FIRM, "credit_code": 1.5}, "统一社会信用代码应为文字"),
        ({**PERSON, "phone": "1380000000a"}, "手机号无效"),
        ({**PERSON, "phone": "1.38E+10"}, "手机号无效"),
        ({**PERSON, "phone": ["13800000000"]}, "手机号应为文字"),
        ({**PERSON, "email": "anna", "wechat_openid": "x"}, "微信 openid 无效.*；电子邮箱无效"),
        ({**FIRM, "region": "999999"}, "注册地不是现行的六位区划代码"),
        ({**FIRM, "topics": "E9999"}, "有不认识的关注主题"),
        ({**FIRM, "topics": {"E0404": 1}}, "关注主题应为文字"),
        ({**FIRM, "channels": "fax"}, "有不认识的渠道"),
        ({**FIRM, "phone": "13800000000", "consent": "传真"}, "有不认识的渠道"),
        ({**FIRM, "channels": "sms"}, "短信没有填写有效的地址"),
        ({**FIRM, "phone": "13800000000", "consent": "微信"}, "微信没有填写有效的地址"),
        ({**FIRM, "recommend": "也许"}, "个性化推荐应填是或否"),
        ({**FIRM, "employees": "许多", "listed": "也许"}, "从业人数应为数字.*；已上市应填是或否"),
        ({**FIRM, "gender": "男"}, "性别不适用于这类订阅者"),
    ],
)
def test_lines_that_are_refused(reader: RowReader, cells: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        reader.read(1, cells)


def test_all_reasons_of_a_line_come_at_once_and_repeat_no_value(reader: RowReader) -> None:
    cells = {**FIRM, "credit_code": "91110108551385082A", "topics": "x", "phone": "138000", "region": "zz"}
    with pytest.raises(InputError) as caught:
        reader.read(1, cells)
    message = str(caught.value)
    assert message.count("；") == 3
    assert not any(value in message for value in ("91110108551385082A", "138000", "zz"))
