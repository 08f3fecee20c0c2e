"""Reading by words alone."""

import pytest

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.document import Document
from matcher.reading.lexicon import LexiconClassifier


@pytest.mark.parametrize(
    ("title", "first", "sides"),
    [
        ("关于提高个人住房公积金贷款额度的通知", "P0502", [Side.INDIVIDUAL]),
        ("关于促进企业融资担保业务发展的实施意见", "E0401", [Side.ENTERPRISE]),
        ("关于发明专利资助的管理办法", "E0405", [Side.ENTERPRISE]),
        ("关于企业职工基本养老保险待遇的通知", "P0901", [Side.INDIVIDUAL]),
    ],
)
def test_topic_and_side(vocabulary: Vocabulary, title: str, first: str, sides: list[Side]) -> None:
    said = LexiconClassifier(vocabulary).classify(Document("1", title))
    assert said.topics[0] == first
    assert said.sides == sides
    assert said.pushable
    assert max(said.scores.values()) <= 1


@pytest.mark.parametrize(
    "title",
    [
        "关于张三同志任职的通知",
        "关于印发突发事件应急预案的通知",
        "关于2024年政府工作要点任务分工的通知",
        "关于同意设立收费站的批复",
        "Home | About us",
    ],
)
def test_what_no_subscriber_wants(vocabulary: Vocabulary, title: str) -> None:
    said = LexiconClassifier(vocabulary).classify(Document("1", title))
    assert not said.pushable
    assert said.sides == []


def test_the_types_a_title_names(vocabulary: Vocabulary) -> None:
    said = LexiconClassifier(vocabulary).classify(Document("1", "关于支持个体工商户贷款贴息的通知"))
    assert said.types == ["ET05"]
