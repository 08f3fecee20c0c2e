from datetime import date

from core.vocabulary.load import load_vocabulary
from matcher.audience.building import build
from matcher.audience.index import Row
from matcher.audience.lookback import NOT_ASKED, look_back
from matcher.criteria import parse_demand
from matcher.decision import Code, Offer
from matcher.facets import Facets

VOCABULARY = load_vocabulary()
FACETS = Facets(VOCABULARY)


def test_who_was_missed_and_why_then() -> None:
    firms = {number: 5 if number == 5 else 50 for number in range(1, 7)}
    audience = build([Row(n, "enterprise", {"employees": size}, ["E0404"]) for n, size in firms.items()], FACETS)
    demand = parse_demand({"conditions": {"field": "employees", "op": "ge", "value": 10}}, VOCABULARY)
    offer = Offer(demand, {"E0404": 1.0}, closes=date(2026, 1, 31))
    then = {
        Code.SUBSCRIBED_FITS: audience.slots_of([1, 2]),
        Code.NOT_FITTING: audience.slots_of([3, 5]),
        Code.PLACE_UNKNOWN: audience.slots_of([4]),
    }
    missed = look_back(audience, offer, date(2026, 3, 1), audience.slots_of([1]), then)
    assert {reason: audience.ids_of(members).tolist() for reason, members in missed.items()} == {
        Code.SUBSCRIBED_FITS: [2],
        Code.NOT_FITTING: [3],
        Code.PLACE_UNKNOWN: [4],
        NOT_ASKED: [6],
    }
