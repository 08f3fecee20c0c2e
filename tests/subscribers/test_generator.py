"""Made-up subscribers: the same for the same seed, fit for the import, and alive."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.addresses import normalise_credit_code
from core.database import Sessions
from core.privacy import Keys
from core.vocabulary.load import Vocabulary
from subscribers.generator import generate, write_csv
from subscribers.importing import ImportTerms, import_subscribers
from subscribers.models import Subscriber
from subscribers.profiles import BASE, list_fact_names
from subscribers.sample_places import PLACES
from tests.subscribers.conftest import NOW, TODAY

COUNT = 2_000


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return list(generate(COUNT, 7, TODAY))


def share(rows: list[dict[str, Any]], **wanted: Any) -> float:
    return sum(all(row.get(name) == value for name, value in wanted.items()) for row in rows) / len(rows)


def test_the_same_seed_makes_the_same_subscribers(rows: list[dict[str, Any]]) -> None:
    assert list(generate(COUNT, 7, TODAY)) == rows
    assert list(generate(20, 8, TODAY)) != rows[:20]


def test_every_row_passes_the_import_as_csv_and_is_the_same_afterwards(
    rows: list[dict[str, Any]], tmp_path: Path, sessions: Sessions, session: Session, keys: Keys, vocabulary: Vocabulary
) -> None:
    assert write_csv(tmp_path / "people.csv", rows) == COUNT
    terms = ImportTerms(keys, vocabulary, lambda fields: [])
    report = import_subscribers(tmp_path / "people.csv", sessions, terms, NOW)
    assert (report.new, report.refused) == (COUNT, [])
    stored: Mapping[str | None, Subscriber] = {row.reference: row for row in session.scalars(select(Subscriber))}
    for row in rows:
        facts = {name: row[name] for name in stored[row["reference"]].profile if name in row}
        kept = stored[row["reference"]].profile
        assert {name: kept[name] for name in facts} == facts
        assert set(kept) - set(facts) <= {"legal_form"}
        assert stored[row["reference"]].topics == row["topics"]


def test_nobody_real_is_meant(rows: list[dict[str, Any]]) -> None:
    firms = [row for row in rows if row["kind"] == "enterprise"]
    assert all("演示" in row["name"] and normalise_credit_code(row["credit_code"]) for row in firms)
    assert all(row["phone"].startswith("154") for row in rows if "phone" in row)
    assert all(row["email"].endswith("@example.cn") for row in rows if "email" in row)
    assert all(row["wechat_openid"].startswith("sim-") for row in rows if "wechat_openid" in row)
    for column in ("reference", "credit_code", "phone", "email", "wechat_openid"):
        given = [row[column] for row in rows if column in row]
        assert len(set(given)) == len(given)


def test_the_mix_is_lively(rows: list[dict[str, Any]]) -> None:
    firms = [row for row in rows if row["kind"] == "enterprise"]
    people = [row for row in rows if row["kind"] == "individual"]
    assert 0.37 < len(firms) / COUNT < 0.43
    places = Counter(row.get("region") or row.get("residence_region") for row in rows)
    assert set(places) == set(PLACES)
    assert 0.45 < sum(count for code, count in places.items() if code[:2] == "11") / COUNT < 0.65
    assert 0.84 < sum(bool(row["consent"]) for row in rows) / COUNT < 0.95
    assert 0.02 < sum(row["consent"] != row["channels"] for row in rows) / COUNT < 0.16
    assert 0.1 < sum("high-tech-enterprise" in row.get("qualification", []) for row in firms) / len(firms) < 0.4
    assert share(firms, legal_form="sole_trader") > 0.05
    assert all(share(people, employment=work) > 0.03 for work in ("student", "unemployed", "self_employed", "retired"))
    assert share(people, disabled=True) > 0.01
    assert share(people, veteran=True) > 0.02


def test_every_fact_of_the_registry_occurs_and_all_but_a_few_have_holes(rows: list[dict[str, Any]]) -> None:
    for kind in ("enterprise", "individual"):
        own = [row for row in rows if row["kind"] == kind]
        seen = Counter(name for row in own for name in row)
        facts = set(list_fact_names(own[0]["kind"])) - {"investment_wan"}
        assert facts <= set(seen) | set(BASE)
        full = {name for name in facts if seen[name] == len(own)}
        assert full <= {"region", "residence_region", "legal_form"}


def test_facts_go_together(rows: list[dict[str, Any]]) -> None:
    students = [row for row in rows if row.get("employment") == "student" and "birth_date" in row]
    retired = [row for row in rows if row.get("employment") == "retired" and "birth_date" in row]
    assert min(row["birth_date"] for row in students) > max(row["birth_date"] for row in retired)
    research = [
        (r["rd_ratio_pct"], r["industry"]) for r in rows if r.get("rd_ratio_pct") is not None and "industry" in r
    ]
    by_trade = {trade: [ratio for ratio, industry in research if industry[:1] == trade] for trade in "IH"}
    assert sum(by_trade["I"]) / len(by_trade["I"]) > 10
    assert max(by_trade["H"]) == 0
    heads = sorted((r["employees"], r["revenue_wan"]) for r in rows if "employees" in r and "revenue_wan" in r)
    quarter = len(heads) // 4
    medians = [sorted(r for _, r in heads[i * quarter : (i + 1) * quarter])[quarter // 2] for i in range(4)]
    assert all(less < more for less, more in pairwise(medians))
    assert all(topic[0] == ("E" if row["kind"] == "enterprise" else "P") for row in rows for topic in row["topics"])
