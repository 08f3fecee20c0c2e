"""One policy as it came in, before it is stored: what a file said of it, and where that stood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from policies.models import PolicyKind, PolicyState, RelationKind


@dataclass(frozen=True, slots=True)
class Mention:
    """What a text does to another policy, named as it is cited: by 文号, by title or by address."""

    kind: RelationKind
    named: str


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One published text. Only the title is certain; what a file leaves open is filled in by policies.metadata.

    `expires_date` is the last day on which it holds; `state` what the page itself says of its validity.
    `source` names the file, with the line where a file holds several: `titles.jsonl 第7行`.
    `derived_title` says that the file gave none and the title was taken from the text.
    """

    title: str
    source: str
    text: str = ""
    doc_number: str = ""
    agency: str = ""
    region: str = ""
    url: str = ""
    kind: PolicyKind | None = None
    published_date: date | None = None
    written_date: date | None = None
    effective_date: date | None = None
    expires_date: date | None = None
    state: PolicyState = PolicyState.IN_FORCE
    details: Mapping[str, str] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    derived_title: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file, or a line of it, that could not be taken, and why (Chinese)."""

    where: str
    reason: str
