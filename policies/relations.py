"""Finding the policies that texts name: whichever of the two comes first, they are joined once both are here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from policies.models import Policy, PolicyRelation


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: int
    region: str
    published: date | None


def resolve(session: Session) -> int:
    """Join all relations whose target is named but not yet known with the policies that fit; how many were joined.

    A name fits a policy by 文号, title's stem or address. Of several the one of the same place is taken, of these
    the newest that is not younger than the source.
    """
    fitting: dict[tuple[int, str, str], set[_Candidate]] = defaultdict(set)
    sources: dict[int, _Candidate] = {}
    for by in (Policy.stem, Policy.doc_number, Policy.url):
        for kind, named, source, target in _pairs(session, by):
            sources[source.id] = source
            fitting[source.id, kind, named].add(target)
    joined = 0
    for (source_id, kind, named), targets in fitting.items():
        best = _best(sources[source_id], targets)
        if best is not None:
            session.execute(
                update(PolicyRelation)
                .where(
                    PolicyRelation.source_id == source_id,
                    PolicyRelation.kind == kind,
                    PolicyRelation.named == named,
                )
                .values(target_id=best.id)
            )
            joined += 1
    return joined


def _pairs(session: Session, by: InstrumentedAttribute[str]) -> Iterable[tuple[str, str, _Candidate, _Candidate]]:
    source = aliased(Policy)
    rows = session.execute(
        select(
            PolicyRelation.kind,
            PolicyRelation.named,
            source.id,
            source.region,
            source.published_date,
            Policy.id,
            Policy.region,
            Policy.published_date,
        )
        .join(source, source.id == PolicyRelation.source_id)
        .join(Policy, (by == PolicyRelation.named) & (Policy.id != PolicyRelation.source_id))
        .where(PolicyRelation.target_id.is_(None))
    )
    for kind, named, source_id, source_region, source_date, target_id, target_region, target_date in rows:
        yield (
            kind,
            named,
            _Candidate(source_id, source_region, source_date),
            _Candidate(target_id, target_region, target_date),
        )


def _best(source: _Candidate, targets: Iterable[_Candidate]) -> _Candidate | None:
    possible = [t for t in targets if _same_area(source.region, t.region) and not _younger(t, source)]
    return max(possible, key=lambda t: (t.region == source.region, t.published or date.min, -t.id), default=None)


def _same_area(one: str, other: str) -> bool:
    """Whether an agency of `one` place may speak of a document of the `other`: one within the other, or unknown."""
    if "" in (one, other) or "全国" in (one, other):
        return True
    return one.startswith(other) or other.startswith(one) or one.endswith(other) or other.endswith(one)


def _younger(target: _Candidate, source: _Candidate) -> bool:
    return bool(target.published and source.published and target.published > source.published)
