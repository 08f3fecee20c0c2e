"""What a text says that it does to other policies: interpret, repeal, amend, extend."""

import re

from policies.doc_numbers import PATTERN, is_doc_number, normalise
from policies.models import PolicyKind, RelationKind
from policies.policy_text import Mention
from policies.titles import stem

_CITED = re.compile(
    r"《(?P<title>(?:[^《》]|《[^《》]*》){4,120})》\s*(?:[（(〔](?P<number>[^（）()]{4,60}?号)[）)〕])?"
)
_SENTENCE = re.compile(r"[^。；;！!\n]+")
_REPEALED = re.compile(r"(?:同时|予以|即行|自行|一并|均)(?:予以)?废止|起废止|废止(?:下列|以下)|^(?:决定)?废止")
_NOT_NOW = re.compile(r"已(?:经)?(?:被|于.{0,15})?废止|不废止|尚未废止|废止(?:前|后|的)(?:规定|文件)?(?:仍|继续)")
_EXTENDED = re.compile(
    r"有效期(?:限)?(?:延长|延续|延期|顺延)|延长.{0,120}?(?:有效期|执行期限|实施期限|施行期限)|继续(?:执行|有效|实施)至"
)
_ARTICLE = re.compile(r"^\s*(?:的)?\s*第?[一二三四五六七八九十百\d]+(?:条|款|项|章)")
_INTERPRETING = re.compile(r"解读|答记者问|问答|图解|一图|图说|长图|新闻发布会")
_AMENDING = re.compile(r"(?:修改|修订|调整)(?:完善)?$")
_AMENDED_THUS = re.compile(r"^.{0,4}[将对]《.*(?:修改为|作如下修改|作出(?:如下|以下)修改|进行修改)")
_DRAFT = re.compile(r"征求意见|公开征集|草案|拟废止|拟修改")
SHORTEST = 8
"""Letters that a title cited in a text must have: shorter ones are abbreviations of the document itself."""

_INNER = re.compile(r"〈(?P<title>[^〈〉]{4,120})〉(?P<number>(?!))?")


def find_mentions(title: str, text: str, kind: PolicyKind) -> tuple[Mention, ...]:
    """All relations that title and text state, each once, in the order of the text."""
    if _DRAFT.search(title):
        return ()
    found = _in_title(title.replace("<", "〈").replace(">", "〉"), kind)
    if kind is PolicyKind.DOCUMENT:
        for sentence in _SENTENCE.findall(text):
            if "《" in sentence:
                found += [m for m in _in_sentence(sentence) if len(m.named) >= SHORTEST]
    own = stem(title)
    return tuple(dict.fromkeys(m for m in found if m.named != own or m.kind is RelationKind.REPEALS))


def named(words: str) -> str:
    """The form under which a policy is looked for: 文号 or address as it is normalised, else the title's stem."""
    words = words.strip()
    if is_doc_number(words):
        return normalise(words)
    return words if re.match(r"https?://", words) else stem(words)


def _in_title(title: str, kind: PolicyKind) -> list[Mention]:
    matches = [*_CITED.finditer(title)] or [*_INNER.finditer(title)]
    cited = [_name(match) for match in matches]
    if kind in (PolicyKind.INTERPRETATION, PolicyKind.INFOGRAPHIC) and _INTERPRETING.search(title):
        return [Mention(RelationKind.INTERPRETS, name) for name in cited or _unquoted(title)]
    if not matches:
        return []
    if "废止" in title[: matches[0].start()] and "修改" not in title:
        return [Mention(RelationKind.REPEALS, name) for name in cited]
    if _EXTENDED.search(title):
        return [Mention(RelationKind.EXTENDS, name) for name in cited]
    return [Mention(RelationKind.AMENDS, _name(m)) for m in matches if _AMENDING.search(title[: m.start()])]


def _in_sentence(sentence: str) -> list[Mention]:
    """Relations of one sentence: `《甲》（某发〔2010〕1号）同时废止`, `修改《甲》第三条`, `《甲》有效期延长至…`."""
    repeals = _REPEALED.search(sentence) and not _NOT_NOW.search(sentence)
    extends = _EXTENDED.search(sentence)
    mentions = []
    for match in _CITED.finditer(sentence):
        if repeals and _ARTICLE.match(sentence[match.end() :]):
            mentions.append(Mention(RelationKind.AMENDS, _name(match)))
        elif repeals:
            mentions.append(Mention(RelationKind.REPEALS, _name(match)))
        elif extends:
            mentions.append(Mention(RelationKind.EXTENDS, _name(match)))
        elif _AMENDING.search(sentence[: match.start()]) or _AMENDED_THUS.search(sentence):
            mentions.append(Mention(RelationKind.AMENDS, _name(match)))
    return mentions


def _name(match: re.Match[str]) -> str:
    number = match["number"]
    found = PATTERN.search(number) if number else None
    return normalise(found[0]) if found else named(match["title"])


def _unquoted(title: str) -> list[str]:
    """`关于某办法的政策解读` names its policy without quotation marks."""
    match = re.match(r"^(?:一图读懂|图解)?[：:]?(?P<name>.{6,100}?)(?:的)?(?:政策|文件)?(?:解读|图解)$", title)
    return [stem(match["name"])] if match else []
