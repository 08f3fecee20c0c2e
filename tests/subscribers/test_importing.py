"""From a file into the tables: what is new, the same, changed or refused, and nothing half."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from core.database import Sessions, unit_of_work
from core.errors import InputError
from core.privacy import Keys, place
from core.vocabulary.load import Vocabulary
from subscribers.consent import has_consent, withdraw
from subscribers.contacts import open_address, suppress
from subscribers.erasing import erase
from subscribers.importing import ImportReport, ImportTerms, Refusal, import_lines, import_subscribers
from subscribers.models import Consent, Contact, Purpose, Subscriber
from subscribers.profiles import Source
from subscribers.tables import Line
from tests.subscribers.conftest import NOW

CODE, OTHER_CODE = "91110108551385082Q", "91350100M000100Y43"
FIRM = {
    "reference": "f-1",
    "kind": "enterprise",
    "name": "演示公司",
    "credit_code": CODE,
    "region": "110108",
    "employees": 40,
    "topics": ["E0404"],
    "phone": "13800000000",
    "email": "info@example.cn",
    "channels": ["sms", "mail"],
    "consent": ["sms"],
    "recommend": True,
}
PERSON = {"reference": "p-1", "kind": "individual", "birth_date": "1990", "residence_region": "330106"}
Import = Callable[..., ImportReport]


def derive_types(fields: Mapping[str, Any]) -> list[str]:
    """A stand-in that shows what it was given: one type by kind, one by age."""
    return ["ET02"] if fields["kind"] == "enterprise" else [f"PT{fields.get('age', 0):02d}"]


@pytest.fixture
def terms(keys: Keys, vocabulary: Vocabulary) -> ImportTerms:
    return ImportTerms(keys, vocabulary, derive_types, text_version="notice-3")


@pytest.fixture
def take(sessions: Sessions, terms: ImportTerms) -> Import:
    """Imports rows, numbered from 1."""

    def run(*rows: dict[str, Any], days: int = 0, **changed: Any) -> ImportReport:
        lines = [Line(number, row) for number, row in enumerate(rows, 1)]
        return import_lines(lines, sessions, replace(terms, **changed), NOW + timedelta(days=days))

    return run


def only(session: Session) -> Subscriber:
    session.expire_all()
    return session.scalars(select(Subscriber).options(selectinload(Subscriber.contacts))).one()


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.same, report.changed, len(report.refused)


def test_a_new_subscriber_is_stored_whole(take: Import, session: Session, keys: Keys) -> None:
    assert counts(take(FIRM)) == (1, 0, 0, 0)
    firm = only(session)
    assert (firm.kind, firm.reference, firm.name, firm.region) == ("enterprise", "f-1", "演示公司", "110108")
    assert firm.profile == {"region": "110108", "employees": 40, "legal_form": "company"}
    assert firm.provenance["employees"] == ["staff", "2026-10-01"]
    assert (firm.types, firm.topics, firm.channels, firm.recommend) == (["ET02"], ["E0404"], ["sms", "mail"], True)
    assert (firm.created_at, firm.erased_at) == (NOW, None)
    assert firm.changed_in > 0
    assert firm.credit_code
    assert keys.open(firm.credit_code, place("subscribers", "credit_code", firm.id)) == CODE
    assert {
        c.channel: (open_address(keys, firm.id, c.channel, c.sealed), c.state, c.consented) for c in firm.contacts
    } == {"sms": ("13800000000", "verified", True), "mail": ("info@example.cn", "verified", False)}
    ledger = session.scalars(select(Consent).order_by(Consent.id)).all()
    assert [(c.purpose, c.channel, c.granted, c.text_version, c.how, c.at) for c in ledger] == [
        ("push", "sms", True, "notice-3", "import", NOW),
        ("recommend", "", True, "notice-3", "import", NOW),
    ]


def test_types_are_derived_from_the_fields_of_the_day(take: Import, session: Session) -> None:
    take(PERSON)
    person = only(session)
    assert (person.types, person.region) == (["PT36"], "330106")
    assert counts(take(PERSON, days=365)) == (0, 0, 1, 0)
    assert only(session).types == ["PT37"]


def test_the_same_lines_again_change_nothing(take: Import, session: Session) -> None:
    take(FIRM, PERSON)
    stamps = list(session.scalars(select(Subscriber.changed_in).order_by(Subscriber.id)))
    session.rollback()
    assert counts(take(FIRM, PERSON, days=1)) == (0, 2, 0, 0)
    assert list(session.scalars(select(Subscriber.changed_in).order_by(Subscriber.id))) == stamps
    assert session.scalar(select(func.count()).select_from(Consent)) == 2


def test_a_changed_line_changes_what_it_speaks_of_and_nothing_else(take: Import, session: Session, keys: Keys) -> None:
    take(FIRM)
    changed = {
        "reference": "f-1",
        "kind": "enterprise",
        "employees": 55,
        "phone": "13900000000",
        "tax_region": "110108",
    }
    assert counts(take(changed, days=3, source=Source.REGISTRY)) == (0, 0, 1, 0)
    firm = only(session)
    assert firm.profile == {"region": "110108", "employees": 55, "tax_region": "110108", "legal_form": "company"}
    assert firm.provenance["employees"] == firm.provenance["tax_region"] == ["registry", "2026-10-04"]
    assert firm.provenance["region"] == ["staff", "2026-10-01"]
    assert (firm.name, firm.topics) == ("演示公司", ["E0404"])
    addresses = {c.channel: open_address(keys, firm.id, c.channel, c.sealed) for c in firm.contacts}
    assert addresses == {"sms": "13900000000", "mail": "info@example.cn"}
    assert next(c for c in firm.contacts if c.channel == "sms").consented


def test_an_address_can_be_added_to_a_known_subscriber(take: Import, session: Session) -> None:
    take(PERSON)
    more = {"reference": "p-1", "kind": "individual", "wechat_openid": "sim-1", "consent": "wechat"}
    assert counts(take(more)) == (0, 0, 1, 0)
    assert [(c.channel, c.consented) for c in only(session).contacts] == [("wechat", True)]


@pytest.mark.parametrize("column", ["reference", "credit_code"])
def test_a_subscriber_is_known_by_reference_or_code(take: Import, session: Session, column: str) -> None:
    take(FIRM)
    assert counts(take({"kind": "enterprise", column: FIRM[column], "employees": 41})) == (0, 0, 1, 0)
    firm = only(session)
    assert (firm.profile["employees"], firm.reference) == (41, "f-1")


@pytest.mark.parametrize("again", [{}, {"legal_form": "partnership"}])
def test_a_form_that_was_given_counts_more_than_the_code(take: Import, session: Session, again: dict[str, str]) -> None:
    firm = {"kind": "enterprise", "credit_code": CODE}
    take(firm)
    assert only(session).profile == {"legal_form": "company"}
    take({**firm, "legal_form": "partnership"})
    assert counts(take({**firm, **again})) == (0, 1, 0, 0)
    assert only(session).profile == {"legal_form": "partnership"}


def test_reference_and_code_can_come_later(take: Import, session: Session, keys: Keys) -> None:
    take({"kind": "enterprise", "credit_code": CODE})
    take({"kind": "enterprise", "credit_code": CODE, "reference": "f-9"})
    take({"kind": "enterprise", "reference": "f-9", "credit_code": OTHER_CODE})
    firm = only(session)
    assert firm.reference == "f-9"
    assert firm.credit_code_index == keys.blind_index("credit_code", OTHER_CODE)


def test_lines_that_contradict_what_is_known_are_refused(take: Import, session: Session) -> None:
    take(FIRM, {"kind": "enterprise", "reference": "f-2", "credit_code": OTHER_CODE})
    report = take(
        {"kind": "enterprise", "reference": "f-1", "credit_code": OTHER_CODE},
        {"kind": "individual", "reference": "f-2"},
        {"kind": "enterprise", "reference": "f-3", "credit_code": CODE},
    )
    assert report.refused == [
        Refusal(1, "编号与统一社会信用代码属于两个不同的订阅者"),
        Refusal(2, "与已有记录的主体类型不同"),
        Refusal(3, "该统一社会信用代码已登记在另一个编号下"),
    ]
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 2


def test_one_file_speaks_once_of_a_subscriber(take: Import, session: Session) -> None:
    report = take(PERSON, {**PERSON, "gender": "男"}, FIRM, {**FIRM, "reference": "f-2"})
    assert counts(report) == (2, 0, 0, 2)
    assert report.refused == [Refusal(2, "编号与第 1 行重复"), Refusal(4, "统一社会信用代码与第 3 行重复")]


def test_an_import_never_overrules_what_people_decided(take: Import, sessions: Sessions, session: Session) -> None:
    take(FIRM)
    firm = only(session).id
    with unit_of_work(sessions) as opened:
        withdraw(opened, firm, "sms", how="sms_reply", now=NOW)
        withdraw(opened, firm, purpose=Purpose.RECOMMEND, how="portal", now=NOW)
    session.rollback()
    assert counts(take(FIRM, days=1)) == (0, 1, 0, 0)
    assert not has_consent(session, firm, "sms")
    assert not only(session).recommend


def test_an_import_may_take_back_and_give_again_what_an_import_gave(take: Import, session: Session) -> None:
    take(FIRM)
    session.rollback()
    assert counts(take({**FIRM, "recommend": False}, days=1)) == (0, 0, 1, 0)
    assert not only(session).recommend
    session.rollback()
    assert counts(take(FIRM, days=2)) == (0, 0, 1, 0)
    assert only(session).recommend


def test_an_erased_person_does_not_come_back_with_an_old_list(
    take: Import, sessions: Sessions, session: Session
) -> None:
    take(FIRM)
    with unit_of_work(sessions) as opened:
        erase(opened, only(session).id, how="portal", now=NOW)
    assert take(FIRM).refused == [Refusal(1, "手机号在不再联系的名单上")]
    assert session.scalars(select(Contact)).all() == []


def test_an_address_that_was_suppressed_later_is_no_reason_to_refuse_its_holder(
    take: Import, sessions: Sessions, keys: Keys
) -> None:
    take(FIRM)
    with unit_of_work(sessions) as opened:
        suppress(opened, "sms", keys.blind_index("sms", "13800000000"), "complaint", NOW)
    assert counts(take(FIRM)) == (0, 1, 0, 0)


def test_bad_lines_are_listed_and_good_ones_kept(
    tmp_path: Path, sessions: Sessions, session: Session, terms: ImportTerms
) -> None:
    rows: list[str] = [json.dumps({**PERSON, "reference": f"p-{number}"}) for number in range(1, 13)]
    rows[2] = json.dumps({**PERSON, "reference": "p-3", "residence_region": "999999"})
    rows[3] = json.dumps({**FIRM, "credit_code": CODE[:-1] + "A"})
    rows[4] = json.dumps({**PERSON, "reference": "p-5", "phone": "1380000000a"})
    rows[6] = '{"reference": "p-7", "phone": "138'
    rows[8] = rows[0]
    path = tmp_path / "people.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    done: list[int] = []
    report = import_subscribers(path, sessions, terms, NOW, done.append)
    assert counts(report) == (7, 0, 0, 5)
    assert report.refused == [
        Refusal(3, "居住地不是现行的六位区划代码（GB/T 2260）"),
        Refusal(4, "统一社会信用代码的校验位不对"),
        Refusal(5, "手机号无效：应为 11 位中国大陆手机号"),
        Refusal(7, "不是有效的 JSON"),
        Refusal(9, "编号与第 1 行重复"),
    ]
    assert done == [12]
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 7


def test_a_file_that_cannot_be_used_stores_nothing(
    tmp_path: Path, sessions: Sessions, session: Session, terms: ImportTerms
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("编号,颜色\n1,红\n", encoding="gb18030")
    with pytest.raises(InputError, match=r"people\.csv 第1行：第 2 列的列名不认识"):
        import_subscribers(path, sessions, terms, NOW)
    assert session.scalars(select(Subscriber)).all() == []


def test_a_batch_that_fails_leaves_nothing_of_itself(take: Import, session: Session) -> None:
    def fail(fields: Mapping[str, Any]) -> list[str]:
        if fields.get("age") == 20:
            raise RuntimeError("derivation broke")
        return []

    with pytest.raises(RuntimeError, match="derivation broke"):
        take(FIRM, PERSON, {**PERSON, "reference": "p-2", "birth_date": "2006"}, derive_types=fail)
    assert session.scalars(select(Subscriber)).all() == []
    assert session.scalars(select(Consent)).all() == []


def test_many_lines_go_in_batches(take: Import, session: Session) -> None:
    report = take(*({**PERSON, "reference": f"p-{number}"} for number in range(2_001)))
    assert counts(report) == (2_001, 0, 0, 0)
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 2_001
