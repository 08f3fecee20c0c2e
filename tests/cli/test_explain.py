"""`zhida explain`: why one person got a policy or didn't, and how it was decided for everybody."""

import json
from collections.abc import Callable
from datetime import date, time
from subprocess import CompletedProcess

import pytest

from core.clock import local_date
from core.database import Sessions, unit_of_work
from core.vocabulary.load import load_vocabulary
from matcher.matching import match
from tests.cli.conftest import Zhida
from tests.workers.conftest import NOON, add_subscriber, add_targeting
from workers.plan import plan_pushes
from workers.restraint import Restraint

BORN = {"fits": "1990-01-01", "young": "2015-01-01", "unknown": None}
_SOON = {"field": "social_insurance_months", "op": "ge", "value": 12, "quote": "缴费满12个月"}
Explain = Callable[..., CompletedProcess[str]]


@pytest.fixture
def people(sessions: Sessions) -> dict[str, int]:
    """One who got the policy, one too young for it, one who left the day of birth open."""
    ids = {}
    with unit_of_work(sessions) as session:
        targeting = add_targeting(session)
        for name, born in BORN.items():
            person = add_subscriber(session, region="110108", topics=["P0301"])
            person.profile = {"residence_region": "110108", **({"birth_date": born} if born else {})}
            session.flush()
            ids[name] = person.id
        matching = match(session, targeting, load_vocabulary(), local_date(NOON))
        restraint = Restraint(time(21), time(8), 2, 6)
        plan_pushes(session, [(targeting, matching)], restraint, who="editor", approve_above=10, now=NOON)
        for title in ("另一项通知", "再一项通知"):
            add_targeting(session, title, conditions={"all": [_SOON]}, closes=date(2099, 1, 1))
        both = {"all": [_SOON, {"field": "age", "op": "le", "value": 60, "quote": "不超过60周岁"}]}
        add_targeting(session, "需要两项的通知", conditions=both, closes=date(2099, 1, 1))
    return ids


@pytest.fixture
def explain(zhida: Zhida, database_url: str, redis_url: str) -> Explain:
    def run(*arguments: str) -> CompletedProcess[str]:
        return zhida("explain", *arguments, ZHIDA_DATABASE_URL=database_url, ZHIDA_REDIS_URL=redis_url)

    return run


def test_one_person_is_told_requirement_own_value_and_clause(people: dict[str, int], explain: Explain) -> None:
    said = explain("求职补贴", str(people["young"])).stdout
    assert "判断：不符合" in said
    assert "✗ 年龄不低于 18 周岁；本人：" in said
    assert "原文：“年满18周岁”" in said
    assert "当时：" in said


def test_what_settles_most_open_policies_is_asked_first(people: dict[str, int], explain: Explain) -> None:
    told = json.loads(explain("需要两项", str(people["unknown"]), "--json").stdout)
    assert (told["headline"], told["missing"]) == ("信息不足", ["social_insurance_months", "age"])


def test_without_a_person_all_reasons_and_near_misses_are_told(people: dict[str, int], explain: Explain) -> None:
    told = json.loads(explain("求职补贴", "--json").stdout)
    assert {group["reason"]: group["count"] for group in told["groups"]} == {
        "subscribed_fits": 1,
        "subscribed_ask": 1,
        "not_fitting": 1,
    }
    assert told["nearly"] == [
        {
            "path": "conditions.all[0]",
            "condition": "年龄不低于 18 周岁",
            "count": 1,
            "subscribers": [people["young"]],
        }
    ]
    said = explain("另一项").stderr
    assert "还没有匹配过" in said
