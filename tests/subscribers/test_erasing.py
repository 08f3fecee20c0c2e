"""A copy of everything for the person, and nothing left of them afterwards."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.errors import ZhidaError
from core.privacy import Keys, place
from subscribers.consent import record_consent
from subscribers.contacts import set_contact
from subscribers.erasing import erase, export
from subscribers.models import Consent, Purpose, Subscriber, Suppression
from tests.subscribers.conftest import NOW

AddPerson = Callable[..., int]


@pytest.fixture
def firm(session: Session, keys: Keys, add_person: AddPerson) -> int:
    number = add_person(
        kind="enterprise",
        reference="r-1",
        name="演示公司",
        credit_code_index=b"index",
        region="110108",
        profile={"region": "110108", "employees": 40},
        provenance={"employees": ["registry", "2026-09-01"]},
        types=["ET04"],
        topics=["E0404"],
        channels=["sms"],
        daily_cap=1,
    )
    row = session.get_one(Subscriber, number)
    row.credit_code = keys.seal("91110108551385082Q", place("subscribers", "credit_code", number))
    set_contact(session, keys, number, "sms", "13800000000", verified_at=NOW)
    set_contact(session, keys, number, "mail", "a@d.cn")
    record_consent(session, number, "sms", text_version="v1", how="portal", now=NOW)
    record_consent(session, number, purpose=Purpose.RECOMMEND, text_version="v1", how="portal", now=NOW)
    return number


def test_the_export_holds_everything_opened(session: Session, keys: Keys, firm: int) -> None:
    data: dict[str, Any] = json.loads(json.dumps(export(session, keys, firm)))
    assert (data["name"], data["credit_code"], data["reference"]) == ("演示公司", "91110108551385082Q", "r-1")
    assert {"name": "employees", "label": "从业人数", "value": 40, "source": "registry", "date": "2026-09-01"} in data[
        "profile"
    ]
    assert [(c["channel"], c["address"], c["consented"]) for c in data["contacts"]] == [
        ("mail", "a@d.cn", False),
        ("sms", "13800000000", True),
    ]
    assert [(line["purpose"], line["channel"], line["granted"]) for line in data["consents"]] == [
        ("push", "sms", True),
        ("recommend", "", True),
    ]
    assert data["caps"] == {"daily": 1, "weekly": None}
    assert (data["recommend"], data["erased_at"]) == (True, None)


def test_after_erasing_nothing_names_the_subscriber(session: Session, keys: Keys, firm: int) -> None:
    erase(session, firm, how="portal", now=NOW)
    session.flush()
    row = dict(session.execute(text("SELECT * FROM subscribers")).mappings().one())
    kept = {name: value for name, value in row.items() if value not in (None, "", False, {}, [])}
    assert set(kept) == {"id", "kind", "changed_in", "created_at", "erased_at"}
    assert session.execute(text("SELECT count(*) FROM contacts")).scalar() == 0
    suppressed = {(s.channel, s.blind_index, s.reason) for s in session.scalars(select(Suppression))}
    assert suppressed == {
        ("sms", keys.blind_index("sms", "13800000000"), "erased"),
        ("mail", keys.blind_index("mail", "a@d.cn"), "erased"),
    }


def test_the_ledger_stays_and_ends_with_no(session: Session, firm: int) -> None:
    erase(session, firm, how="portal", now=NOW)
    lines = session.scalars(select(Consent).order_by(Consent.id)).all()
    assert [(line.purpose, line.channel, line.granted) for line in lines] == [
        ("push", "sms", True),
        ("recommend", "", True),
        ("push", "sms", False),
        ("recommend", "", False),
    ]


def test_erasing_twice_does_nothing_more(session: Session, keys: Keys, firm: int) -> None:
    erase(session, firm, how="portal", now=NOW)
    before = export(session, keys, firm)
    erase(session, firm, how="portal", now=NOW.replace(year=2027))
    assert export(session, keys, firm) == before


def test_nobody_is_no_subscriber(session: Session, keys: Keys) -> None:
    with pytest.raises(ZhidaError, match="没有编号为 7 的订阅者"):
        erase(session, 7, how="portal", now=NOW)
    with pytest.raises(ZhidaError, match="没有编号为 7 的订阅者"):
        export(session, keys, 7)
