"""Looking back (应享未享): of those who would get a policy now and never did, what was decided of each then."""

from collections.abc import Mapping

from pyroaring import BitMap

NOT_ASKED = "not_asked"
"""They were no candidate then: not yet a subscriber, no such topic, no recommendation allowed."""


def missed(left: BitMap, then: Mapping[str, BitMap]) -> dict[str, BitMap]:
    """`left` by the reason of that time (`then`: reason → subscribers); each once, under the first that names them."""
    found: dict[str, BitMap] = {}
    for reason, members in then.items():
        found[reason] = left & members
        left = left - members
    found[NOT_ASKED] = left
    return {reason: members for reason, members in found.items() if members}
