"""Questions to match workers and their answers, as JSON: no personal data but subscriber ids, as serialised bitmaps."""

from base64 import b64decode, b64encode
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from pyroaring import BitMap

from core.vocabulary.load import Vocabulary
from matcher.audience.preview import NEARLY, SAMPLE, NodeCount, Preview
from matcher.criteria import as_json, parse_demand
from matcher.decision import Act, Code, Offer
from matcher.matching import Matching

MATCH_TASK = "workers.match"
PREVIEW_TASK = "workers.preview"


def queue_of(number: int, of: int) -> str:
    """Where the workers of a shard listen."""
    return f"match.{number}.{of}"


def write_offer(offer: Offer) -> dict[str, Any]:
    demand = offer.demand
    return {
        "sides": sorted(side.value for side in demand.sides),
        "types": list(demand.types),
        "region": demand.region,
        "conditions": as_json(demand.conditions),
        "topics": dict(offer.topics),
        "opens": offer.opens and offer.opens.isoformat(),
        "closes": offer.closes and offer.closes.isoformat(),
    }


def read_offer(given: Mapping[str, Any], vocabulary: Vocabulary) -> Offer:
    """What `write_offer` wrote. Raises InputError."""
    opens, closes = (date.fromisoformat(given[name]) if given[name] else None for name in ("opens", "closes"))
    return Offer(parse_demand(given, vocabulary), given["topics"], opens, closes)


def write_set(members: BitMap) -> str:
    return b64encode(members.serialize()).decode()


def read_set(given: str) -> BitMap:
    return BitMap.deserialize(b64decode(given))


def write_matching(matching: Matching) -> dict[str, Any]:
    """Ranks are few, so each comes with all who have it."""
    ranked: dict[float, list[int]] = defaultdict(list)
    for subscriber_id, rank in matching.ranks.items():
        ranked[rank].append(subscriber_id)
    return {
        "groups": {code.value: write_set(members) for code, members in matching.groups.items()},
        "ranks": [[rank, write_set(BitMap(ids))] for rank, ids in ranked.items()],
    }


def merge_matchings(parts: Sequence[Mapping[str, Any]]) -> Matching:
    """The answers of all shards as one."""
    groups: dict[Code, BitMap] = {}
    ranks: dict[int, float] = {}
    for part in parts:
        for code, members in part["groups"].items():
            groups[Code(code)] = groups.get(Code(code), BitMap()) | read_set(members)
        for rank, members in part["ranks"]:
            ranks.update(dict.fromkeys(read_set(members), rank))
    return Matching(groups, ranks)


def write_preview(preview: Preview) -> dict[str, Any]:
    return asdict(preview)


def merge_previews(parts: Sequence[Mapping[str, Any]]) -> Preview:
    """The counts of all shards added up; of their samples as many as one has, evenly."""
    found = sorted(one for part in parts for one in part["sample"])
    return Preview(
        candidates=sum(part["candidates"] for part in parts),
        codes={Code(code): count for code, count in _added(parts, "codes").items()},
        acts={act: _added(parts, "acts").get(act.value, 0) for act in Act},
        nodes=[_added_node(nodes) for nodes in zip(*(part["nodes"] for part in parts), strict=True)],
        types=_added(parts, "types"),
        regions=_added(parts, "regions"),
        channels=_added(parts, "channels"),
        unreachable=sum(part["unreachable"] for part in parts),
        overlap=sum(part["overlap"] for part in parts),
        sample=sorted({found[at * len(found) // SAMPLE] for at in range(SAMPLE)}) if found else [],
    )


def _added(parts: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    total = Counter[str]()
    for part in parts:
        total.update(part[name])
    return dict(total)


def _added_node(nodes: Sequence[Mapping[str, Any]]) -> NodeCount:
    """One node as each shard counted it."""
    yes, no, unknown = (sum(node[name] for node in nodes) for name in ("yes", "no", "unknown"))
    only = None if nodes[0]["only"] is None else sum(node["only"] for node in nodes)
    nearly = sorted(one for node in nodes for one in node["nearly"])[:NEARLY]
    return NodeCount(nodes[0]["path"], yes, no, unknown, only, nearly)
