"""What a text says that it does to other policies."""

import pytest

from policies.mentions import find_mentions, named
from policies.models import PolicyKind, RelationKind
from policies.policy_text import Mention
from policies.titles import kind_of

INTERPRETS, AMENDS, REPEALS, EXTENDS = (
    RelationKind.INTERPRETS,
    RelationKind.AMENDS,
    RelationKind.REPEALS,
    RelationKind.EXTENDS,
)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("《北京市积分落户管理办法》政策解读", [(INTERPRETS, "北京市积分落户管理办法")]),
        ("一图读懂《关于发展银发经济增进老年人福祉的意见》", [(INTERPRETS, "发展银发经济增进老年人福祉的意见")]),
        ("关于深入推进鹰才计划的实施意见的解读", [(INTERPRETS, "深入推进鹰才计划的实施意见")]),
        ("国务院关于修改《住房公积金管理条例》的决定", [(AMENDS, "住房公积金管理条例")]),
        ("关于修订<商丘市贷款管理办法>的通知", [(AMENDS, "商丘市贷款管理办法")]),
        (
            "省政府关于废止《甲地公路管理办法》和《甲地邮政管理规定》的决定",
            [(REPEALS, "甲地公路管理办法"), (REPEALS, "甲地邮政管理规定")],
        ),
        ("关于延长《上海市住宅物业保修金管理暂行办法》有效期的通知", [(EXTENDS, "上海市住宅物业保修金管理暂行办法")]),
        ("上海市经济适用住房管理试行办法（已废止）", []),
        ("关于印发《北京市积分落户管理办法》的通知", []),
        ("关于拟废止《哈尔滨市某通知》文件的公示", []),
    ],
)
def test_a_title_says_what_it_does(title: str, expected: list[tuple[RelationKind, str]]) -> None:
    assert find_mentions(title, "", kind_of(title)) == tuple(Mention(*pair) for pair in expected)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "本办法自印发之日起施行，《北京市积分落户管理办法（试行）》（京政办发〔2016〕39号）同时废止。",
            [(REPEALS, "京政办发〔2016〕39号")],
        ),
        ("《某市人才公寓管理暂行办法》同时废止。", [(REPEALS, "某市人才公寓管理暂行办法")]),
        ("将《某市人才公寓管理暂行办法》第三条修改为：“……”。", [(AMENDS, "某市人才公寓管理暂行办法")]),
        ("《某市人才公寓管理暂行办法》第五条同时废止。", [(AMENDS, "某市人才公寓管理暂行办法")]),
        ("《某市人才公寓管理暂行办法》有效期延长至2026年12月31日。", [(EXTENDS, "某市人才公寓管理暂行办法")]),
        ("《某市人才公寓管理暂行办法》已废止，不再作为依据。", []),
        ("根据《某市人才公寓管理暂行办法》，制定本办法。", []),
        ("《暂行办法》同时废止。", []),
    ],
)
def test_a_sentence_says_what_it_does(sentence: str, expected: list[tuple[RelationKind, str]]) -> None:
    assert find_mentions("某市某事办法", sentence, PolicyKind.DOCUMENT) == tuple(Mention(*pair) for pair in expected)


def test_an_interpretation_acts_on_nothing_that_it_quotes() -> None:
    found = find_mentions("《某市公寓管理办法》解读", "《某市旧公寓管理暂行办法》同时废止。", PolicyKind.INTERPRETATION)
    assert found == (Mention(INTERPRETS, "某市公寓管理办法"),)


def test_a_policy_is_named_by_number_address_or_title() -> None:
    assert named(" 京政发 [2024] 8号 ") == "京政发〔2024〕8号"
    assert named("https://www.gov.cn/a.htm") == "https://www.gov.cn/a.htm"
    assert named("关于印发《某办法》的通知") == "某办法"
