"""What a preview says, in the words of staff: each condition with those whom it rules out, and who would be told."""

from dataclasses import dataclass

from core.vocabulary.load import Vocabulary
from matcher.audience.preview import Preview, list_paths
from matcher.criteria import Atom, Demand
from matcher.explain import describe_atom
from web.staff.progress import CHANNEL_LABELS
from web.staff.reach import Line

MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, put to all whom side, type and place leave. `only`: this alone rules them out, where known."""

    path: str
    words: str
    yes: int
    no: int
    unknown: int
    only: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of those who would be told now: what they are, where, by which channels they can be reached, whether they were
    told of something else within a week. The largest first."""

    conditions: list[Condition]
    types: list[Line]
    places: list[Line]
    channels: list[Line]
    unreachable: int
    told_lately: int


def figures_of(preview: Preview, demand: Demand, vocabulary: Vocabulary) -> Figures:
    return Figures(
        conditions=_list_conditions(preview, demand, vocabulary),
        types=_lines({vocabulary.types[code].name: count for code, count in preview.types.items()}),
        places=_lines({vocabulary.region_name(code): count for code, count in preview.regions.items()})[:MOST_PLACES],
        channels=_lines({CHANNEL_LABELS[channel]: count for channel, count in preview.channels.items()}),
        unreachable=preview.unreachable,
        told_lately=preview.overlap,
    )


def _list_conditions(preview: Preview, demand: Demand, vocabulary: Vocabulary) -> list[Condition]:
    nodes = dict(list_paths(demand.conditions))
    return [
        Condition(count.path, describe_atom(node, vocabulary), count.yes, count.no, count.unknown, count.only)
        for count in preview.nodes
        if isinstance(node := nodes[count.path], Atom)
    ]


def _lines(counts: dict[str, int]) -> list[Line]:
    return [Line(label, count) for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
