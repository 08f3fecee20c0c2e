"""What a title alone tells: its stem, the agency, the sort of text."""

import re
import unicodedata

from policies.models import PolicyKind, PolicyState

_LABEL = re.compile(r"^(?:【[^】]*】)+")
_ISSUED = re.compile(r"^[^《〈]*?关于")
_PASSED_ON = re.compile(r"^(?:印发|转发|批转|发布|公布|颁布)(?:修订后的|修订|新修订的)?")
_NOTICE = re.compile(r"(?:的)(?:通知|决定|公告|通告)$")
_MARKS = re.compile(r"[^\w]|_")


def stem(title: str) -> str:
    """A title as others cite it: without issuer, wrapping and marks, so that the same document has the same stem.

    `北京市人民政府关于印发《北京市积分落户管理办法》的通知` and the bare title are both `北京市积分落户管理办法`.
    """
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", title))
    flat = _LABEL.sub("", flat) or flat
    bare = _ISSUED.sub("", flat)
    unwrapped = _PASSED_ON.sub("", bare)
    if unwrapped != bare:
        bare = _NOTICE.sub("", unwrapped)
    return _MARKS.sub("", bare) or _MARKS.sub("", flat) or flat


_KINDS = (
    (PolicyKind.INFOGRAPHIC, re.compile(r"一图(?:读懂|看懂|解读|了解|速览)|图解|长图|图说")),
    (PolicyKind.INTERPRETATION, re.compile(r"解读|答记者问|政策问答|百问百答|问答$|一问一答|新闻发布会")),
    (PolicyKind.GUIDE, re.compile(r"办事指南|办理指南|服务指南|申领指南|操作指南|办理流程")),
    (
        PolicyKind.CALL,
        re.compile(
            r"(?:申报|实施)(?:的)?(?:通知|公告|通告|指南)|申报工作|申请.{2,40}的(?:通告|公告)|"
            r"(?:组织|开展|做好|启动|开放|受理).{0,60}(?:申报|征集|申领|申请)|"
            r"(?:组织|开展|启动).{0,10}20\d\d年.{0,40}(?:认定|评价|遴选)"
        ),
    ),
)


def kind_of(title: str) -> PolicyKind:
    """The sort of text by the words of its title; a policy document where nothing says otherwise."""
    return next((kind for kind, words in _KINDS if words.search(title)), PolicyKind.DOCUMENT)


_STATES = (
    (PolicyState.REPEALED, re.compile(r"废止")),
    (PolicyState.EXPIRED, re.compile(r"失效|无效|^否$")),
    (PolicyState.AMENDED, re.compile(r"已修改|已修订|修改|修订")),
)
_REMARK = re.compile(r"[（(](已?废止|已?失效|已修改|已修订)[）)]\s*$")


def state_of(title: str, validity: str = "") -> PolicyState:
    """What a page says of its own validity: the field 有效性 (有效, 失效, 已废止 …), else a remark after the title."""
    remark = _REMARK.search(title)
    words = validity.strip() or (remark[1] if remark else "")
    return next((state for state, said in _STATES if said.search(words)), PolicyState.IN_FORCE)
