"""Choosing a place without a script: from province to city to district, or by a part of its name."""

from core.errors import InputError
from core.vocabulary.entries import Region
from core.vocabulary.load import Vocabulary

MOST_FOUND = 24


def list_within(vocabulary: Vocabulary, code: str) -> list[Region]:
    """The places right below `code` (the provinces for the whole country); levels without a place are skipped."""
    if code in ("", "000000"):
        return [region for region in vocabulary.regions.values() if region.level == 1]
    below = [region for region in vocabulary.regions.values() if region.parent == code]
    inner = [one for region in below if region.flag == "pseudo" for one in list_within(vocabulary, region.code)]
    return [region for region in below if region.flag != "pseudo"] + inner


def search_places(vocabulary: Vocabulary, words: str) -> list[tuple[str, str]]:
    """Code and full name of the places whose full name holds all of `words`, larger places first."""
    parts = words.split()
    if not parts:
        return []
    found = [
        (region.level, region.code, vocabulary.region_name(region.code))
        for region in vocabulary.regions.values()
        if region.flag != "pseudo" and region.level > 0
    ]
    fitting = sorted(one for one in found if all(part in one[2] for part in parts))
    return [(code, name) for _, code, name in fitting[:MOST_FOUND]]


def find_place(vocabulary: Vocabulary, words: str) -> str:
    """The code of the one place meant by a code or a name. InputError where none or several are."""
    words = words.strip()
    if words in vocabulary.regions:
        return words
    found = search_places(vocabulary, words)
    exact = [code for code, name in found if name == words]
    if len(exact) == 1 or len(found) == 1:
        return (exact or [found[0][0]])[0]
    if not found:
        raise InputError("没有这个地方，请写全称，如 北京市海淀区")
    raise InputError("有几个叫这个名字的地方，请写全称，如 " + "、".join(name for _, name in found[:3]))


def list_path(vocabulary: Vocabulary, code: str) -> list[Region]:
    """From the province down to `code`, without levels that have no place of their own."""
    path: list[Region] = []
    while code and code != "000000" and code in vocabulary.regions:
        region = vocabulary.regions[code]
        if region.flag != "pseudo":
            path.insert(0, region)
        code = region.parent
    return path
