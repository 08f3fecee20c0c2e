"""Made-up subscribers, stored as an import does it, and policies that divide them."""

from datetime import date
from pathlib import Path

import pytest

from core.clock import local_date
from core.database import Sessions
from core.privacy import load_keys
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from matcher.criteria import parse_demand
from matcher.decision import Offer
from matcher.derived import make_deriver
from matcher.facets import Facets
from subscribers.generator import generate, write_csv
from subscribers.importing import ImportTerms, import_subscribers
from tests.workers.conftest import NOON

TODAY = local_date(NOON)
COUNT = 300
VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)

_GROWN = {
    "all": [{"field": "employees", "op": "ge", "value": 20}, {"field": "ownership", "op": "in", "value": ["private"]}]
}
_OPEN = {"any": [{"field": "age", "op": "le", "value": 35}, {"field": "other", "op": "eq", "value": "本人申请"}]}


def offer(topics: dict[str, float], closes: date | None = None, **demand: object) -> Offer:
    return Offer(parse_demand(demand, VOCABULARY), topics, date(2026, 1, 1), closes)


OFFERS = [
    offer({}),
    offer({"E0404": 0.9, "E0403": 0.4}, sides=["enterprise"], types=["ET04"], region="110000", conditions=_GROWN),
    offer({"E0404": 0.9}, date(2026, 11, 30), sides=["enterprise"], conditions=_GROWN),
    offer({"P0301": 0.7, "P0302": 0.6}, date(2026, 12, 5), sides=["individual"], region="330100", conditions=_OPEN),
    offer({"P0301": 1.0}, types=["PT02", "PT03"], region="440300", conditions={"not": _OPEN}),
    offer({"E0404": 1.0, "P0301": 1.0}, region="110108", conditions={"any": [_GROWN, _OPEN]}),
    offer({"P0301": 1.0}, date(2026, 11, 1), sides=["individual"]),
]


@pytest.fixture
def people(sessions: Sessions, settings: Settings, tmp_path: Path) -> int:
    """So many subscribers in the database."""
    file = tmp_path / "people.csv"
    write_csv(file, generate(COUNT, 11, TODAY))
    terms = ImportTerms(load_keys(settings), VOCABULARY, make_deriver(VOCABULARY))
    assert import_subscribers(file, sessions, terms, NOON).new == COUNT
    return COUNT
