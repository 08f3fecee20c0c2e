"""Addresses: sealed, found without opening, replaced, taken away."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.errors import InputError
from core.privacy import Keys, SealError
from subscribers.contacts import (
    list_subscribers_by_address,
    open_address,
    remove_contact,
    set_contact,
    suppress,
)
from subscribers.models import Contact, ContactState, Suppression
from tests.subscribers.conftest import NOW

AddPerson = Callable[..., int]


def test_an_address_is_kept_sealed_and_opens_in_its_row_only(
    session: Session, keys: Keys, add_person: AddPerson
) -> None:
    anna, bo = add_person(), add_person()
    contact = set_contact(session, keys, anna, "sms", "+86 138-0000-0000")
    assert b"138" not in contact.sealed + contact.blind_index
    assert open_address(keys, anna, "sms", contact.sealed) == "13800000000"
    for person, channel in ((bo, "sms"), (anna, "wechat")):
        with pytest.raises(SealError):
            open_address(keys, person, channel, contact.sealed)


def test_everyone_who_shares_an_address_is_found(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna, bo, _ = add_person(), add_person(), add_person()
    for person in (bo, anna):
        set_contact(session, keys, person, "mail", "Office@Example.cn")
    assert list_subscribers_by_address(session, keys, "mail", "office@example.CN") == [anna, bo]
    assert list_subscribers_by_address(session, keys, "mail", "other@example.cn") == []


def test_another_address_must_be_verified_again(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    first = set_contact(session, keys, anna, "sms", "13800000000", verified_at=NOW)
    assert (first.state, first.verified_at) == (ContactState.VERIFIED, NOW)
    first.soft_failures = 2
    session.flush()
    same = set_contact(session, keys, anna, "sms", "138 0000 0000")
    assert (same.state, same.soft_failures) == (ContactState.VERIFIED, 2)
    other = set_contact(session, keys, anna, "sms", "13900000000")
    assert (other.state, other.verified_at, other.soft_failures) == (ContactState.UNVERIFIED, None, 0)
    assert list_subscribers_by_address(session, keys, "sms", "13800000000") == []
    assert len(session.scalars(select(Contact)).all()) == 1


def test_a_contact_is_taken_away_once(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    set_contact(session, keys, anna, "sms", "13800000000")
    assert remove_contact(session, anna, "sms")
    assert not remove_contact(session, anna, "sms")


def test_what_is_no_address_is_not_kept(session: Session, keys: Keys, add_person: AddPerson) -> None:
    anna = add_person()
    with pytest.raises(InputError, match="手机号无效"):
        set_contact(session, keys, anna, "sms", "1380000000a")
    with pytest.raises(InputError, match="不认识的渠道"):
        set_contact(session, keys, anna, "fax", "13800000000")
    assert session.scalars(select(Contact)).all() == []


def test_the_first_reason_for_a_suppression_stays(session: Session, keys: Keys) -> None:
    index = keys.blind_index("sms", "13800000000")
    suppress(session, "sms", index, "complaint", NOW)
    suppress(session, "sms", index, "erased", NOW + timedelta(days=1))
    assert [(row.reason, row.at) for row in session.scalars(select(Suppression))] == [("complaint", NOW)]


def test_a_change_of_address_state_or_consent_stamps_the_subscriber(
    session: Session, keys: Keys, add_person: AddPerson
) -> None:
    anna = add_person()
    set_contact(session, keys, anna, "sms", "13800000000")
    session.commit()

    def was_stamped(statement: str) -> bool:
        session.execute(text(statement))
        stamped = session.scalar(text("SELECT changed_in = pg_current_xact_id()::text::bigint FROM subscribers"))
        session.commit()
        return bool(stamped)

    assert was_stamped("UPDATE contacts SET state = 'invalid'")
    assert not was_stamped("UPDATE contacts SET state = 'invalid'")
    assert not was_stamped("UPDATE contacts SET soft_failures = 1")
    assert was_stamped("UPDATE contacts SET blind_index = 'x'")
    assert was_stamped(
        "INSERT INTO consents (subscriber_id, purpose, channel, granted, text_version, how, at) "
        "SELECT id, 'push', 'sms', true, 'v1', 'portal', now() FROM subscribers"
    )
    assert was_stamped(
        "INSERT INTO contacts (subscriber_id, channel, sealed, blind_index, state) "
        "SELECT id, 'mail', '', '', 'verified' FROM subscribers"
    )
    assert was_stamped("DELETE FROM contacts WHERE channel = 'mail'")
