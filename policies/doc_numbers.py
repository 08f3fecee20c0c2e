"""发文字号: found in text and brought into one form.

GB/T 9704-2012 7.2.5.3: 发文机关代字 + 〔year〕 + running number without 第 and without leading zeros + 号. What is
published strays from it: other brackets, blanks, leading zeros; orders and announcements have forms of their own
(国务院令第710号, 财政部 税务总局公告2023年第7号).
"""

import re
import unicodedata

_YEAR = r"(?:19|20)\d{2}"
_OPEN, _CLOSE = r"[〔\[(【﹝〖［（]", r"[〕\])】﹞〗］）]"
_BRACKETED = rf"[\u4e00-\u9fa5]{{1,20}}\s*{_OPEN}\s*{_YEAR}\s*{_CLOSE}\s*(?:第\s*)?\d{{1,5}}\s*号"
_ORDER = r"[\u4e00-\u9fa5 、]{2,60}令\s*第\s*\d{1,5}\s*号"
_ANNOUNCEMENT = rf"[\u4e00-\u9fa5 、]{{2,60}}(?:公告|通告|令)\s*{_YEAR}\s*年\s*第\s*\d{{1,5}}\s*号"

PATTERN = re.compile(f"{_BRACKETED}|{_ANNOUNCEMENT}|{_ORDER}")
"""One 发文字号 anywhere in a text; the words of the sentence before it may stick to its front."""

_PARTS = re.compile(rf"^(.*?){_OPEN}({_YEAR}){_CLOSE}第?0*(\d+)号$")


def normalise(number: str) -> str:
    """`京政发 [2024] 第08号` → `京政发〔2024〕8号`; what is no 发文字号 only loses its blanks."""
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", number))
    parts = _PARTS.match(flat)
    return f"{parts[1]}〔{parts[2]}〕{parts[3]}号" if parts else flat


def is_doc_number(words: str) -> bool:
    """Whether `words` are one 发文字号 and nothing else."""
    return PATTERN.fullmatch(words.strip()) is not None


def find_own(text: str, head: int = 12) -> str:
    """The document's own 发文字号: the first of the leading `head` lines that is nothing but one, else nothing.

    A number inside a sentence is left alone: it nearly always belongs to another document that is cited.
    """
    for line in text.splitlines()[:head]:
        bare = re.sub(rf"^(?:发文字号|文\s*号)[:：]|^{_OPEN}|(?<=号){_CLOSE}$", "", line.strip())
        if is_doc_number(bare):
            return normalise(bare)
    return ""
