"""A subscription being filled in. It lies sealed in Redis under the browser's cookie until it is confirmed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary

STEPS = ("who", "where", "topics", "channels", "confirm")
STEP_NAMES = ("您是谁", "在哪里", "哪些事", "怎么收", "确认")


@dataclass
class Draft:
    """What was filled in so far. `given` keeps inputs as they were typed, `facts` what is right of them.

    `addresses` are normalised; `verified` names the channels whose address was proven in this browser.
    """

    kind: str = ""
    code: str = ""
    name: str = ""
    who_done: bool = False
    given: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    region: str = ""
    topics: list[str] = field(default_factory=list)
    wished_topic: str = ""
    addresses: dict[str, str] = field(default_factory=dict)
    verified: list[str] = field(default_factory=list)
    scene: str = ""
    scene_url: str = ""
    done: int = 0

    @property
    def side(self) -> Side:
        return Side(self.kind)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    def first_open(self) -> str:
        """The first step that still lacks something."""
        ready = (self.who_done, bool(self.region), bool(self.topics), bool(self.verified))
        return next((step for step, is_ready in zip(STEPS, ready, strict=False) if not is_ready), STEPS[-1])

    def may_open(self, step: str) -> bool:
        """Whether everything before `step` is there."""
        return STEPS.index(step) <= STEPS.index(self.first_open())


def suggest_topics(draft: Draft, types: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """The topics that these types care for most, the wished one first; what most choose where no type is known."""
    core = [code for kind in types for code in vocabulary.types[kind].core_topics]
    own = [code for code in core if vocabulary.topics[code].side is draft.side]
    wished = [draft.wished_topic] if draft.wished_topic in vocabulary.topics else []
    often = _OFTEN[draft.side] if not own else []
    return list(dict.fromkeys([*wished, *own, *often]))[:8]


_OFTEN = {
    Side.ENTERPRISE: ["E0403", "E0301", "E0407", "E0401", "E0201"],
    Side.INDIVIDUAL: ["P0301", "P0701", "P0501", "P0402", "P0901"],
}
"""What most subscribers choose, for those of whom nothing is known."""
