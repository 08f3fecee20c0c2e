"""The ledger and what follows it, whoever writes and in whatever order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.database import Sessions, unit_of_work
from core.privacy import Keys
from subscribers.consent import has_consent, record_consent, withdraw
from subscribers.contacts import set_contact
from subscribers.models import Contact, Purpose, Subscriber
from subscribers.triggers import TRIGGERS
from tests.subscribers.conftest import NOW

AddPerson = Callable[..., int]
DAY = timedelta(days=1)


def consented(session: Session, person: int, channel: str = "sms") -> bool:
    session.expire_all()
    return session.get_one(Contact, (person, channel)).consented


def say_yes(session: Session, person: int, channel: str = "sms", *, now: datetime = NOW) -> None:
    record_consent(session, person, channel, text_version="v1", how="portal", now=now)


def test_a_contact_follows_the_last_word(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna, bo = add_person(), add_person()
    for person in (anna, bo):
        set_contact(session, keys, person, "sms", "13800000000")
    assert not consented(session, anna)
    say_yes(session, anna)
    assert consented(session, anna)
    assert has_consent(session, anna, "sms")
    withdraw(session, anna, "sms", how="sms_reply", now=NOW + DAY)
    assert not consented(session, anna)
    assert not has_consent(session, anna, "sms")
    assert not has_consent(session, bo, "sms")


def test_an_address_that_comes_after_the_consent_has_it(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    say_yes(session, anna)
    assert set_contact(session, keys, anna, "sms", "13800000000").consented
    assert not set_contact(session, keys, anna, "mail", "a@d.cn").consented


def test_a_paper_found_later_does_not_overrule_a_newer_no(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    set_contact(session, keys, anna, "sms", "13800000000")
    withdraw(session, anna, "sms", how="portal", now=NOW)
    say_yes(session, anna, now=NOW - DAY)
    assert not consented(session, anna)
    assert not has_consent(session, anna, "sms")


def test_nobody_writes_the_consent_of_a_contact_by_hand(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    set_contact(session, keys, anna, "sms", "13800000000")
    session.execute(text("UPDATE contacts SET consented = true"))
    assert not consented(session, anna)


def test_recommendation_follows_the_ledger_too(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    set_contact(session, keys, anna, "sms", "13800000000")
    record_consent(session, anna, purpose=Purpose.RECOMMEND, text_version="v1", how="portal", now=NOW)
    session.expire_all()
    assert session.get_one(Subscriber, anna).recommend
    assert not consented(session, anna)
    withdraw(session, anna, purpose=Purpose.RECOMMEND, how="portal", now=NOW)
    session.expire_all()
    assert not session.get_one(Subscriber, anna).recommend


@pytest.mark.parametrize(("channel", "purpose"), [("", Purpose.PUSH), ("sms", Purpose.RECOMMEND)])
def test_a_line_says_what_it_is_about(session: Session, add_person: AddPerson, channel: str, purpose: Purpose) -> None:
    with pytest.raises(ValueError, match="channel"):
        withdraw(session, add_person(), channel, purpose=purpose, how="portal", now=NOW)


@pytest.mark.parametrize("statement", ["UPDATE consents SET granted = true", "DELETE FROM consents"])
def test_the_ledger_is_only_ever_added_to(session: Session, add_person: AddPerson, statement: str) -> None:
    withdraw(session, add_person(), "sms", how="portal", now=NOW)
    with pytest.raises(IntegrityError, match="only ever added to"):
        session.execute(text(statement))


@pytest.mark.parametrize("change", ["profile = '{\"a\": 1}'", "topics = '{E0404}'", "recommend = true", "region = '1'"])
def test_a_change_that_the_matcher_sees_is_stamped(session: Session, add_person: AddPerson, change: str) -> None:
    add_person()
    session.commit()
    stamp = text("SELECT changed_in = pg_current_xact_id()::text::bigint FROM subscribers")
    session.execute(text("UPDATE subscribers SET daily_cap = 1, reference = 'r'"))
    assert session.scalar(stamp) is False
    session.execute(text(f"UPDATE subscribers SET {change}"))  # noqa: S608 (columns of this test)
    assert session.scalar(stamp) is True


def test_yes_and_no_at_the_same_time_leave_contact_and_ledger_of_one_mind(
    sessions: Sessions, session: Session, keys: Keys, add_person: AddPerson
) -> None:
    people = [add_person() for _ in range(20)]
    session.commit()
    start = Barrier(3)

    def act(step: Callable[[Session, int], object]) -> None:
        start.wait()
        for person in people:
            with unit_of_work(sessions) as opened:
                step(opened, person)

    steps: list[Callable[[Session, int], object]] = [
        lambda opened, person: set_contact(opened, keys, person, "sms", "13800000000"),
        lambda opened, person: say_yes(opened, person),
        lambda opened, person: withdraw(opened, person, "sms", how="portal", now=NOW),
    ]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(act, steps))
    for person in people:
        assert consented(session, person) == has_consent(session, person, "sms")


def test_the_migrated_tables_have_exactly_these_triggers(session: Session) -> None:
    def defined() -> list[tuple[str, str]]:
        rows = session.execute(
            text(
                "SELECT t.tgname, pg_get_triggerdef(t.oid) || regexp_replace(p.prosrc, '\\s+', ' ', 'g') "
                "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE NOT t.tgisinternal AND t.tgrelid::regclass::text IN ('subscribers', 'contacts', 'consents') "
                "ORDER BY 1"
            )
        )
        return [(row[0], row[1]) for row in rows]

    migrated = defined()
    for statement in TRIGGERS:
        session.execute(text(statement))
    assert defined() == migrated
    assert len(migrated) == 8
