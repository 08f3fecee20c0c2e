"""From texts and questions to the words they are found by. Pure.

Chinese is taken as overlapping pairs of characters, Latin letters and digits as whole runs. On real questions pairs
found more than a dictionary's words did (docs/decisions/0011), and they need no dictionary to know a new term.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from core.vocabulary.load import Vocabulary

TITLE, ISSUER = 3, 2
"""How often a word in the title, and one in 文号 and agency, is counted."""
OFFICIAL = 0.7
"""What an official term counts that people did not say but meant; their own words count 1."""

_RUNS = re.compile(r"[a-z0-9]+(?:[.\-][0-9]+)*|[㐀-鿿〇]+")
_NUMBERED = re.compile(r"[〔\[(](\d{4})[〕\])]第?0*(\d+)号")
_ASKING = re.compile(
    "为什么|是什么|有哪些|哪些|什么|哪个|哪家|哪几|多少|几个|如何|怎么样|怎么办|怎么|怎样|是否|可以|能不能|吗|呢|的"
)


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found: its number, the title, who issued it under which 文号, and the text."""

    number: int
    title: str
    issuer: str = ""
    text: str = ""


def words_in(text: str) -> list[str]:
    """The words of a text, however it is written (full width, capitals); year and number of a 文号 also as one word."""
    plain = normal(text)
    words = [f"{year}〕{number}" for year, number in _NUMBERED.findall(plain)]
    for run in _RUNS.findall(plain):
        if run[0] < "㐀" or len(run) == 1:
            words.append(run)
        else:
            words += [run[at : at + 2] for at in range(len(run) - 1)]
    return words


def normal(text: str) -> str:
    """Half-width, compatible forms, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def count_words(document: Document) -> Counter[str]:
    """How often each word stands in a document, counting more where it weighs more."""
    counts = Counter(words_in(document.text))
    for words, weight in ((document.title, TITLE), (document.issuer, ISSUER)):
        for word in words_in(words):
            counts[word] += weight
    return counts


def terms_of(question: str, vocabulary: Vocabulary) -> dict[str, float]:
    """The words to look for and what each counts: those said, and the official terms for what people call otherwise.

    Words that only ask (如何, 哪些) are passed over unless there are no others.
    """
    said = normal(question)
    terms = dict.fromkeys(words_in(_ASKING.sub(" ", said)) or words_in(said), 1.0)
    for phrase in vocabulary.colloquial:
        if phrase.say.lower() in said:
            for official in phrase.official:
                for word in words_in(official):
                    terms.setdefault(word, OFFICIAL)
    return terms
