"""What a text and a question are found by."""

import pytest

from core.vocabulary.load import load_vocabulary
from policies.search.words import OFFICIAL, TITLE, Document, count_words, terms_of, words_in

VOCABULARY = load_vocabulary()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("稳岗返还", ["稳岗", "岗返", "返还"]),
        ("税", ["税"]),
        ("AI算力，ＡＩ券", ["ai", "算力", "ai", "券"]),
        ("给予1.5万元", ["给予", "1.5", "万元"]),
        ("京科发〔2026〕9号", ["2026〕9", "京科", "科发", "2026", "9", "号"]),
        ("（2026）第009号", ["2026〕9", "2026", "第", "009", "号"]),
        ("，。!　", []),
        ("", []),
    ],
)
def test_pairs_of_characters_and_whole_runs(text: str, words: list[str]) -> None:
    assert words_in(text) == words


def test_the_title_counts_more() -> None:
    counts = count_words(Document(1, "稳岗", "人社", "稳岗公告"))
    assert counts["稳岗"] == TITLE + 1
    assert counts["公告"] == 1
    assert counts["人社"] > counts["公告"]


def test_asking_words_are_no_terms_unless_there_are_no_others() -> None:
    assert set(terms_of("如何申请？", VOCABULARY)) == {"申请"}
    assert set(terms_of("如何", VOCABULARY)) == {"如何"}
    assert terms_of("", VOCABULARY) == {}


def test_official_terms_join_what_people_say_and_count_less() -> None:
    terms = terms_of("生娃补贴", VOCABULARY)
    assert terms["生娃"] == 1
    assert terms["津贴"] == OFFICIAL
    assert terms["补贴"] == 1
