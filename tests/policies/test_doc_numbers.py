"""发文字号: found where it is the document's own, and brought into one form."""

import pytest

from policies.doc_numbers import find_own, is_doc_number, normalise


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("京政发〔2024〕8号", "京政发〔2024〕8号"),
        ("京政发 [2024] 第08号", "京政发〔2024〕8号"),
        ("沪卫计规(2017)016号", "沪卫计规〔2017〕16号"),
        ("国科发火【2016】32号", "国科发火〔2016〕32号"),
        ("国务院令 第710号", "国务院令第710号"),
        ("财政部 税务总局公告2023年第7号", "财政部税务总局公告2023年第7号"),
        ("", ""),
    ],
)
def test_a_number_has_one_form(written: str, expected: str) -> None:
    assert normalise(written) == expected


def test_a_number_is_the_documents_own_only_where_it_stands_alone() -> None:
    assert find_own("关于某事的通知\n京政办发〔2020〕9号\n各区人民政府：") == "京政办发〔2020〕9号"
    assert find_own("关于某事的通知\n（国科发火〔2016〕32号）") == "国科发火〔2016〕32号"
    assert find_own("发文字号：人社部发〔2024〕40号") == "人社部发〔2024〕40号"
    assert find_own("根据《某通知》（国发〔2014〕52号）精神，现通知如下") == ""


@pytest.mark.parametrize("words", ["国办发〔2024〕48号", "国务院令第262号", "财政部公告2023年第7号"])
def test_whole_numbers_are_told_from_sentences(words: str) -> None:
    assert is_doc_number(words)
    assert not is_doc_number(words + "的规定")
